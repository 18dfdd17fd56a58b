"""Kafka clients that print nothing of their own and give up in a time that a person waits."""

from typing import Any

from confluent_kafka import Consumer, KafkaError, Producer

from flinksql.kafka.brokers import client_options

_QUIET = {
    # librdkafka would write its own lines about a broker that is not there to standard error.
    "log_level": 0,
    "socket.timeout.ms": 5000,
}


def _ignore(_error: KafkaError) -> None:
    """Errors of the connection come back from the calls that meet them."""


def quiet_settings() -> dict[str, Any]:
    """Return the settings of a client that prints nothing of its own."""
    return {**_QUIET, "error_cb": _ignore}


def reader(bootstrap: str, **settings: str) -> Consumer:
    """Make a consumer that leaves no trace: it commits nothing, so its group does not matter."""
    common: dict[str, Any] = {
        **_QUIET,
        **client_options(bootstrap),
        "error_cb": _ignore,
        "bootstrap.servers": bootstrap,
        "group.id": "console",
        "enable.auto.commit": False,
    }
    return Consumer({**common, **settings})


def writer(bootstrap: str, *, give_up_seconds: float, largest: int) -> Producer:
    """Make a producer that never writes a record twice and reports each one. `largest` bounds a record, in bytes."""
    settings: dict[str, Any] = {
        **_QUIET,
        **client_options(bootstrap),
        "error_cb": _ignore,
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,
        "delivery.timeout.ms": int(give_up_seconds * 1000),
        # The library's own limit of a million bytes is below the broker's.
        "message.max.bytes": largest,
        # A millisecond of waiting makes batches out of single records.
        "linger.ms": 5,
    }
    return Producer(settings)
