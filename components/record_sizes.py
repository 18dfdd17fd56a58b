"""Whether the sinks of a bundle may send more than their topics take: such a record ends its job in a loop that no restart leaves.

A Kafka client refuses a record above its `max.request.size`, a broker one above the topic's `max.message.bytes`. The stack sets the
limit of its topics, so both are known before anything runs. Readers need no check: a record larger than a fetch is fetched all the same.
"""

from collections.abc import Iterator
from pathlib import Path

from components.bundle_topics import LOG_OVERHEAD, MAX_MESSAGE_BYTES, topic_manifest
from components.endpoints import Endpoints
from components.names import PROJECT_FOLDER
from flinksql.errors import StatementError
from flinksql.sql import Bundle, manifest_problem, shown_path
from flinksql.sql.connectors import is_on_kafka
from flinksql.sql.table_usage import Catalog, Use
from options.infrastructure import RECORD_BYTES
from settings import Settings

KEY = "properties.max.request.size"
SETTING = "kafka.maxRecordBytes"
_COMPRESSION = "properties.compression.type"
_BOOTSTRAP = "properties.bootstrap.servers"


def record_size_problems(bundle: Bundle, settings: Settings, endpoints: Endpoints, folder: Path) -> list[StatementError]:
    """Return an error for each sink whose client's limit is above its topic's, and for each topic whose limit is above the broker's.

    What is not known is no problem: another broker, compression, a value that is no number. `folder` is the bundle's.
    """
    found: dict[str, StatementError] = {}
    for use in Catalog(bundle.entries.values()).uses():
        problem = _problem(use, bundle, settings, endpoints) if use.written else None
        if problem is not None:
            # Several jobs may write to one table.
            found.setdefault(str(problem.position), problem)
    return [*found.values(), *_topic_problems(bundle, settings, folder)]


def _problem(use: Use, bundle: Bundle, settings: Settings, endpoints: Endpoints) -> StatementError | None:
    options = use.options
    ours = is_on_kafka(options) and options.get(_BOOTSTRAP) == endpoints.kafka_bootstrap
    if not ours or options.get(_COMPRESSION, "none") != "none":
        return None
    topic = options.get("topic", "")
    given, limit = _number(options.get(KEY, str(RECORD_BYTES))), _limit(bundle, settings, topic)
    if given is None or limit is None or given <= limit:
        return None
    default = "" if KEY in options else ", the Kafka client's default,"
    return use.problem(
        f"job {use.user.name} may send records of up to {given} bytes{default} and topic {topic} takes {limit} at most: a larger record "
        f"would end the job in a loop. {'Write' if KEY in options else 'Add'} '{KEY}' = "
        f"{_advice(bundle, topic, limit)}",
        KEY,
    )


def _advice(bundle: Bundle, topic: str, limit: int) -> str:
    if _declared(bundle, topic):
        return f"'{limit}', or raise {MAX_MESSAGE_BYTES} of the topic in bundle.yaml"
    return f"'${{kafka_max_record_bytes}}', or raise the limit: `pulumi config set {SETTING} <bytes>`"


def _topic_problems(bundle: Bundle, settings: Settings, folder: Path) -> Iterator[StatementError]:
    most = settings.kafka.max_record_bytes + LOG_OVERHEAD
    for topic in sorted(bundle.manifest.topics):
        declared = _number(bundle.manifest.topics[topic].config.get(MAX_MESSAGE_BYTES, ""))
        if declared is not None and declared > most:
            message = (
                f"topics.{topic}: {MAX_MESSAGE_BYTES} is {declared}, and the broker is set up for {settings.kafka.max_record_bytes}: "
                f"raise `{SETTING}`, or write {most} or less"
            )
            where = ("topics", topic, "config", MAX_MESSAGE_BYTES)
            yield manifest_problem(folder, shown_path(folder, PROJECT_FOLDER), where, message)


def _limit(bundle: Bundle, settings: Settings, topic: str) -> int | None:
    """Return the largest record that a topic takes; None of an external one, and where the manifest says what is no number."""
    declared = _declared(bundle, topic)
    if declared:
        return _number(declared)
    return settings.kafka.max_record_bytes if topic_manifest(bundle, topic).owned else None


def _declared(bundle: Bundle, topic: str) -> str:
    return topic_manifest(bundle, topic).config.get(MAX_MESSAGE_BYTES, "")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
