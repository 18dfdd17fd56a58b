"""What is wrong with settings, topics, processes and clusters."""

import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cluster.api_server import connect
from cluster.diagnosis import Diagnosis
from components.parameters import load_bundle
from console.checks.model import check_model
from console.health.deployment import DeploymentHealth
from console.health.jobs import observe_jobs
from console.health.report import JobHealth, Report, TopicHealth
from embedded.preflight import preflight
from embedded.settings import EmbeddedSettings
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import TopicError
from flinksql.kafka.topic import Topic, plan
from options.infrastructure import Ports
from options.model import ModelKind, ModelSettings
from platforms.health import ServiceHealth
from platforms.registry import endpoints_of
from settings import SettingsError, parse_settings
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.messages.message import Message
from tests.support.flink import quick_job_manager
from tests.support.kubernetes_objects import APPS, CORE, claim, crashed, event, pod, stateful_set, waiting
from tests.unit.cluster.looking import GATEWAY, KAFKA, SUBJECTS, Clock, put_events, put_gateway

EMBEDDED, KUBERNETES = "embedded", "kubernetes"
CLOSED = "http://127.0.0.1:9"
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "unknown key": {"flink.lin": "2.2"},
    "number of partitions": {"topics.partitions": "0"},
    "no truth": {"topics.deleteOnDestroy": "yes"},
    "privileged port": {"ports.kafka": "80"},
    "unknown platform": {"platform": "docker"},
    "unknown bundle": {"bundle": "revews"},
    "unknown parameter": {"bundle.parameters.window_second": "10"},
    "parameter out of bounds": {"bundle.parameters.window_seconds": "0"},
    "unknown Flink line": {"flink.line": "3.0"},
    "one port twice": {"ports.kafka": "25001", "ports.sqlGateway": "25001"},
    "no endpoint": {"model.kind": "openai"},
    "unknown model kind": {"model.kind": "llama"},
    "endpoint that is no URL": {"model.endpoint": "localhost"},
    "no cluster": {"platform": "kubernetes"},
}


def settings() -> Iterator[Message]:
    """Return the message for each mistake in the stack's file."""
    for situation, values in SETTINGS.items():
        try:
            read = parse_settings(values)
            load_bundle(read, endpoints_of(read))
        except SettingsError as error:
            platform = KUBERNETES if "platform" in values and values["platform"] == KUBERNETES else EMBEDDED
            yield Message(situation=situation, command="doctor, preview, up", platform=platform, text=str(error))


def doctor() -> Iterator[Message]:
    """Return what `doctor` finds on a machine that is not as it should be."""
    with socket.socket() as holder, tempfile.TemporaryDirectory() as folder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = EmbeddedSettings(data_folder=Path(folder).resolve(), ports=Ports(kafka=holder.getsockname()[1]))
        for finding in preflight(taken):
            if not finding.ok and "port" in finding.what:
                yield Message(
                    situation="a port is taken", command="doctor, up", platform=EMBEDDED, text=f"{finding.what}\n  → {finding.fix}"
                )
    for kind in (ModelKind.OLLAMA, ModelKind.OPENAI):
        answer = check_model(ModelSettings(kind=kind, endpoint=f"{CLOSED}/v1"))
        yield Message(situation=f"no model server ({kind})", command="doctor", platform=EMBEDDED, text=f"{answer.what}\n  → {answer.fix}")


def topics() -> Iterator[Message]:
    """Return what `up` says of topics that cannot be made or changed."""
    attempts: Mapping[str, Callable[[], object]] = {
        "no broker": lambda: TopicAdmin("127.0.0.1:9").describe("reviews"),
        "fewer partitions": lambda: plan(Topic(name="reviews", partitions=4), Topic(name="reviews", partitions=2)),
        "another replication": lambda: plan(Topic(name="reviews", partitions=1), Topic(name="reviews", partitions=1, replication=3)),
        "no partitions": lambda: plan(None, Topic(name="reviews", partitions=0)),
    }
    for situation, attempt in attempts.items():
        try:
            attempt()
        except TopicError as error:
            yield Message(situation=situation, command="up, down", platform="any", text=str(error))


def status() -> Iterator[Message]:
    """Return what `status` says of a stack that is not healthy."""
    about = {"contexts": {"kind": "job", "jobName": "p/s/contexts"}}
    service = ServiceHealth(
        name="kafka", state="stopped", process_id=None, uptime_seconds=None, ready=False, reason="it does not run: run `up`"
    )
    topic = TopicHealth(name="reviews", partitions=None, messages=None, reason="the broker does not have it: run `up`")
    when = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    undone = DeploymentHealth(reason=f"the last `up` failed ({when}); not deployed: sql/reviews/a.sql. `preview` says what is wrong")
    gone = JobHealth(
        statement="contexts", state="gone", healthy=False, last_error="the JobManager knows no job of this statement: run `up`"
    )
    reports: Mapping[str, Report] = {
        "a process has ended": _report(services=[service]),
        "a topic is gone": _report(topics=[topic]),
        "a job is gone": _report(jobs=[gone]),
        "no JobManager": _report(jobs=observe_jobs(quick_job_manager(CLOSED), about)),
        "the last up failed": Report(stack="local", services=(), topics=(), jobs=(), deployment=undone),
    }
    for situation, report in reports.items():
        yield Message(situation=situation, command="status", platform=EMBEDDED, text="\n".join(report.problems()))


def _report(services: Sequence[ServiceHealth] = (), topics: Sequence[TopicHealth] = (), jobs: Sequence[JobHealth] = ()) -> Report:
    return Report(stack="local", services=tuple(services), topics=tuple(topics), jobs=tuple(jobs))


PULL = 'Failed to pull image "localhost:5001/flink-ai-demo:1": '
NOT_FOUND = f"{PULL}rpc error: code = NotFound desc = localhost:5001/flink-ai-demo:1: not found"
REFUSED = f"{PULL}failed to do request: dial tcp 127.0.0.1:5001: connect: connection refused"


def _gateway(container: dict[str, object], *messages: str) -> Callable[[FakeKubernetes], None]:
    def put(fake: FakeKubernetes) -> None:
        put_gateway(fake, pod("gateway-1-a", "gateway-1", containers=[container]))
        put_events(fake, *(event("Pod", "gateway-1-a", "Failed", message, count=2) for message in messages))

    return put


def _claim(fake: FakeKubernetes) -> None:
    fake.put(f"{APPS}/statefulsets", stateful_set("kafka"))
    fake.put(f"{CORE}/pods", pod("kafka-0", "kafka", claim="data-kafka-0"))
    fake.put(f"{CORE}/persistentvolumeclaims", claim("data-kafka-0"))


HOPELESS: Mapping[str, Callable[[FakeKubernetes], None]] = {
    "the image is not there": _gateway(waiting("ImagePullBackOff"), NOT_FOUND),
    "the registry does not answer": _gateway(waiting("ImagePullBackOff"), REFUSED),
    "the image's name is none": _gateway(waiting("InvalidImageName", image="No Such")),
    "a secret is missing": _gateway(waiting("CreateContainerConfigError", 'secret "key" not found')),
    "the image runs as root": _gateway(waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root")),
    "a command is missing": _gateway(waiting("RunContainerError", 'exec: "nope": not in $PATH')),
    "a container ends again and again": _gateway(crashed(3, code=3)),
    "a container has too little memory": _gateway(crashed(4, code=137, reason="OOMKilled")),
    "no storage class": _claim,
}


def cluster() -> Iterator[Message]:
    """Return what `up` says when waiting for the cluster cannot succeed."""
    for situation, put in HOPELESS.items():
        with fake_kubernetes() as fake, tempfile.TemporaryDirectory() as folder:
            clock = Clock()
            diagnosis = Diagnosis(connect(CONTEXT, str(fake.kubeconfig(Path(folder)))), clock)
            clock.now = -1.0
            diagnosis.observe(SUBJECTS)
            put(fake)
            for clock.now in (0.0, 60.0):
                found = [each.hopeless for each in diagnosis.observe(SUBJECTS) if each.subject in {GATEWAY, KAFKA} and each.hopeless]
            for finding in found:
                yield Message(situation=situation, command="up", platform=KUBERNETES, text=f"{finding}\n  → {finding.next_step}")
