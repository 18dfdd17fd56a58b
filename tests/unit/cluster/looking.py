"""A look at the fake cluster at a chosen second, and what the looks are at."""

from collections.abc import Callable

from cluster.diagnosis import Situation, Subject
from cluster.diagnosis.subject import Kind
from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import (
    APPS,
    CORE,
    NAMESPACE,
    Json,
    deployment,
    replica_set,
)

GATEWAY = Subject(kind=Kind.DEPLOYMENT, namespace=NAMESPACE, name="gateway")
KAFKA = Subject(kind=Kind.STATEFUL_SET, namespace=NAMESPACE, name="kafka")
PULL = Subject(kind=Kind.JOB, namespace=NAMESPACE, name="pull")
OPERATOR = Subject(kind=Kind.RELEASE, namespace=NAMESPACE, name="operator")
SESSION = Subject(kind=Kind.FLINK_DEPLOYMENT, namespace=NAMESPACE, name="flink-sql-session")
GOING = Subject(kind=Kind.FLINK_DEPLOYMENT, namespace=NAMESPACE, name="flink-sql-session", going=True)
SUBJECTS = (GATEWAY, KAFKA, PULL, OPERATOR, SESSION, GOING)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


Look = Callable[[Subject, float], Situation]


def put_gateway(kubernetes: FakeKubernetes, *pods: Json) -> None:
    kubernetes.put(f"{APPS}/deployments", deployment("gateway"))
    kubernetes.put(f"{APPS}/replicasets", replica_set("gateway-1", "gateway"))
    kubernetes.put(f"{CORE}/pods", *pods)


def put_events(kubernetes: FakeKubernetes, *events: Json) -> None:
    kubernetes.put(f"{CORE}/events", *events)
