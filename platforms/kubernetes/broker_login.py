"""How this machine's clients are let in by a broker: one that is not the stack's own, or one of Strimzi's that asks for a login."""

from collections.abc import Mapping

from cluster.names import CONSOLE_KAFKA_USER
from flinksql.kafka.brokers import Brokers, with_passwords
from settings import KafkaKind, Settings
from settings.keys import CLUSTER_KAFKA_KEY_PASSWORD, CLUSTER_KAFKA_PASSWORD, STRIMZI_PASSWORD

_BY_PASSWORD = {
    # A port-forward is encrypted up to the API server and on to the node, and SCRAM never sends the password.
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": CONSOLE_KAFKA_USER,
}


def client_options(settings: Settings) -> Mapping[str, str]:
    """Return the options of the Kafka client, passwords among them; none for a broker that asks nobody."""
    kubernetes, secret = settings.kubernetes, settings.secret
    if kubernetes.asks_for_login:
        return with_passwords(_BY_PASSWORD, login=secret(STRIMZI_PASSWORD), key="")
    if kubernetes.kafka.kind is not KafkaKind.EXTERNAL or not kubernetes.kafka.options:
        return {}
    return with_passwords(kubernetes.kafka.options, login=secret(CLUSTER_KAFKA_PASSWORD), key=secret(CLUSTER_KAFKA_KEY_PASSWORD))


def let_in(settings: Settings, bootstrap: str) -> Brokers:
    """Return a broker's address with the options by which its clients are let in."""
    return Brokers(bootstrap, client_options(settings))
