"""Each component alone: what it owns, in which order, and what of it is secret or unknown."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.kubernetes.akhq import Akhq
from components.kubernetes.flink_configuration import FlinkState
from components.kubernetes.kafka import Kafka, KafkaArgs
from components.kubernetes.model_gateway import ModelGateway
from components.kubernetes.model_server import ModelServer, job_name
from components.kubernetes.network_policies import NetworkPolicies
from components.kubernetes.pod_monitors import PodMonitorArgs, PodMonitors
from components.kubernetes.session_cluster import SessionCluster
from components.kubernetes.sql_gateway import SqlGateway
from tests.program.component_declaration import SECRET_MARK, declare_component, unknown
from tests.support.manifests import AKHQ, KEPT, MODEL_SERVER, NAMESPACE, OFFLINE, POLICIES, SESSION_CLUSTER, SQL_GATEWAY

KAFKA = KafkaArgs(namespace=NAMESPACE)
PULL = job_name(MODEL_SERVER)
SECURED = replace(AKHQ, secured=True)
PASSWORD, SIGNING_SECRET = "made up for akhq-password", "made up for akhq-signing-secret"


@pytest.mark.parametrize(
    ("make", "order"),
    [
        pytest.param(lambda: Kafka(KAFKA), {"Service kafka": set(), "StatefulSet kafka": {"Service kafka"}}, id="kafka"),
        pytest.param(
            lambda: Akhq(AKHQ),
            {"ConfigMap akhq": set(), "Service akhq": set(), "Deployment akhq": {"ConfigMap akhq", "Service akhq"}},
            id="akhq",
        ),
        pytest.param(
            lambda: ModelServer(MODEL_SERVER),
            {
                "PersistentVolumeClaim ollama-models": set(),
                "Service ollama": set(),
                "Deployment ollama": {"Service ollama", "PersistentVolumeClaim ollama-models"},
                f"ConfigMap {PULL}": set(),
                f"Job {PULL}": {"Deployment ollama", f"ConfigMap {PULL}"},
            },
            id="model server",
        ),
        pytest.param(
            lambda: ModelGateway(OFFLINE),
            {"Service model-gateway": set(), "Deployment model-gateway": {"Service model-gateway"}},
            id="model gateway",
        ),
        pytest.param(
            lambda: PodMonitors(PodMonitorArgs(namespace=NAMESPACE, stack="dev")),
            {"PodMonitor flink-sql-session": set(), "PodMonitor model-gateway": set()},
            id="pod monitors",
        ),
        pytest.param(
            lambda: SessionCluster(SESSION_CLUSTER),
            {
                "ServiceAccount flink": set(),
                "Role flink": set(),
                "RoleBinding flink": {"ServiceAccount flink", "Role flink"},
                "PersistentVolumeClaim flink-state": set(),
                "FlinkDeployment flink-sql-session": {
                    "ServiceAccount flink",
                    "Role flink",
                    "RoleBinding flink",
                    "PersistentVolumeClaim flink-state",
                },
            },
            id="session cluster",
        ),
        pytest.param(
            lambda: SqlGateway(SQL_GATEWAY),
            {"Service flink-sql-gateway": set(), "Deployment flink-sql-gateway": {"Service flink-sql-gateway"}},
            id="sql gateway",
        ),
    ],
)
def test_a_component_owns_its_objects_in_an_order(make: Callable[[], pulumi.ComponentResource], order: dict[str, set[str]]) -> None:
    declared = declare_component(make)
    component = next(iter(declared))
    assert {name: set(one.below) for name, one in declared.items() if name != component} == order


def after_policies(make: Callable[[list[pulumi.Resource]], object]) -> dict[str, set[str]]:
    """Return what each object waits for when the component comes after a policy."""

    def both() -> None:
        make(NetworkPolicies(replace(POLICIES, kafka=False, akhq=False, model_server=False, operator_here=False)).ready)

    return {name: set(one.below) for name, one in declare_component(both).items()}


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda after: Kafka(KAFKA, after=after), id="kafka"),
        pytest.param(lambda after: Akhq(SECURED, after=after), id="akhq"),
        pytest.param(lambda after: ModelServer(MODEL_SERVER, after=after), id="model server"),
        pytest.param(lambda after: ModelGateway(OFFLINE, api_key="sk", after=after), id="model gateway"),
        pytest.param(lambda after: SessionCluster(SESSION_CLUSTER, after=after), id="session cluster"),
        pytest.param(lambda after: SqlGateway(SQL_GATEWAY, after=after), id="sql gateway"),
    ],
)
def test_every_object_waits_for_what_the_component_comes_after(make: Callable[[list[pulumi.Resource]], object]) -> None:
    waiting = after_policies(make)
    policies = {name for name in waiting if name.startswith("NetworkPolicy ")}
    kinds = ("Service", "Deployment", "StatefulSet", "ConfigMap", "Secret", "Job", "PersistentVolumeClaim", "FlinkDeployment", "Role")
    objects = [name for name in waiting if name.split()[0] in kinds]
    assert objects != []
    assert all(policies <= waiting[name] for name in objects)


def test_pods_and_this_machine_are_told_where_each_reaches_the_broker() -> None:
    made: list[Kafka] = []
    declare_component(lambda: made.append(Kafka(replace(KAFKA, forwarded_port=29092))))
    assert [(one.bootstrap, one.forwarded_bootstrap) for one in made] == [(f"kafka.{NAMESPACE}.svc:9092", "127.0.0.1:29092")]


def test_only_the_pull_tells_that_a_model_is_ready() -> None:
    ready: list[pulumi.Resource] = []
    declare_component(lambda: ready.extend(ModelServer(MODEL_SERVER).ready))
    assert "kubernetes:batch/v1:Job" in {one.pulumi_resource_type for one in ready}


@pytest.mark.parametrize("kept", [pytest.param(False, id="goes"), pytest.param(True, id="stays")])
def test_data_stays_where_it_is_to_be_kept(*, kept: bool) -> None:
    storage = replace(KEPT, keep=kept)

    def both() -> None:
        ModelServer(replace(MODEL_SERVER, storage=storage))
        SessionCluster(replace(SESSION_CLUSTER, state=FlinkState(storage=storage)))

    declared = declare_component(both)
    assert {name for name, one in declared.items() if one.kept} == (
        {"PersistentVolumeClaim ollama-models", "PersistentVolumeClaim flink-state"} if kept else set()
    )


def in_the_open(value: Any) -> str:  # noqa: ANN401 - anything that goes over the wire
    """Return all that is not inside a secret."""
    if isinstance(value, dict):
        return "" if SECRET_MARK in value else " ".join(in_the_open(one) for one in value.values())
    return " ".join(in_the_open(one) for one in value) if isinstance(value, list) else str(value)


def test_the_api_key_lies_in_its_secret_and_nowhere_else() -> None:
    declared = declare_component(lambda: ModelGateway(OFFLINE, api_key="sk-hidden"))
    assert {name for name, one in declared.items() if "sk-hidden" in repr(one.inputs)} == {"Secret model-gateway"}
    assert "sk-hidden" not in in_the_open(dict(declared["Secret model-gateway"].inputs))
    assert "Secret model-gateway" in declared["Deployment model-gateway"].below


def test_a_preview_can_still_show_the_pod_of_a_secret() -> None:
    declared = declare_component(lambda: ModelGateway(OFFLINE, api_key="sk-hidden"))
    assert SECRET_MARK not in repr(declared["Deployment model-gateway"].inputs)


def restart_mark(api_key: str) -> str:
    declared = declare_component(lambda: ModelGateway(OFFLINE, api_key=api_key))
    annotations = declared["Deployment model-gateway"].inputs["spec"]["template"]["metadata"]["annotations"]
    return str(annotations["flink-reviews/secret"])


def test_the_pod_starts_anew_when_the_key_changes_and_only_then() -> None:
    assert restart_mark("sk-one") == restart_mark("sk-one") != restart_mark("sk-two")


def test_a_login_is_made_up_and_only_its_digest_reaches_the_cluster() -> None:
    declared = declare_component(lambda: Akhq(SECURED))
    assert {name: one.secret_outputs for name, one in declared.items() if name.startswith("GeneratedSecret ")} == {
        "GeneratedSecret akhq-password": ("secret_text",),
        "GeneratedSecret akhq-signing-secret": ("secret_text",),
    }
    objects = {name: one for name, one in declared.items() if not name.startswith("GeneratedSecret ")}
    assert not any(PASSWORD in repr(one.inputs) for one in objects.values())
    assert {name for name, one in objects.items() if SIGNING_SECRET in repr(one.inputs)} == {"Secret akhq"}
    assert SIGNING_SECRET not in in_the_open(dict(declared["Secret akhq"].inputs))


def test_a_login_for_kafka_comes_from_the_secret_too() -> None:
    declared = declare_component(lambda: Akhq(AKHQ, kafka_login="password=hidden"))
    assert {name for name, one in declared.items() if "password=hidden" in repr(one.inputs)} == {"Secret akhq"}
    assert "Secret akhq" in declared["Deployment akhq"].below


def test_an_image_that_is_not_built_yet_leaves_the_rest_of_a_preview_known() -> None:
    declared = declare_component(lambda: SqlGateway(replace(SQL_GATEWAY, image=unknown())), preview=True)
    spec = declared["Deployment flink-sql-gateway"].inputs["spec"]
    assert spec["template"]["spec"]["containers"][0]["command"] == ["/opt/flink/bin/sql-gateway.sh"]
    assert spec["selector"]["matchLabels"] == {"app.kubernetes.io/name": "flink-sql-gateway"}


def test_fields_keep_the_names_of_kubernetes_on_their_way() -> None:
    declared = declare_component(lambda: SessionCluster(SESSION_CLUSTER))
    assert declared["RoleBinding flink"].inputs["roleRef"]["apiGroup"] == "rbac.authorization.k8s.io"
    assert declared["ServiceAccount flink"].inputs["automountServiceAccountToken"] is False
    assert declared["FlinkDeployment flink-sql-session"].inputs["spec"]["flinkVersion"] == "v2_2"


def test_a_model_gateway_says_its_numbers_so_that_they_go_when_a_model_server_comes() -> None:
    """Those that Kubernetes fills in stay, and it refuses them beside the other strategy: the change could not even be previewed."""
    spec = declare_component(lambda: ModelGateway(OFFLINE))["Deployment model-gateway"].inputs["spec"]
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
