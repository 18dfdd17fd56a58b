"""The JobManager's REST API, in memory: looking at the fake cluster's jobs, stopping and cancelling them."""

import html
import time
from urllib.parse import parse_qs, urlsplit

from tests.fakes.http import Answer
from tests.fakes.jobs import FakeCluster, FakeJob, Fate, failure_entry
from tests.fakes.traces import FlinkProblemError, trace

_COULD_NOT = "org.apache.flink.runtime.messages.FlinkJobNotFoundException"


class FakeJobManager:
    """Answers the JobManager's calls."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster = cluster

    def respond(self, method: str, path: str, body: dict[str, object]) -> Answer:
        """Answer one call."""
        split = urlsplit(path)
        with self.cluster.lock:
            self.cluster.world.look(self.cluster.jobs)
            match (method, split.path.strip("/").split("/")):
                case ("GET", ["overview"]):
                    cluster = self.cluster
                    return 200, {
                        "taskmanagers": cluster.taskmanagers,
                        "slots-total": 8,
                        "slots-available": cluster.free_slots,
                        "flink-version": cluster.version,
                    }
                case ("GET", ["jobmanager", "config"]):
                    return 200, [{"key": key, "value": value} for key, value in self.cluster.configuration.items()]
                case ("GET", ["jobs", "overview"]):
                    return 200, {"jobs": [_summary(job) for job in self.cluster.jobs.values()]}
                case (_, ["savepoint-disposal", *rest]):
                    return self._disposed(rest[0]) if rest else (200, {"request-id": self._dispose(str(body["savepoint-path"]))})
                case (_, ["jobs", job_id, *rest]):
                    return self._of_job(method, job_id, rest, body, parse_qs(split.query))
                case _:
                    return 404, {"errors": [f"Not found: {path}"]}

    def _of_job(self, method: str, job_id: str, rest: list[str], body: dict[str, object], query: dict[str, list[str]]) -> Answer:
        if rest[:1] in (["stop"], ["savepoints"]):
            return self._savepoint(method, job_id, rest, body)
        job = self.cluster.jobs.get(job_id)
        if job is None:
            return _unknown(job_id, rest)
        if method == "PATCH":
            return _cancelled(job)
        if method == "POST":
            return 202, {"request-id": "c" * 32}
        entries = [failure_entry(moment, job.fate) for moment in job.failures()]
        known: dict[str, object] = {
            "": _details(job),
            "status": {"status": job.state},
            "config": {"jid": job_id, "name": job.name, "execution-config": {"user-config": job.tags}},
            "checkpoints": _checkpoints(job),
            "checkpoints/config": {"mode": "exactly_once", "interval": _interval(job)},
            "metrics": [{"id": "numRestarts", "value": str(len(job.failures()))}],
            "exceptions": {"exceptionHistory": {"entries": entries[: int(query.get("maxExceptions", ["20"])[0])], "truncated": False}},
        }
        return 200, known["/".join(rest)]

    def _savepoint(self, method: str, job_id: str, rest: list[str], body: dict[str, object]) -> Answer:
        """Take a savepoint: accepted for unknown jobs too, the truth comes when asked; one trigger has one answer for ever."""
        job = self.cluster.jobs.get(job_id)
        if method == "POST":
            trigger = str(body["triggerId"])
            if job and trigger not in job.savepoints and not job.terminal:
                failing = self.cluster.savepoint_failures > 0 or job.running_tasks < 2
                self.cluster.savepoint_failures -= 1 if self.cluster.savepoint_failures > 0 else 0
                job.savepoints[trigger] = "" if failing else f"file:/savepoints/savepoint-{job_id[:6]}-{trigger[:12]}"
                if not failing and rest[0] == "stop":
                    job.end("FINISHED")
            return 202, {"request-id": trigger}
        location = job.savepoints.get(rest[1]) if job else None
        if location:
            return 200, {"status": {"id": "COMPLETED"}, "operation": {"location": location}}
        problem = (_COULD_NOT, f"Could not find Flink job ({job_id})")
        if location == "":
            problem = (
                "org.apache.flink.runtime.checkpoint.CheckpointException",
                "Checkpoint triggering task is not being executed.",
            )
        cause = {"class": problem[0], "stack-trace": trace(problem)}
        return 200, {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}

    def _dispose(self, path: str) -> str:
        """Delete a savepoint; the answer is kept under a number of the server's own. Its job names the savepoint on (measured)."""
        written = {one for job in self.cluster.jobs.values() for one in job.savepoints.values() if one}
        there = path.rstrip("/") in written - self.cluster.lost_savepoints
        self.cluster.lost_savepoints.add(path.rstrip("/"))
        self.cluster.disposals.append(path if there else "")
        return f"{len(self.cluster.disposals) - 1:032x}"

    def _disposed(self, request: str) -> Answer:
        number = int(request, 16)
        if number >= len(self.cluster.disposals):
            return 404, {"errors": [trace(("org.apache.flink.runtime.rest.NotFoundException", "Operation not found under key: ..."))]}
        if self.cluster.disposals[number]:
            return 200, {"status": {"id": "COMPLETED"}, "operation": {}}
        problem = ("java.io.FileNotFoundException", "Cannot find checkpoint or savepoint file/directory 'file:/...' on file system 'file'.")
        cause = {"class": "org.apache.flink.util.FlinkException", "stack-trace": trace(problem)}
        return 200, {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}


def _cancelled(job: FakeJob) -> Answer:
    if job.terminal and job.state != "CANCELED":
        return 409, {"errors": ["Job cancellation failed because the job has already reached another terminal state."]}
    if not job.terminal:
        job.end("CANCELED")
    return 202, {}


def _unknown(job_id: str, rest: list[str]) -> Answer:
    if rest == ["status"]:
        raise FlinkProblemError((_COULD_NOT, f"Could not find Flink job ({job_id})"))
    return 404, {"errors": [trace(("org.apache.flink.runtime.rest.NotFoundException", f"Job {job_id} not found"))]}


def _summary(job: FakeJob) -> dict[str, object]:
    tasks = {"running": job.running_tasks, "total": 2, "finished": 2 if job.state == "FINISHED" else 0}
    return {"jid": job.job_id, "name": job.name, "state": job.state, "start-time": int(job.started * 1000), "tasks": tasks}


def _details(job: FakeJob) -> dict[str, object]:
    ran = int(job.started * 1000) if job.ended_as != "FAILED" else 0
    return {
        "jid": job.job_id,
        "name": job.name,
        "state": job.state,
        "now": int(time.monotonic() * 1000),
        "timestamps": {"RUNNING": ran},
        "start-time": int(job.started * 1000),
        "vertices": [{"name": "Source: src"}],
        "plan": {"nodes": _nodes(job.operators)},
    }


def _nodes(operators: list[str]) -> list[dict[str, object]]:
    """Return a vertex for the sink and one for what is chained before it, as HTML like Flink's."""
    if not operators:
        return []
    lines = [f"[{number}]:{html.escape(operator, quote=False)}" for number, operator in enumerate(reversed(operators[1:]), start=1)]
    return [{"description": "snk[9]: Writer<br/>"}, {"description": "<br/>+- ".join(lines) + "<br/>"}]


def _interval(job: FakeJob) -> int:
    return 2**63 - 1 if job.fate is Fate.NO_INTERVAL else job.checkpoint_interval


def _checkpoints(job: FakeJob) -> dict[str, object]:
    savepoint = next((path for path in reversed(job.savepoints.values()) if path), None)
    moment = int(job.checkpointed * 1000)
    return {
        "counts": {"restored": int(bool(job.restored)), "total": 1, "completed": int(bool(job.checkpoint)), "failed": 0},
        "latest": {
            "completed": _written(job.checkpoint, moment),
            # A job that goes on makes checkpoints after it.
            "savepoint": _written(savepoint, moment + 1 if job.terminal else moment - 1),
            "restored": {"external_path": job.restored} if job.restored else None,
        },
    }


def _written(path: str | None, moment: int) -> dict[str, object] | None:
    return {"external_path": path, "trigger_timestamp": moment, "discarded": False} if path else None
