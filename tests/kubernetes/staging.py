"""`staging` beside `dev` in one cluster, in a namespace of its own."""

import copy as copying
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
import yaml

from cluster.port_forward import forwarded
from cluster.service_proxy import ServiceProxy, service_proxy
from cluster.target import ServicePort
from components.names import job_name
from tests.kubernetes.double.operator import Operator
from tests.kubernetes.preparing import SMALL
from tests.kubernetes.stack import FORWARDED_KAFKA, JOB_MANAGER, JOBS, KubernetesStack
from tests.support.flow import Flow, begin
from tests.support.ports import free_ports
from tests.support.project import NAMESPACE as CONFIG
from tests.support.project import Finished, ProjectCopy

STAGE = "staging"
STAGING = "flink-staging"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`staging` beside `dev`: the same folder, backend and cluster. `kafka_port` is where this machine's clients find its broker."""

    copy: ProjectCopy
    dev: KubernetesStack
    kafka_port: int

    def proxy(self) -> ServiceProxy:
        """Return the way to its JobManager."""
        return service_proxy(self.dev.api_server, namespace=STAGING, service=JOB_MANAGER[0], port=JOB_MANAGER[1])

    @property
    def job_names(self) -> set[str]:
        """The names of its jobs in Flink."""
        return {job_name(STAGE, name) for name in JOBS}

    def running(self) -> dict[str, str]:
        """Return the ids of its jobs that run with all tasks, by name; none while nobody answers."""
        proxy = self.proxy()
        try:
            with proxy.session_factory() as session:
                jobs = session.get(f"{proxy.base_url}/jobs/overview", timeout=10).json()["jobs"]
        except (requests.RequestException, ValueError, KeyError):
            return {}
        return {
            job["name"]: job["jid"] for job in jobs if job["state"] == "RUNNING" and 0 < job["tasks"]["total"] == job["tasks"]["running"]
        }

    def wait(self) -> dict[str, str]:
        """Wait until its jobs run, and return their ids."""
        return self.dev.wait("the jobs of staging run", lambda: found if self.job_names <= set(found := self.running()) else None)

    @contextmanager
    def flow(self) -> Iterator[Flow]:
        """Begin to follow what goes through its pipeline."""
        target = ServicePort(namespace=STAGING, service="kafka", port=FORWARDED_KAFKA)
        with forwarded(self.dev.api_server, target, self.kafka_port) as forward:
            yield begin(f"127.0.0.1:{forward.port}")

    def up(self) -> Finished:
        """Run `up`, which must succeed."""
        return self._succeed("up")

    def down(self) -> Finished:
        """Run `down`, which must succeed."""
        return self._succeed("down")

    def _succeed(self, command: str) -> Finished:
        finished = self.copy.run(command)
        assert finished.code == 0, finished.said[-5000:]
        return finished


@contextmanager
def stage(dev: KubernetesStack, **values: str | int | bool) -> Iterator[Stage]:
    """Give `staging`, not yet up; at the end it is down."""
    one = copying.copy(dev.copy)
    one.stack = STAGE
    port = int(values.get("ports__kafka") or free_ports(1)[0])
    chosen: dict[str, str | int | bool] = {
        **SMALL,
        "kubernetes__context": dev.given.context,
        "kubernetes__kubeconfig": dev.given.kubeconfig,
        "kubernetes__namespace": STAGING,
        "image__repository": "localhost:5001/flink-ai-demo",
        "image__modelGatewayRepository": "localhost:5001/model-gateway",
        "flink__volumeAccess": "ReadWriteOnce",
        "topics__deleteOnDestroy": True,
        "crds__retain": False,
        "ports__kafka": port,
        "flink__line": dev.given.flink_line,
        "model__kind": dev.given.model_kind,
        "bundle__parameters__window_seconds": 5,
        "flink__checkpointIntervalSeconds": 5,
    }
    file = one.folder / f"Pulumi.{STAGE}.yaml"
    before = file.read_text(encoding="utf-8")
    one.configure(**{**_chart_of(dev), **chosen, **values})
    operator = None if dev.parts.operator else Operator(dev.cluster, STAGING, lambda _deployment: [])
    if operator:
        operator.start()
    try:
        yield Stage(copy=one, dev=dev, kafka_port=port)
    finally:
        one.run("down")
        file.write_text(before, encoding="utf-8")
        if operator:
            operator.stop()


def _chart_of(dev: KubernetesStack) -> dict[str, str]:
    """Return the operator's chart that dev was given, if any: the pinned release is out of reach on some machines."""
    config = yaml.safe_load((dev.copy.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]
    chart = config.get(f"{CONFIG}operator.chart")
    return {"operator__chart": str(chart)} if chart else {}


def restarts(proxy: ServiceProxy) -> dict[str, int]:
    """Return how often each job behind a JobManager was restarted."""
    with proxy.session_factory() as session:
        jobs = session.get(f"{proxy.base_url}/jobs/overview", timeout=10).json()["jobs"]
        metric = "metrics?get=numRestarts"
        found = {one["name"]: session.get(f"{proxy.base_url}/jobs/{one['jid']}/{metric}", timeout=10).json() for one in jobs}
    return {name: int(float(value[0]["value"])) if value else 0 for name, value in found.items()}


def last(finished: Finished) -> str:
    """Return the end of what a command said, in one line."""
    return " / ".join(line.strip() for line in finished.said.splitlines() if line.strip())[-1500:]
