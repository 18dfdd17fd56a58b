"""What a stack says about the Kubernetes platform: defaults, what goes together, and what does not."""

import pulumi
import pytest

from components.bundle_topics import topic_config
from components.kubernetes.kafka import kafka_manifests
from components.kubernetes.session_cluster import flink_configuration, session_cluster_manifests
from flinksql.kafka.brokers import client_options
from flinksql.sql import Bundle
from flinksql.sql.graph import Graph
from platforms.kubernetes.access import KubernetesAccess
from platforms.kubernetes.arguments import foundation_inputs, kafka_args, network_policy_args, session_cluster_args
from platforms.kubernetes.images import Images
from platforms.registry import endpoints_of
from settings import KafkaKind, Settings, SettingsError, parse_settings

NAMED = {"platform": "kubernetes", "kubernetes.context": "kind-kind"}
IMAGES = Images(flink=pulumi.Output.from_input("a"), model_gateway=pulumi.Output.from_input("b"))
IMAGE = "registry.example.com/flink@sha256:" + 64 * "a"


def problems(given: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        parse_settings(given)
    return caught.value.problems


def settings(**given: str) -> Settings:
    return parse_settings({**NAMED, **{name.replace("__", "."): value for name, value in given.items()}})


def test_the_defaults_are_the_names_of_the_article() -> None:
    kubernetes = settings().kubernetes
    assert kubernetes.cluster.namespace == "flink"
    assert kubernetes.images.flink_repository == "localhost:5001/flink-ai-demo"
    assert kubernetes.kafka.kind is KafkaKind.SINGLE
    assert not kubernetes.operator.webhook


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"platform": "kubernetes"}, "kubernetes.context is missing", id="no context"),
        pytest.param({**NAMED, "kafka.kind": "external"}, "kafka.bootstrap is missing", id="external without broker"),
        pytest.param({**NAMED, "kafka.kind": "redpanda"}, "must be single or external or strimzi", id="a broker that is not offered"),
        pytest.param({**NAMED, "kafka.bootstrap": "broker"}, "host:port", id="broker without port"),
        pytest.param({**NAMED, "image.flink": "flink:latest"}, "by digest", id="image by tag"),
        pytest.param({**NAMED, "image.repository": "localhost:5001/flink:1"}, "without a tag", id="repository with a tag"),
        pytest.param({**NAMED, "kafka.storage": "10 GB"}, "as Kubernetes writes it", id="amount"),
        pytest.param({**NAMED, "flink.cpu": "0"}, "a number of CPUs", id="no CPU"),
        pytest.param({**NAMED, "kafka.cpu": "0.0"}, "a number of CPUs", id="no CPU in decimals"),
        pytest.param({**NAMED, "model.cpu": "000m"}, "a number of CPUs", id="no CPU in thousandths"),
        pytest.param({**NAMED, "flink.taskManagerMemory": "2Gi"}, "as Flink writes it", id="Kubernetes' notation for Flink"),
        pytest.param({**NAMED, "flink.volumeAccess": "RWX"}, "ReadWriteOnce or ReadWriteMany", id="access mode in short"),
        pytest.param({**NAMED, "kubernetes.namespace": "My_Space"}, "lower-case letters", id="namespace"),
        pytest.param({**NAMED, "promotion.from": "dev", "image.flink": IMAGE}, "images come from that stack", id="promoted and given"),
        pytest.param({**NAMED, "promotion.from": "dev", "registry.provide": "true"}, "Remove one", id="promoted and a registry to build"),
    ],
)
def test_a_mistake_is_told_with_key_and_example(given: dict[str, str], message: str) -> None:
    (found,) = problems(given)
    assert message in found


def test_mistakes_between_keys_come_together_with_the_others() -> None:
    assert len(problems({"platform": "kubernetes", "kafka.kind": "external", "flink.line": "9", "nonsense": "1"})) == 4


def test_the_embedded_platform_needs_nothing_of_it() -> None:
    assert parse_settings({"kafka.kind": "external"}).kubernetes.cluster.context == ""


@pytest.mark.parametrize(
    ("given", "deployed", "endpoint"),
    [
        pytest.param({"model.kind": "offline"}, False, "", id="offline"),
        pytest.param({"model.kind": "ollama"}, True, "http://ollama.flink.svc:11434/v1", id="ollama in the cluster"),
        pytest.param({"model.kind": "ollama", "model.endpoint": "http://gpu:11434/v1"}, False, "http://gpu:11434/v1", id="elsewhere"),
        pytest.param({"model.kind": "openai", "model.endpoint": "https://models/v1"}, False, "https://models/v1", id="any server"),
    ],
)
def test_a_model_server_is_deployed_for_ollama_unless_one_is_named(given: dict[str, str], deployed: bool, endpoint: str) -> None:
    parsed = parse_settings({**NAMED, **given})
    assert (parsed.kubernetes.model_server.deployed, parsed.model.endpoint) == (deployed, endpoint)


@pytest.mark.parametrize(
    ("given", "megabytes"),
    [
        pytest.param({}, 928, id="on this machine"),
        pytest.param(NAMED, 1728, id="on Kubernetes"),
        pytest.param({"flink.taskManagerMemory": "2g"}, 2048, id="set on this machine"),
        pytest.param({**NAMED, "flink.taskManagerMemory": "512m"}, 512, id="set on Kubernetes, where Flink itself knows its least"),
    ],
)
def test_one_key_is_the_memory_of_the_task_manager_on_both_platforms(given: dict[str, str], megabytes: int) -> None:
    assert parse_settings(given).flink.task_manager_megabytes == megabytes


@pytest.mark.parametrize(
    ("given", "config"),
    [
        pytest.param({}, {}, id="on this machine: the broker's"),
        pytest.param(NAMED, {}, id="in the cluster: the broker's"),
        pytest.param(
            {**NAMED, "kafka.kind": "external", "kafka.bootstrap": "b:9092"}, {"max.message.bytes": "1048588"}, id="another broker"
        ),
    ],
)
def test_topics_on_a_broker_of_others_say_their_own_limit(given: dict[str, str], config: dict[str, str]) -> None:
    bundle = Bundle(entries={}, graph=Graph(order=(), dependencies={}))
    stack = parse_settings(given)
    assert topic_config(stack, bundle, "reviews", own_broker=endpoints_of(stack).is_own_broker) == config


@pytest.mark.parametrize(
    ("given", "modes"),
    [
        pytest.param({}, ["ReadWriteOnce"], id="nothing said"),
        pytest.param({"flink__volumeAccess": "ReadWriteOnce"}, ["ReadWriteOnce"], id="one node"),
        pytest.param({"flink__volumeAccess": "ReadWriteMany"}, ["ReadWriteMany"], id="any node"),
        pytest.param({"flink__stateUri": "s3://b/f", "flink__volumeAccess": "ReadWriteMany"}, None, id="no volume"),
    ],
)
def test_the_volume_of_state_is_claimed_with_the_access_that_was_chosen(given: dict[str, str], modes: list[str] | None) -> None:
    claims = [one for one in session_cluster_manifests(session_cluster_args(settings(**given), IMAGES)) if "Claim" in one["kind"]]
    assert [one["spec"]["accessModes"] for one in claims] == ([modes] if modes else [])


STORE = {"flink__stateUri": "s3://b/f", "objectStore__endpoint": "http://minio:9000"}


@pytest.mark.parametrize(
    ("given", "port"),
    [
        pytest.param({}, 0, id="a volume"),
        pytest.param({"flink__stateUri": "s3://b/f"}, 443, id="AWS"),
        pytest.param(STORE, 9000, id="a port of its own"),
        pytest.param({**STORE, "objectStore__endpoint": "https://minio"}, 443, id="TLS"),
    ],
)
def test_pods_of_flink_may_reach_their_object_store(given: dict[str, str], port: int) -> None:
    assert network_policy_args(settings(**given)).object_store_port == port


SECURE = {
    "kafka__kind": "external",
    "kafka__bootstrap": "b:9093",
    "kafka__options": "security.protocol=SASL_SSL,sasl.username=orders",
    "akhq__enabled": "false",
}


def test_clients_of_this_machine_are_let_in_by_an_external_broker() -> None:
    given = {**NAMED, **{name.replace("__", "."): value for name, value in SECURE.items()}}
    secrets = {"kafka.password": "canary"}
    access = KubernetesAccess(parse_settings(given, secret=lambda key: secrets.get(key, "")))
    wanted = {"security.protocol": "SASL_SSL", "sasl.username": "orders", "sasl.password": "canary"}
    assert access.kafka_options == wanted
    assert (access.kafka_bootstrap, client_options(access.kafka_bootstrap)) == ("b:9093", wanted)
    with access.broker() as reached:
        assert (reached, client_options(reached)) == ("b:9093", wanted)


def test_a_broker_of_the_stacks_own_asks_nobody() -> None:
    access = KubernetesAccess(settings())
    assert (access.kafka_options, client_options(access.kafka_bootstrap)) == ({}, {})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"kafka__options": "security.protocol=SSL"}, "kafka.options is set and kafka.kind is single", id="own broker"),
        pytest.param({"kafka__login": "kafka-login"}, "kafka.login is set and kafka.kind is single", id="a login for the own broker"),
        pytest.param({"kafka__password": "x"}, "kafka.password is set and kafka.kind is single", id="a password for it"),
        pytest.param({**SECURE, "kafka__options": "sasl.password=x"}, "`pulumi config set --secret kafka.password`", id="in clear"),
        pytest.param({**SECURE, "kafka__options": "ssl.key.password=x"}, "config set --secret kafka.keyPassword`", id="a key's in clear"),
        pytest.param(
            {**SECURE, "akhq__enabled": "true"}, "akhq.enabled is true and the broker wants SASL_SSL", id="a page without a login"
        ),
    ],
)
def test_a_login_that_cannot_be_meant_is_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**given)
    assert told in str(refused.value)


def test_a_bucket_of_another_store_is_another_place() -> None:
    assert foundation_inputs(settings(**STORE), "dev")["state_root"] == "s3://b/f at http://minio:9000"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"objectStore__endpoint": "http://s:1"}, "objectStore.endpoint is set and state lies on a volume", id="no store"),
        pytest.param(
            {"objectStore__credentials": "keys", "flink__stateUri": "gs://b/f"},
            "objectStore.credentials is set and flink.stateUri is gs://b/f",
            id="another kind of store",
        ),
    ],
)
def test_what_would_count_for_nothing_is_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**given)
    assert told in str(refused.value)


def test_what_the_processes_of_a_small_node_ask_for_is_set() -> None:
    small = settings(flink__cpu="100m", kafka__cpu="0.1")
    (broker,) = [one for one in kafka_manifests(kafka_args(small)) if one["kind"] == "StatefulSet"]
    spec = session_cluster_args(small, IMAGES)
    assert broker["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "0.1"
    assert (spec.job_manager.cpu, spec.task_manager.cpu, spec.task_manager.cpu_limit_factor) == (0.1, 0.1, 20.0)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        pytest.param("labels", "cost-center=a,team=b", {"cost-center": "a", "team": "b"}, id="labels"),
        pytest.param("labels", '{"cost-center": "a"}', {"cost-center": "a"}, id="labels as an object"),
        pytest.param("labels", "", {}, id="none"),
        pytest.param("annotations", '{"example.com/note": "a, b"}', {"example.com/note": "a, b"}, id="a comma in an annotation"),
        pytest.param("annotations", "example.com/url=https://a?b=c", {"example.com/url": "https://a?b=c"}, id="an equals sign in it"),
        pytest.param("imagePullSecrets", "one,two", ("one", "two"), id="secrets"),
        pytest.param(
            "tolerations",
            "dedicated=flink:NoSchedule,example.com/gpu,spot:NoExecute",
            (
                {"operator": "Equal", "key": "dedicated", "value": "flink", "effect": "NoSchedule"},
                {"operator": "Exists", "key": "example.com/gpu"},
                {"operator": "Exists", "key": "spot", "effect": "NoExecute"},
            ),
            id="tolerations as taints are written",
        ),
    ],
)
def test_what_every_object_bears_is_read(name: str, value: str, read: object) -> None:
    field = {"labels": "labels", "annotations": "annotations", "imagePullSecrets": "image_pull_secrets", "tolerations": "tolerations"}
    assert getattr(settings(**{f"kubernetes__{name}": value}).kubernetes.decoration, field[name]) == read


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"kubernetes.labels": "cost-center"}, "labels as name=value", id="a label without a value"),
        pytest.param({"kubernetes.labels": "cost-center=a b"}, "labels as name=value", id="a space in a label"),
        pytest.param({"kubernetes.labels": "{cost-center: a}"}, "labels as name=value", id="no JSON"),
        pytest.param({"kubernetes.labels": '{"a": 1}'}, "labels as name=value", id="a number"),
        pytest.param({"kubernetes.labels": "app.kubernetes.io/name=mine"}, "sets app.kubernetes.io/name", id="a label of ours"),
        pytest.param({"kubernetes.labels": "app=mine"}, "sets app: the stack's objects", id="a label of Flink's"),
        pytest.param({"kubernetes.annotations": "pulumi.com/skipAwait=true"}, "sets pulumi.com/skipAwait", id="an annotation of Pulumi's"),
        pytest.param({"kubernetes.tolerations": "a=b:Never"}, "tolerations as key=value:Effect", id="no such effect"),
        pytest.param({"kubernetes.tolerations": "a,,b"}, "tolerations as key=value:Effect", id="an empty toleration"),
        pytest.param({"kubernetes.imagePullSecrets": "One"}, "names of objects", id="a name in capitals"),
        pytest.param({"operator.namespace": "flink-operator"}, "pulumi config set operator.install false", id="two operators"),
    ],
)
def test_what_no_object_could_bear_is_refused(given: dict[str, str], message: str) -> None:
    [found] = problems({**NAMED, **given})
    assert message in found


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, "bundle.jars is provided, and Flink's image is built here", id="an image of its own"),
        pytest.param({"image__flink": f"r.example.com/flink@sha256:{'a' * 64}"}, "", id="somebody else's image"),
        pytest.param({"promotion__from": "dev"}, "", id="the image of the stage before"),
    ],
)
def test_jars_are_provided_only_by_who_builds_the_image(given: dict[str, str], told: str) -> None:
    try:
        found = settings(bundle__jars="provided", **given).bundle.jars
    except SettingsError as error:
        found = str(error)
    assert told in found if told else found == "provided"


def test_only_a_stack_with_metrics_gets_another_configuration_of_flink_and_lets_prometheus_in() -> None:
    def configuration(given: Settings) -> dict[str, str]:
        return flink_configuration(session_cluster_args(given, IMAGES))

    plain, more = settings(), settings(metrics__enabled="true", metrics__namespace="observability")
    assert set(configuration(more).items()) - set(configuration(plain).items()) == {
        ("metrics.reporter.prom.filterLabelValueCharacters", "false")
    }
    assert network_policy_args(plain).metrics_namespaces == ()
    assert network_policy_args(more).metrics_namespaces == ("observability",)
