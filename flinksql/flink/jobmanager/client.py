"""The JobManager's REST API: looking at jobs, and ending them.

`/jobs/overview` and `/jobs/:id/status` are never cached by the server; everything about a single job's vertices may be seconds old.
"""

from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from math import isfinite
from urllib.parse import quote

from flinksql.errors import FlinkSqlError, PermanentError, TransientError
from flinksql.flink.jobmanager.wire import (
    CheckpointConfig,
    Checkpoints,
    ClusterConfiguration,
    ExceptionEntry,
    JobConfig,
    JobDetails,
    JobExceptions,
    JobsOverview,
    JobState,
    JobSummary,
    MetricList,
    MetricRange,
    Overview,
    RangeList,
    SavepointStatus,
    StatusBody,
    TriggerAccepted,
)
from flinksql.flink.stacktrace import root_cause, shorten, without_data
from flinksql.flink.transport import Endpoint, Reply, Transport, WireT

_OPERATOR_RECORDS = (
    ".numRecordsIn",
    ".numRecordsOut",
    ".numRecordsInPerSecond",
    ".numRecordsOutPerSecond",
    ".numLateRecordsDropped",
)


class JobNotFoundError(PermanentError):
    """The JobManager knows no such job: never seen, forgotten (an hour after its end), or lost in a restart without high availability."""


class SavepointFailedError(PermanentError):
    """No savepoint of the job could be made. It goes on running, or was not running."""


class DisposalFailedError(PermanentError):
    """Flink could not delete a savepoint: it cannot read it where it lies, or there is none.

    `is_absent` says that Flink found none there.
    """

    def __init__(self, message: str, *, is_absent: bool = False) -> None:
        self.is_absent = is_absent
        super().__init__(message)


_NO_CHECKPOINTS = 2**63 - 1
_NAMES_CHARACTERS = 3_000
"""So many of metrics' names are asked for at once: a request line of Flink's server holds 4,096 characters."""
_ABSENT = "Cannot find checkpoint or savepoint file/directory"
_NOT_FOUND = ("FlinkJobNotFoundException", "Could not find Flink job", "Job could not be found")


JobsView = Callable[["JobManagerClient", tuple[JobSummary, ...]], tuple[JobSummary, ...]]
"""Says under which names jobs are known: returns the same jobs."""


class JobManagerClient:
    """A JobManager. Safe to share between threads. `view` says under which names its jobs are known here."""

    def __init__(self, endpoint: Endpoint, *, view: JobsView | None = None) -> None:
        self.transport = Transport(endpoint)
        self._view = view

    def overview(self) -> Overview:
        """Return the cluster: TaskManagers, slots, version."""
        return self._get("/overview", Overview)

    def jobs(self) -> tuple[JobSummary, ...]:
        """Return all jobs that the JobManager knows, ended ones included, newest first."""
        jobs = self._get("/jobs/overview", JobsOverview).jobs
        newest_first = tuple(sorted(jobs, key=lambda job: job.start_time, reverse=True))
        return self._view(self, newest_first) if self._view else newest_first

    def configuration(self) -> dict[str, str]:
        """Return the cluster's configuration as its JobManager read it. Flink hides the values of secrets itself."""
        return {entry.key: entry.value for entry in self._get("/jobmanager/config", ClusterConfiguration).root}

    def status(self, job_id: str) -> JobState:
        """Return the job's state. Raises `JobNotFoundError`."""
        return self._get(f"/jobs/{job_id}/status", StatusBody).status

    def details(self, job_id: str) -> JobDetails:
        """Return the job with its vertices and record counts. Raises `JobNotFoundError`."""
        return self._get(f"/jobs/{job_id}", JobDetails)

    def operator_records(self, job_id: str, vertex_id: str) -> dict[str, float]:
        """Return `<operator>.numRecordsIn`, `.numRecordsOut` and `.numLateRecordsDropped` of a vertex's operators, over its subtasks.

        `.numRecordsInPerSecond` and `.numRecordsOutPerSecond` are means over a minute.
        A vertex's own counts leave out what comes from and goes to the outside world; the operators' do not. They lag by some seconds.
        Raises `JobNotFoundError`.
        """
        found = self.metrics(job_id, vertex_id, lambda name: name.endswith(_OPERATOR_RECORDS))
        return {name: one.sum for name, one in found.items()}

    def metrics(self, job_id: str, vertex_id: str, wanted: Callable[[str], bool]) -> dict[str, MetricRange]:
        """Return those metrics of a vertex whose name is `wanted`, over its subtasks; `Calc[3].numRecordsIn` is one of an operator.

        They lag by some seconds, and the first answer after a while has those of the last question. Raises `JobNotFoundError`.
        """
        path = f"/jobs/{job_id}/vertices/{vertex_id}/subtasks/metrics"
        names = [metric.id for metric in self._get(path, MetricList).root if wanted(metric.id)]
        found: dict[str, MetricRange] = {}
        for some in _in_requests(names):
            answer = self._get(f"{path}?agg=min,max,sum&get={','.join(some)}", RangeList).root
            # A task that has just begun has no number yet for some of them.
            known = (one for one in answer if isfinite(one.sum))
            found |= {one.id: MetricRange(min=one.min, max=one.max, sum=one.sum) for one in known}
        return found

    def tags(self, job_id: str) -> dict[str, str]:
        """Return what the submission said of itself in `pipeline.global-job-parameters`. Raises `JobNotFoundError`."""
        return self._get(f"/jobs/{job_id}/config", JobConfig).execution_config.user_config

    def failures(self, job_id: str, *, at_most: int = 10) -> tuple[ExceptionEntry, ...]:
        """Return the job's failures, newest first. Raises `JobNotFoundError`."""
        return self._get(f"/jobs/{job_id}/exceptions?maxExceptions={at_most}", JobExceptions).exception_history.entries

    def restarts(self, job_id: str) -> int:
        """Return how often Flink restarted the job, 0 while it does not tell. Raises `JobNotFoundError`.

        The history of failures is short. The count lags by some seconds.
        """
        told = self._get(f"/jobs/{job_id}/metrics?get=numRestarts", MetricList).root
        return max((int(float(metric.value)) for metric in told if metric.value), default=0)

    def checkpoints(self, job_id: str) -> Checkpoints:
        """Return the job's checkpoints: counts, the newest, what it was restored from. Raises `JobNotFoundError`."""
        return self._get(f"/jobs/{job_id}/checkpoints", Checkpoints)

    def checkpoint_interval(self, job_id: str) -> float | None:
        """Return the seconds between two checkpoints of a job, None when it makes none. Raises `JobNotFoundError`."""
        interval = self._get(f"/jobs/{job_id}/checkpoints/config", CheckpointConfig).interval
        return None if interval >= _NO_CHECKPOINTS else interval / 1000

    def checkpoint_timeout(self, job_id: str) -> float:
        """Return the seconds after which Flink gives up a checkpoint or savepoint of a job. Raises `JobNotFoundError`."""
        return self._get(f"/jobs/{job_id}/checkpoints/config", CheckpointConfig).timeout / 1000

    def trigger_checkpoint(self, job_id: str) -> None:
        """Ask the job for a checkpoint now, as its interval would. Whether one is made, `checkpoints` tells. Raises `JobNotFoundError`."""
        self._trigger(f"/jobs/{job_id}/checkpoints", {"checkpointType": "CONFIGURED"})

    def cancel(self, job_id: str) -> None:
        """Ask the job to end without a savepoint. It takes a moment. A job that has ended already is fine. Raises `JobNotFoundError`."""
        reply = self.transport.call("PATCH", f"/jobs/{job_id}?mode=cancel")
        if not reply.ok and reply.status != HTTPStatus.CONFLICT:
            raise self._error(reply)

    def stop_with_savepoint(self, job_id: str, trigger_id: str) -> None:
        """Ask the job to write a savepoint and end. `trigger_id` is 32 hexadecimal digits; asking twice with one is asking once."""
        body = {"drain": False, "formatType": "CANONICAL", "triggerId": trigger_id}
        self._trigger(f"/jobs/{job_id}/stop", body)

    def trigger_savepoint(self, job_id: str, trigger_id: str) -> None:
        """Ask the job for a savepoint; it goes on running. `trigger_id` is 32 hexadecimal digits; asking twice with one is asking once.

        Raises `JobNotFoundError`, and PermanentError where Flink has no folder for savepoints.
        """
        body = {"cancel-job": False, "formatType": "CANONICAL", "triggerId": trigger_id}
        self._trigger(f"/jobs/{job_id}/savepoints", body)

    def dispose_savepoint(self, path: str) -> str:
        """Ask Flink to delete a savepoint with its files, and return the id by which `is_disposed` knows the request."""
        return self._trigger("/savepoint-disposal", {"savepoint-path": path})

    def is_disposed(self, request_id: str) -> bool:
        """Tell whether a savepoint is deleted that `dispose_savepoint` asked for.

        Raises `DisposalFailedError`, and `JobNotFoundError` where the JobManager was restarted since.
        """
        status = self._get(f"/savepoint-disposal/{request_id}", SavepointStatus)
        cause = status.operation.failure_cause if status.operation else None
        if cause:
            reason = without_data(root_cause(cause.stack_trace))
            raise DisposalFailedError(reason, is_absent=_ABSENT in cause.stack_trace)
        return status.status.id == "COMPLETED"

    def savepoint(self, job_id: str, trigger_id: str) -> str | None:
        """Return where a trigger's savepoint lies, None while it is being written. Raises `SavepointFailedError`, `JobNotFoundError`."""
        status = self._get(f"/jobs/{job_id}/savepoints/{trigger_id}", SavepointStatus)
        if status.status.id != "COMPLETED" or status.operation is None:
            return None
        if status.operation.location:
            return status.operation.location
        trace = status.operation.failure_cause.stack_trace if status.operation.failure_cause else ""
        if any(text in trace for text in _NOT_FOUND):
            raise JobNotFoundError(f"The JobManager does not know job {job_id} any more.")
        raise SavepointFailedError(without_data(root_cause(trace)))

    def _trigger(self, path: str, body: dict[str, object]) -> str:
        """Begin something and return the id of the request."""
        reply = self.transport.call("POST", path, body=body)
        if not reply.ok:
            raise self._error(reply)
        return self.transport.decode(TriggerAccepted, reply).request_id

    def _get(self, path: str, shape: type[WireT]) -> WireT:
        reply = self.transport.get(path)
        if not reply.ok:
            raise self._error(reply)
        return self.transport.decode(shape, reply)

    def _error(self, reply: Reply) -> FlinkSqlError:
        text = reply.errors
        if not text:
            return self.transport.unexpected(reply)
        if reply.status == HTTPStatus.NOT_FOUND or any(part in text for part in _NOT_FOUND):
            return JobNotFoundError(shorten(text.splitlines()[0].split("Exception: ")[-1]))
        message = f"The JobManager at {self.transport.endpoint.base_url} answered HTTP {reply.status}: {without_data(root_cause(text))}"
        return TransientError(message) if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR else PermanentError(message)


def _in_requests(names: Sequence[str]) -> Iterator[list[str]]:
    """Yield the names of metrics, quoted, in parts that a request line holds."""
    part: list[str] = []
    for name in map(quote, names):
        if part and sum(map(len, part)) + len(part) + len(name) > _NAMES_CHARACTERS:
            yield part
            part = []
        part.append(name)
    if part:
        yield part
