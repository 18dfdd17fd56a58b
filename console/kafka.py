"""Kafka clients that print nothing of their own and give up in a time that a person waits."""

from typing import Any

from confluent_kafka import Consumer, KafkaError, Producer

from flinksql.kafka.brokers import client_settings

_REQUEST_MILLISECONDS = 5000
"""So long a person waits for one answer; the library would wait a minute."""


def _ignore(_error: KafkaError) -> None:
    """Errors of the connection come back from the calls that meet them."""


def _settings(bootstrap: str) -> dict[str, Any]:
    """Return the settings of every client, with the time-outs that all clients of a stack have."""
    return {"socket.timeout.ms": _REQUEST_MILLISECONDS, **client_settings(bootstrap), "error_cb": _ignore}


def reader(bootstrap: str, **settings: str) -> Consumer:
    """Make a consumer that leaves no trace: it commits nothing, so its group does not matter."""
    return Consumer({**_settings(bootstrap), "group.id": "console", "enable.auto.commit": False, **settings})


def writer(bootstrap: str, *, give_up_seconds: float, largest: int) -> Producer:
    """Make a producer that never writes a record twice and reports each one. `largest` bounds a record, in bytes."""
    settings: dict[str, Any] = {
        **_settings(bootstrap),
        "enable.idempotence": True,
        "delivery.timeout.ms": int(give_up_seconds * 1000),
        # The library's own limit of a million bytes is below the broker's.
        "message.max.bytes": largest,
        # A millisecond of waiting makes batches out of single records.
        "linger.ms": 5,
    }
    return Producer(settings)
