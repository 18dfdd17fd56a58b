"""From the client library's errors to ours."""

from confluent_kafka import KafkaError, KafkaException

from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError, TopicError, TransientTopicError

_SILENT = frozenset({"_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "REQUEST_TIMED_OUT"})
"""Names of the codes that mean that no broker answered, or not in time."""


def translate(error: KafkaException, doing: str, bootstrap: str) -> TopicError:
    """Return the error that says what failed while `doing`, for example `creating topic orders`."""
    cause = error.args[0]
    if not isinstance(cause, KafkaError):
        return PermanentTopicError(f"{doing} failed: {cause}")
    if cause.name() in _SILENT:
        return BrokerUnreachableError(doing, bootstrap)
    if cause.retriable():
        return TransientTopicError(f"{doing} failed for now: {cause.str()}. Try again")
    return PermanentTopicError(f"{doing} failed: {cause.str()} ({cause.name()})")
