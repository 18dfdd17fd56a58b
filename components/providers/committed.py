"""Where a consumer group stopped, as the statements' provider asks it of the stack's own broker."""

from collections.abc import Callable, Mapping, Sequence

from components.access import Access
from flinksql.kafka.committed import uncommitted_partitions
from flinksql.kafka.errors import TopicError
from flinksql.sql.deferred_errors import GROUP, Uncommitted

_TOPIC = "topic"
_SERVERS = "properties.bootstrap.servers"

Ask = Callable[[str, str, Sequence[str]], Sequence[str]]


def uncommitted_of(access: Access, ask: Ask = uncommitted_partitions) -> Uncommitted:
    """Return what tells the partitions in which a table's group has committed nothing.

    Nobody knows it of another broker, which may want credentials, of a pattern of topics, and where the broker does not answer.
    """

    def uncommitted(options: Mapping[str, str]) -> Sequence[str] | None:
        topics = [name.strip() for name in options.get(_TOPIC, "").split(";") if name.strip()]
        if not topics or options.get(_SERVERS) != access.flink_kafka_bootstrap:
            return None
        try:
            return ask(access.kafka_bootstrap, options[GROUP], topics)
        except TopicError:
            return None

    return uncommitted
