"""The session cluster and the SQL Gateway: jobs survive, both agree on where state lies, and the gateway has no rights."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from components.kubernetes.flink_configuration import FlinkState
from components.kubernetes.session_cluster import (
    FlinkProcess,
    flink_account_manifests,
    flink_configuration,
    flink_deployment,
    session_cluster_manifests,
)
from components.kubernetes.sql_gateway import arguments, options, sql_gateway_manifests
from options.flink_lines import FLINK_LINES, OPERATOR_LINES
from tests.support.manifests import NAMESPACE, OBJECT_STORE, SESSION_CLUSTER, SQL_GATEWAY
from tests.support.schemas import check_custom


def test_jobs_come_back_after_the_job_manager_went() -> None:
    told = flink_configuration(SESSION_CLUSTER)
    assert told["high-availability.type"] == "kubernetes"
    assert told["high-availability.storageDir"] == "file:///flink-data/ha"
    assert told["execution.checkpointing.dir"] == "file:///flink-data/checkpoints"
    assert told["execution.checkpointing.externalized-checkpoint-retention"] == "RETAIN_ON_CANCELLATION"


@pytest.mark.parametrize("state", [pytest.param(FlinkState(), id="volume"), pytest.param(OBJECT_STORE, id="object store")])
def test_cluster_and_gateway_agree_on_where_state_lies(state: FlinkState) -> None:
    cluster = flink_configuration(replace(SESSION_CLUSTER, state=state))
    gateway = options(replace(SQL_GATEWAY, state=state))
    shared = {key for key in gateway if key.startswith(("state.", "execution.checkpointing.", "restart-strategy."))}
    assert {key: cluster[key] for key in shared if key in cluster} == {
        key: gateway[key] for key in shared if key != "execution.checkpointing.interval"
    }


def test_windows_are_in_utc_wherever_a_node_stands() -> None:
    assert options(SQL_GATEWAY)["table.local-time-zone"] == "UTC"
    assert "-Duser.timezone=UTC" in flink_configuration(SESSION_CLUSTER)["env.java.opts.all"].split()
    environment = sql_gateway_manifests(SQL_GATEWAY)[-1]["spec"]["template"]["spec"]["containers"][0]["env"]
    [options_of_jvm] = [one["value"] for one in environment if one["name"] == "JVM_ARGS"]
    assert "-Duser.timezone=UTC" in options_of_jvm.split()


def test_a_task_manager_that_is_not_let_in_gives_up_and_failures_fill_no_heap() -> None:
    told = flink_configuration(SESSION_CLUSTER)
    assert told["taskmanager.registration.timeout"] == "30s"
    assert (told["web.exception-history-size"], told["jobmanager.execution.attempts-history-size"]) == ("8", "2")


def test_a_pod_that_was_asked_for_has_time_for_its_image_to_be_pulled() -> None:
    """Without a word of its own the JobManager takes the TaskManager's patience, and stops each pod before it can register."""
    assert flink_configuration(SESSION_CLUSTER)["resourcemanager.taskmanager-registration.timeout"] == "5min"


def test_the_interval_of_checkpoints_is_the_gateways_to_say() -> None:
    assert "execution.checkpointing.interval" not in flink_configuration(SESSION_CLUSTER)
    assert options(replace(SQL_GATEWAY, checkpoint_interval_seconds=7))["execution.checkpointing.interval"] == "7s"


def test_an_object_store_needs_no_volume() -> None:
    made = session_cluster_manifests(replace(SESSION_CLUSTER, state=OBJECT_STORE))
    assert [one["kind"] for one in made] == ["FlinkDeployment"]
    assert OBJECT_STORE.savepoints == "s3://bucket/flink/savepoints"
    assert [one["kind"] for one in session_cluster_manifests(SESSION_CLUSTER)] == ["PersistentVolumeClaim", "FlinkDeployment"]


def test_the_processes_know_their_object_store_and_its_credentials_stand_in_no_manifest() -> None:
    deployment = flink_deployment(replace(SESSION_CLUSTER, state=OBJECT_STORE))
    told = deployment["spec"]["flinkConfiguration"]
    assert (told["s3.endpoint"], told["s3.path.style.access"]) == ("https://store:9000", "true")
    [container] = deployment["spec"]["podTemplate"]["spec"]["containers"]
    given = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one}
    assert given == {
        "AWS_ACCESS_KEY_ID": {"name": "state-store", "key": "access-key"},
        "AWS_SECRET_ACCESS_KEY": {"name": "state-store", "key": "secret-key"},
    }


@pytest.mark.parametrize(
    ("state", "told"),
    [
        pytest.param(FlinkState(), {}, id="a volume"),
        pytest.param(FlinkState(object_store="s3://b/f"), {}, id="AWS, by the role of the account"),
        pytest.param(
            FlinkState(object_store="s3://b/f", endpoint="http://s:1", path_style=False),
            {"s3.endpoint": "http://s:1", "s3.path.style.access": "false"},
            id="buckets by host name",
        ),
    ],
)
def test_only_what_differs_from_the_usual_store_is_told(state: FlinkState, told: dict[str, str]) -> None:
    configuration = flink_configuration(replace(SESSION_CLUSTER, state=state))
    assert {key: value for key, value in configuration.items() if key.startswith("s3.")} == told
    [container] = flink_deployment(replace(SESSION_CLUSTER, state=state))["spec"]["podTemplate"]["spec"]["containers"]
    assert not [one for one in container["env"] if "valueFrom" in one]


def test_a_login_is_mounted_into_the_pods_that_log_in() -> None:
    template = flink_deployment(replace(SESSION_CLUSTER, login="kafka-login"))["spec"]["podTemplate"]["spec"]
    assert {"name": "login", "secret": {"secretName": "kafka-login"}} in template["volumes"]
    [container] = template["containers"]
    assert {"name": "login", "mountPath": "/etc/kafka-login", "readOnly": True} in container["volumeMounts"]
    assert "kafka-login" not in str(flink_deployment(SESSION_CLUSTER))


def test_every_value_of_the_configuration_is_a_text() -> None:
    assert {type(value) for value in flink_configuration(SESSION_CLUSTER).values()} == {str}


def test_more_configuration_goes_before_ours() -> None:
    given = replace(SESSION_CLUSTER, options={"state.backend.type": "rocksdb", "s3.endpoint": "https://s3.example"})
    told = flink_configuration(given)
    assert (told["state.backend.type"], told["s3.endpoint"]) == ("rocksdb", "https://s3.example")


def test_it_waits_for_the_job_manager_and_not_for_what_may_come_later() -> None:
    annotations = flink_deployment(replace(SESSION_CLUSTER, ready_within_seconds=300))["metadata"]["annotations"]
    assert annotations == {
        "pulumi.com/waitFor": "jsonpath={.status.jobManagerDeploymentStatus}=READY",
        "pulumi.com/timeoutSeconds": "300",
    }


@pytest.mark.parametrize("block", [pytest.param(False, id="no"), pytest.param(True, id="yes")])
def test_whether_a_job_of_nobody_stops_the_deletion_is_said(*, block: bool) -> None:
    told = flink_configuration(replace(SESSION_CLUSTER, block_on_unmanaged_jobs=block))
    assert told["kubernetes.operator.session.deletion.block-on-unmanaged-jobs"] == str(block).lower()


def test_processes_are_as_large_as_asked() -> None:
    args = replace(SESSION_CLUSTER, task_manager=FlinkProcess(cpu=2.0, memory_megabytes=4096, cpu_limit=3.0), task_slots=16)
    spec = flink_deployment(args)["spec"]
    assert spec["taskManager"]["resource"] == {"cpu": 2.0, "memory": "4096m"}
    assert spec["flinkConfiguration"]["kubernetes.taskmanager.cpu.limit-factor"] == "1.5"
    assert spec["flinkConfiguration"]["taskmanager.numberOfTaskSlots"] == "16"


@pytest.mark.parametrize(
    ("cpu", "factor"), [pytest.param(0.5, 4.0, id="default"), pytest.param(0.1, 20.0, id="little"), pytest.param(4.0, 1.0, id="much")]
)
def test_a_process_may_take_two_cpus_or_what_it_asks_for(cpu: float, factor: float) -> None:
    assert FlinkProcess(cpu=cpu, memory_megabytes=1024).cpu_limit_factor == pytest.approx(factor)


@pytest.mark.parametrize("line", FLINK_LINES)
def test_the_operator_knows_just_the_lines_that_are_said_to_run_there(line: str) -> None:
    deployment = flink_deployment(replace(SESSION_CLUSTER, flink_version=FLINK_LINES[line].operator_version))
    with nullcontext() if line in OPERATOR_LINES else pytest.raises(Exception, match=FLINK_LINES[line].operator_version):
        check_custom(deployment)


def test_the_pods_of_both_kinds_can_be_told_apart() -> None:
    spec = flink_deployment(SESSION_CLUSTER)["spec"]
    components = [spec[role]["podTemplate"]["metadata"]["labels"]["app.kubernetes.io/component"] for role in ("jobManager", "taskManager")]
    assert components == ["jobmanager", "taskmanager"]


def test_no_argument_of_the_gateway_reads_as_a_call_for_help() -> None:
    # The start script looks for `-h` anywhere in its arguments.
    assert [argument for argument in arguments(SQL_GATEWAY) if "-h" in argument] == []


def test_no_argument_of_the_gateway_has_a_space() -> None:
    assert [argument for argument in arguments(SQL_GATEWAY) if " " in argument] == []


def test_the_gateway_submits_to_the_session_cluster_and_listens_to_more_than_itself() -> None:
    told = options(SQL_GATEWAY)
    assert (told["execution.target"], told["rest.address"], told["rest.port"]) == ("remote", "flink-sql-session-rest", "8081")
    assert told["sql-gateway.endpoint.rest.bind-address"] not in {"localhost", "127.0.0.1"}


def test_flinks_account_has_no_right_on_secrets_or_services_and_no_wildcard() -> None:
    _, role, binding = flink_account_manifests(NAMESPACE)
    allowed = {resource for rule in role["rules"] for resource in rule["resources"]}
    assert allowed == {"pods", "configmaps", "deployments", "deployments/finalizers"}
    assert "*" not in {verb for rule in role["rules"] for verb in rule["verbs"]}
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
