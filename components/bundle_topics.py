"""Which Kafka topics a bundle's tables lie on, and what is wrong with their names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from components.endpoints import Endpoints
from flinksql.errors import StatementError
from flinksql.kafka.errors import TopicError
from flinksql.kafka.topic import Topic, check
from flinksql.sql import Bundle, Entry
from flinksql.sql.connectors import connector_of, is_on_kafka
from flinksql.sql.expressions import ExpressionError
from flinksql.sql.manifest import Manifest, TopicManifest
from flinksql.sql.table_usage import Catalog, Use, option_problem
from settings import Settings

LOG_OVERHEAD = 12
"""Bytes that the log adds to a record as a producer counts it, as in Kafka's own defaults of 1048576 and 1048588."""
MAX_MESSAGE_BYTES = "max.message.bytes"
CLEANUP_POLICY = "cleanup.policy"
MIN_INSYNC = "min.insync.replicas"
BOOTSTRAP = "properties.bootstrap.servers"
PREFIX = "topic_prefix"
"""The parameter that a table's topic begins with."""
_TOPIC = "topic"


def topics_of(bundle: Bundle, bootstrap: str = "") -> tuple[str, ...]:
    """Return the topics of all tables, and those that hints name, each once, by the alphabet.

    With a `bootstrap`, only those on that broker: a table of another one has its topic there, and none here.
    """
    return tuple(sorted({topic for options in _every_use(bundle) if is_at(options, bootstrap) for topic in topic_names(options)}))


def written_topics(bundle: Bundle) -> frozenset[str]:
    """Return the topics that a job writes into."""
    uses = Catalog(bundle.entries.values()).uses()
    return frozenset(topic for use in uses if use.written for topic in topic_names(use.options))


def topic_manifest(bundle: Bundle, topic: str) -> TopicManifest:
    """Return what the bundle's manifest says of a topic; it names topics without the stack's prefix."""
    return bundle.manifest.topics.get(topic.removeprefix(bundle.values.get(PREFIX, ""))) or TopicManifest()


def topic_config(settings: Settings, bundle: Bundle, topic: str, *, own_broker: bool = True, insync: int = 1) -> Mapping[str, str]:
    """Return the settings of a topic: what the bundle's manifest says, else the broker's defaults.

    A broker of the stack (`own_broker`) knows how large a record may be; on any other one the topic says it. `insync` are the replicas that
    must have a record by the brokers' default: a topic with fewer says so itself. A topic of an `upsert-kafka`
    table is a changelog: without compaction it would forget keys with the retention.
    """
    limit = {} if own_broker else {MAX_MESSAGE_BYTES: str(settings.kafka.max_record_bytes + LOG_OVERHEAD)}
    replicas = topic_manifest(bundle, topic).replication
    if 0 < replicas < insync:
        # Nobody could write to it.
        limit[MIN_INSYNC] = str(max(1, replicas - 1))
    changelogs = {one for options in _every_use(bundle) if connector_of(options).has_changelog for one in topic_names(options)}
    compacted = {CLEANUP_POLICY: "compact"} if topic in changelogs else {}
    return {**limit, **compacted, **topic_manifest(bundle, topic).config}


def is_public(bundle: Bundle, topic: str) -> bool:
    """Tell whether the manifest says that others read a topic."""
    return topic.removeprefix(bundle.values.get(PREFIX, "")) in bundle.manifest.public


def topic_partitions(settings: Settings, bundle: Bundle, topic: str) -> int:
    """Return how many partitions a topic of the stack's own has."""
    return topic_manifest(bundle, topic).partitions or settings.topics.partitions


def partitions_of(manifest: Manifest, settings: Settings, topic: str) -> int:
    """Return how many partitions a topic has, by its name in the manifest. Raises ExpressionError for one of which nobody knows."""
    declared = manifest.topics.get(topic) or TopicManifest()
    if not declared.owned and not declared.partitions:
        raise ExpressionError(f"topic {topic} is external: write how many `partitions` it has")
    return declared.partitions or settings.topics.partitions


def topic_replication(settings: Settings, bundle: Bundle, topic: str, *, least: int = 1) -> int:
    """Return how many replicas a topic is made with. `least` are those of the stack's own brokers, unless the manifest says fewer."""
    return topic_manifest(bundle, topic).replication or max(settings.topics.replication, least)


def owned_topics(settings: Settings, bundle: Bundle, where: Endpoints) -> dict[str, Topic]:
    """Return the topics that the stack makes on its broker, its own or one of others, by name."""
    return {
        name: Topic(
            name=name,
            partitions=topic_partitions(settings, bundle, name),
            replication=topic_replication(settings, bundle, name, least=where.replication),
            config=topic_config(settings, bundle, name, own_broker=where.is_own_broker, insync=where.insync_replicas),
        )
        for name in topics_of(bundle, where.kafka_bootstrap)
        if topic_manifest(bundle, name).owned
    }


def topics_touched(bundle: Bundle, name: str) -> tuple[str, ...]:
    """Return the topics of the tables that a statement reads or writes, directly or through views."""
    catalog = Catalog([*(bundle.entry(other.name) for other in bundle.closure(name)), bundle.entry(name)])
    found = {topic for table in catalog.tables for topic in topic_names(catalog.options(table))}
    return tuple(sorted(found | {topic for use in catalog.uses() for topic in topic_names(use.options)}))


def topics_read(bundle: Bundle, name: str) -> tuple[str, ...]:
    """Return the topics of the tables that a job reads, directly or through views."""
    catalog = Catalog([*(bundle.entry(other.name) for other in bundle.closure(name)), bundle.entry(name)])
    return tuple(sorted({topic for use in catalog.uses() if not use.written for topic in topic_names(use.options)}))


def topic_problems(bundle: Bundle) -> list[StatementError]:
    """Return an error for each name that no topic can have, and for names that a broker takes for the same: `a.b` and `a_b`."""
    problems: dict[str, StatementError] = {}
    first: dict[str, tuple[str, str]] = {}
    catalog = Catalog(bundle.entries.values())
    for topic, place in _places(catalog):
        try:
            check(Topic(name=topic, partitions=1))
        except TopicError as error:
            problems.setdefault(topic, place(str(error)))
            continue
        # The broker keeps metrics under names in which both characters are the same, and refuses the second topic.
        other, where = first.setdefault(topic.replace(".", "_"), (topic, str(place("").position)))
        if other != topic:
            message = f"Kafka takes the topics {topic} and {other} (at {where}) for the same, because `.` and `_` count alike: rename one"
            problems.setdefault(topic, place(message))
    return list(problems.values())


def _places(catalog: Catalog) -> Iterator[tuple[str, Callable[[str], StatementError]]]:
    """Return each topic with what makes an error at the place where it is named."""
    for table in catalog.tables:
        for topic in topic_names(catalog.options(table)):
            yield topic, partial(_table_problem, catalog.chain(table))
    for use in catalog.uses():
        for topic in topic_names(use.options):
            yield topic, partial(_use_problem, use)


def _table_problem(chain: Sequence[Entry], message: str) -> StatementError:
    return option_problem(chain, message, _TOPIC)


def _use_problem(use: Use, message: str) -> StatementError:
    return use.problem(message, _TOPIC)


def _every_use(bundle: Bundle) -> Iterator[Mapping[str, str]]:
    """Return the options of each table, and those that count where one is mentioned."""
    catalog = Catalog(bundle.entries.values())
    yield from (catalog.options(table) for table in catalog.tables)
    yield from (use.options for use in catalog.uses())


def is_at(options: Mapping[str, str], bootstrap: str) -> bool:
    """Tell whether a table names this broker: all of its addresses, in whatever order, or one of them."""
    wanted = _addresses(bootstrap)
    return not wanted or bool(wanted & _addresses(options.get(BOOTSTRAP, "")))


def _addresses(bootstrap: str) -> frozenset[str]:
    return frozenset(one.strip() for one in bootstrap.split(",") if one.strip())


def topic_names(options: Mapping[str, str]) -> list[str]:
    """Return the topics that a table's options name; none for a table that is not Kafka's."""
    if not is_on_kafka(options):
        return []
    # The Kafka connector takes a list with semicolons.
    return [topic.strip() for topic in options.get(_TOPIC, "").split(";") if topic.strip()]
