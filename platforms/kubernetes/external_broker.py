"""How this machine's clients are let in by a broker that is not the stack's own."""

from collections.abc import Mapping

from flinksql.kafka.brokers import Brokers, with_passwords
from settings import KafkaKind, Settings
from settings.keys import CLUSTER_KAFKA_KEY_PASSWORD, CLUSTER_KAFKA_PASSWORD


def client_options(settings: Settings) -> Mapping[str, str]:
    """Return the options of the Kafka client, passwords among them; none for a broker of the stack's own."""
    kafka = settings.kubernetes.kafka
    if kafka.kind is not KafkaKind.EXTERNAL or not kafka.options:
        return {}
    secret = settings.secret
    return with_passwords(kafka.options, login=secret(CLUSTER_KAFKA_PASSWORD), key=secret(CLUSTER_KAFKA_KEY_PASSWORD))


def let_in(settings: Settings, bootstrap: str) -> Brokers:
    """Return a broker's address with the options by which its clients are let in."""
    return Brokers(bootstrap, client_options(settings))
