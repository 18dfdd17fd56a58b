"""What is known of each connector, a row each. Of one without a row nothing is assumed: it has no topics, and its state is `unknown`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

KAFKA = "kafka"
UPSERT_KAFKA = "upsert-kafka"


class Kept(StrEnum):
    """What the sources and sinks of a connector keep in a savepoint."""

    UNKNOWN = "unknown"
    LIKE_KAFKA = "like Kafka"
    """A source keeps partitions and offsets, a writer the prefix of its transactions."""
    SINK_NOTHING = "sink keeps nothing"
    """A sink keeps nothing; what a source keeps is not known."""


@dataclass(frozen=True, kw_only=True)
class Connector:
    """A connector of Flink's, by the name that stands in a table's options.

    `on_kafka`: the tables lie on Kafka topics that the options name. `has_changelog`: rows can be updated and deleted whatever the format.
    `is_append_only`: a sink takes no updates, unless its format has them. `ends`: a source always ends by itself.
    `has_source_function`: the source is a SourceFunction on every supported line, by which Flink numbers its operator.
    """

    name: str
    on_kafka: bool = False
    kept: Kept = Kept.UNKNOWN
    has_changelog: bool = False
    is_append_only: bool = False
    ends: bool = False
    has_source_function: bool = False


CONNECTORS: Mapping[str, Connector] = MappingProxyType(
    {
        one.name: one
        for one in (
            Connector(name=KAFKA, on_kafka=True, kept=Kept.LIKE_KAFKA, is_append_only=True),
            Connector(name=UPSERT_KAFKA, on_kafka=True, kept=Kept.LIKE_KAFKA, has_changelog=True),
            # Its topics follow from a metadata service that nobody asks here.
            Connector(name="dynamic-kafka", is_append_only=True),
            Connector(name="filesystem", is_append_only=True),
            Connector(name="blackhole", kept=Kept.SINK_NOTHING),
            Connector(name="print", kept=Kept.SINK_NOTHING),
            Connector(name="datagen", has_source_function=True),
            Connector(name="jdbc", ends=True),
            Connector(name="values", ends=True),
        )
    }
)


def connector_of(options: Mapping[str, str]) -> Connector:
    """Return what is known of the connector that a table's options name; for any other, a row in which nothing is known."""
    name = options.get("connector", "")
    return CONNECTORS.get(name) or Connector(name=name)


def is_on_kafka(options: Mapping[str, str]) -> bool:
    """Tell whether a table with these options lies on Kafka topics."""
    return connector_of(options).on_kafka
