"""What must hold between the settings of Kafka on Kubernetes: an external broker's login, and how many replicas there can be."""

from collections.abc import Iterator, Mapping

from settings.external import credentials_in
from settings.kafka import KafkaKind, StrimziSettings
from settings.keys import CLUSTER_KAFKA_KEY_PASSWORD, CLUSTER_KAFKA_PASSWORD, STRIMZI_PASSWORD
from settings.kubernetes import KubernetesSettings
from settings.stack import Settings

_PLAIN = "PLAINTEXT"
"""Kafka's own word for a broker that asks nobody."""
_QUORUM = 3
"""Fewer nodes than this cannot lose one, and two can lose less than one."""


def kafka_problems(settings: Settings, given: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with what the settings say of Kafka, each with what to do."""
    wanted = settings.kubernetes
    if wanted.kafka.kind is KafkaKind.EXTERNAL and not wanted.kafka.bootstrap:
        yield (
            "kafka.bootstrap is missing: kafka.kind external needs a broker, "
            "for example `pulumi config set kafka.bootstrap broker.example.com:9092`"
        )
    yield from _login(wanted, given)
    if wanted.has_strimzi:
        yield from _replicas(settings, wanted.strimzi)
        yield from _strimzi_login(wanted, given)
        yield from _forwarded_ports(settings)
    elif STRIMZI_PASSWORD in given:
        yield f"{STRIMZI_PASSWORD} is set and kafka.kind is {wanted.kafka.kind}: it is for strimzi. `pulumi config rm {STRIMZI_PASSWORD}`"


def bare_credentials(setting: str, options: Mapping[str, str], *, login: str, key: str) -> Iterator[str]:
    """Yield which options of the Kafka client are secrets, and the settings in which they belong."""
    for name in credentials_in(options):
        place = key if name == "ssl.key.password" else login
        yield f"{setting} has {name}, which is a secret: remove it, and use `pulumi config set --secret {place}`"


def _login(wanted: KubernetesSettings, given: Mapping[str, str]) -> Iterator[str]:
    kafka = wanted.kafka
    if kafka.kind is not KafkaKind.EXTERNAL:
        used = [key for key in ("kafka.options", "kafka.login", CLUSTER_KAFKA_PASSWORD, CLUSTER_KAFKA_KEY_PASSWORD) if given.get(key)]
        yield from (f"{key} is set and kafka.kind is {kafka.kind}: it is for an external broker. `pulumi config rm {key}`" for key in used)
        return
    yield from bare_credentials("kafka.options", kafka.options, login=CLUSTER_KAFKA_PASSWORD, key=CLUSTER_KAFKA_KEY_PASSWORD)
    protocol = kafka.options.get("security.protocol", _PLAIN)
    if wanted.akhq.enabled and protocol.upper() != _PLAIN:
        yield (f"akhq.enabled is true and the broker wants {protocol}: AKHQ is not given a login. `pulumi config set akhq.enabled false`")


def _replicas(settings: Settings, strimzi: StrimziSettings) -> Iterator[str]:
    """Yield which numbers do not go together: Kafka would say it of each topic, and writers only when they write."""
    nodes = strimzi.nodes
    if 1 < nodes < _QUORUM:
        yield (
            f"strimzi.nodes is {nodes}: Kafka's controllers decide by majority, so {nodes} nodes stop when one is away. "
            f"`pulumi config set strimzi.nodes {_QUORUM}`"
        )
    for key, replicas in (("strimzi.replication", strimzi.replication), ("topics.replication", settings.topics.replication)):
        if replicas > nodes:
            yield f"{key} is {replicas} and strimzi.nodes is {nodes}: each replica needs its own node. `pulumi config set {key} {nodes}`"
    if strimzi.insync_replicas > strimzi.replicas:
        yield (
            f"strimzi.minInsyncReplicas is {strimzi.min_insync_replicas} and a topic has {strimzi.replicas} replicas: nobody could write. "
            f"`pulumi config set strimzi.minInsyncReplicas {max(1, strimzi.replicas - 1)}`"
        )


def _strimzi_login(wanted: KubernetesSettings, given: Mapping[str, str]) -> Iterator[str]:
    authentication = wanted.strimzi.authentication
    if not wanted.strimzi.asks_for_login:
        if STRIMZI_PASSWORD in given:
            yield f"{STRIMZI_PASSWORD} is set and strimzi.authentication is {authentication}: `pulumi config rm {STRIMZI_PASSWORD}`"
        return
    if STRIMZI_PASSWORD not in given:
        yield (
            f"{STRIMZI_PASSWORD} is missing: with strimzi.authentication {authentication} this machine logs in with it. Choose one: "
            f'`pulumi config set --secret {STRIMZI_PASSWORD} "$(openssl rand -base64 24)"`'
        )
    if wanted.akhq.enabled:
        yield (
            f"akhq.enabled is true and strimzi.authentication is {authentication}: AKHQ is not given a login. "
            "`pulumi config set akhq.enabled false`"
        )


def _forwarded_ports(settings: Settings) -> Iterator[str]:
    """Yield a port that a node would be forwarded on and that is another service's, or none at all."""
    ports = settings.ports
    last = ports.kafka + settings.kubernetes.strimzi.nodes - 1
    taken = {
        "ports.jobManager": ports.job_manager,
        "ports.sqlGateway": ports.sql_gateway,
        "ports.modelGateway": ports.model_gateway,
    }
    for key, port in taken.items():
        if ports.kafka < port <= last:
            yield f"{key} is {port}, and the nodes of Kafka are forwarded on {ports.kafka} to {last}: give one of them another port"
