"""Answers that a broker gives while it starts or moves a partition, and how long they are waited out.

A broker listens before it leads its partitions: after a kill it says for seconds that it is not the leader of what it alone holds.
"""

from collections.abc import Callable
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

_CODES = frozenset(
    {
        "COORDINATOR_LOAD_IN_PROGRESS",
        "COORDINATOR_NOT_AVAILABLE",
        "FENCED_LEADER_EPOCH",
        "KAFKA_STORAGE_ERROR",
        "LEADER_NOT_AVAILABLE",
        "LISTENER_NOT_FOUND",
        "NETWORK_EXCEPTION",
        "NOT_CONTROLLER",
        "NOT_COORDINATOR",
        "NOT_ENOUGH_REPLICAS",
        "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
        "NOT_LEADER_FOR_PARTITION",
        "OFFSET_NOT_AVAILABLE",
        "REPLICA_NOT_AVAILABLE",
        "UNKNOWN_LEADER_EPOCH",
        "UNSTABLE_OFFSET_COMMIT",
        "_WAIT_COORD",
    }
)
"""Codes that Kafka's protocol calls retriable (https://kafka.apache.org/protocol#protocol_error_codes), by the client library's names.

The library's own `retriable()` is set for errors of transactions only. The missing topic is not among them: it is an answer.
"""
_SECONDS = 15.0
_PAUSE_SECONDS = 0.2

Answer = TypeVar("Answer")


def is_passing(error: BaseException) -> bool:
    """Say whether the same request may be answered a moment later."""
    cause = error.args[0] if isinstance(error, KafkaException) and error.args else None
    return isinstance(cause, KafkaError) and (cause.name() in _CODES or bool(cause.retriable()))


def wait_out(ask: Callable[[], Answer], *, seconds: float = _SECONDS) -> Answer:
    """Return what `ask` returns, asked again while the broker gives a passing answer, for at most `seconds`.

    The last error is raised as it is: KafkaException.
    """
    again = Retrying(retry=retry_if_exception(is_passing), stop=stop_after_delay(seconds), wait=wait_fixed(_PAUSE_SECONDS), reraise=True)
    return again(ask)
