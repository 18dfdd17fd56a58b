"""The stack `dev` on the cluster of a kubeconfig, driven by the same commands that a user types."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from cluster.api_server import ApiServer
from cluster.port_forward import forwarded
from cluster.service_proxy import ServiceProxy, service_proxy
from cluster.target import ServicePort
from components.names import job_name
from tests.kubernetes.double.objects import Cluster
from tests.kubernetes.given import Setting
from tests.kubernetes.inventory import NAMESPACE, left_of
from tests.kubernetes.parts import Parts
from tests.support.flow import Flow, begin
from tests.support.project import Finished, ProjectCopy

STACK = "dev"
FORWARDED_KAFKA = 9094
JOB_MANAGER, SQL_GATEWAY = ("flink-sql-session-rest", 8081), ("flink-sql-gateway", 8083)
JOBS = ("contexts", "summaries")
RUNNING = "RUNNING"
_HANG_SECONDS = 420.0
_PAUSE_SECONDS = 0.5
Job = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of the engine, from its events. `seconds` is each resource's time by its name."""

    finished: Finished
    events: list[Mapping[str, Any]]

    @property
    def end(self) -> Mapping[str, Any]:
        """How the engine's run ended; `down` has more to say after it."""
        return next(one for one in reversed(self.events) if one["event"] == "end")

    @property
    def told(self) -> str:
        """What a person would read: problems and remarks."""
        return "\n".join(str(one) for one in self.events if one["event"] in {"problem", "say"}) + self.finished.errors[-3000:]

    @property
    def changed(self) -> dict[str, str]:
        """What was done to each resource that was touched."""
        return {
            str(one["name"]): str(one["operation"])
            for one in self.events
            if one["event"] == "resource" and one["state"] == "done" and one["operation"] not in {"same", "read"}
        }

    @property
    def seconds(self) -> dict[str, float]:
        """How long each resource took."""
        return {
            str(one["name"]): float(one["seconds"] or 0) for one in self.events if one["event"] == "resource" and one["state"] == "done"
        }


@dataclass(kw_only=True)
class KubernetesStack:
    """A copy of the project with its stack `dev` set to a cluster. `temporary` is the temporary folder of its commands."""

    copy: ProjectCopy
    cluster: Cluster
    parts: Parts
    api_server: ApiServer
    kafka_port: int
    given: Setting
    temporary: Path

    def up(self) -> Run:
        """Run `up`, which must succeed."""
        run = self.run("up")
        assert run.finished.code == 0, run.told
        return run

    def down(self) -> Run:
        """Run `down`, which must succeed."""
        run = self.run("down")
        assert run.finished.code == 0, run.told
        return run

    def run(self, command: str, **environment: str) -> Run:
        """Run a command of the engine with its events."""
        finished = self.copy.run(command, "--json", **environment)
        lines = [line for line in finished.output.splitlines() if line.startswith("{")]
        return Run(finished=finished, events=[json.loads(line) for line in lines])

    def proxy(self, service: tuple[str, int]) -> ServiceProxy:
        """Return the way to a service, by name and port, through the API server."""
        return service_proxy(self.api_server, namespace=NAMESPACE, service=service[0], port=service[1])

    def get(self, service: tuple[str, int], path: str) -> Any:  # noqa: ANN401
        """Ask a service through the API server. Raises requests.RequestException."""
        proxy = self.proxy(service)
        with proxy.session_factory() as session:
            reply = session.get(proxy.base_url + path, timeout=10)
            reply.raise_for_status()
            return reply.json()

    def jobs(self) -> dict[str, Job]:
        """Return the newest job of each name. Raises requests.RequestException while there is no JobManager."""
        found: dict[str, Job] = {}
        for job in self.get(JOB_MANAGER, "/jobs/overview")["jobs"]:
            other = found.get(job["name"])
            if other is None or job["start-time"] > other["start-time"]:
                found[job["name"]] = job
        return found

    def running(self) -> dict[str, str]:
        """Return the ids of the jobs that really run, all tasks of them, by name; none while nobody answers."""
        try:
            return {name: job["jid"] for name, job in self.jobs().items() if job["state"] == RUNNING and _all_running(job)}
        except requests.RequestException:
            return {}

    def job_names(self) -> set[str]:
        """Return the names of the bundle's jobs in Flink."""
        return {job_name(STACK, name) for name in JOBS}

    def wait_for_jobs(self, names: set[str]) -> dict[str, str]:
        """Wait until these run."""
        return self.wait("the jobs run", lambda: found if names <= set(found := self.running()) else None)

    def wait(self, what: str, ask: Callable[[], T | None]) -> T:
        """Ask until there is an answer."""
        deadline = time.monotonic() + _HANG_SECONDS
        while (answer := ask()) is None:
            assert time.monotonic() < deadline, f"{what}: not within {_HANG_SECONDS:.0f} s"
            time.sleep(_PAUSE_SECONDS)
        return answer

    def wait_until_nothing_is_left(self) -> None:
        """Wait for what a cluster removes after its owner: volumes go a moment after their claims."""
        self.wait("nothing is left", lambda: None if left_of(self.cluster) else True)

    @contextmanager
    def kafka(self) -> Iterator[str]:
        """Reach the broker from here: its bootstrap address for as long as the block runs."""
        target = ServicePort(namespace=NAMESPACE, service="kafka", port=FORWARDED_KAFKA)
        with forwarded(self.api_server, target, self.kafka_port) as forward:
            yield f"127.0.0.1:{forward.port}"

    @contextmanager
    def flow(self) -> Iterator[Flow]:
        """Begin to follow what goes through the pipeline."""
        with self.kafka() as bootstrap:
            yield begin(bootstrap)


def _all_running(job: Job) -> bool:
    tasks = job["tasks"]
    return bool(tasks["total"] > 0 and tasks["running"] == tasks["total"])
