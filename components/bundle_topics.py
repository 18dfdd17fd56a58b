"""Which Kafka topics a bundle's tables lie on."""

from collections.abc import Mapping

from flinksql.bundle import Bundle, table_options
from flinksql.statement import Statement

_CONNECTORS = frozenset({"kafka", "upsert-kafka"})


def topics_of(bundle: Bundle) -> tuple[str, ...]:
    """Return the topics of all tables, each once, by the alphabet."""
    return tuple(sorted({topic for statement in bundle.statements for topic in _topics(bundle, statement)}))


def topic_config(bundle: Bundle, topic: str) -> Mapping[str, str]:
    """Return the settings that the bundle's manifest gives a topic; none means the broker's defaults."""
    declared = bundle.manifest.topics.get(topic)
    return {} if declared is None else dict(declared.config)


def topics_touched(bundle: Bundle, name: str) -> tuple[str, ...]:
    """Return the topics of the tables that a statement reads or writes, directly or through views."""
    return tuple(sorted({topic for statement in bundle.closure(name) for topic in _topics(bundle, statement)}))


def _topics(bundle: Bundle, statement: Statement) -> list[str]:
    options = table_options(statement, bundle.values)
    if options.get("connector") not in _CONNECTORS:
        return []
    # The Kafka connector takes a list with semicolons.
    return [topic.strip() for topic in options.get("topic", "").split(";") if topic.strip()]
