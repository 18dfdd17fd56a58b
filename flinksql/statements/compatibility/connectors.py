"""Which options of a source or sink can change without touching the state that its operators keep.

Kafka's source keeps partitions and offsets, its writer the prefix of its transactions: the format of rows is in neither. Of connectors
that are not listed nothing is known, so any change of theirs makes the verdict unknown.
"""

import re
from collections.abc import Mapping

from flinksql.sql.connectors import UPSERT_KAFKA, Kept, connector_of, is_on_kafka
from flinksql.statements.compatibility.plan import COMMITTER, SINK, WRITER, Node
from flinksql.statements.compatibility.scans import Decoding
from flinksql.statements.compatibility.tables import Table
from flinksql.statements.compatibility.values import Decision, Finding, Restore

_TOPICS = ("topic", "topic-pattern")
_FORMATS = ("format", "key.format", "value.format")
_PLAIN_FORMATS = frozenset({"json", "csv", "raw", "avro", ""})
"""Formats of rows that are only ever added; others change what kind of rows flows through the plan."""
_BY_NAME = ("json", "avro-confluent")
"""How the names of formats end in whose records each field has a name."""
_BY_PLACE = frozenset({"csv", "raw"})
"""Of `avro`, every column before a field decides where it begins."""
_ADDRESS = "properties.bootstrap.servers"
_ISOLATION = "properties.isolation.level"
"""Whether records of transactions that were given up are read."""
_FREE_OF_SOURCE = (
    "properties.", "scan.startup.", "scan.watermark.", "scan.topic-partition-discovery.interval",
    "format", "key.", "value.", "json.", "csv.", "raw.", "avro.",
)  # fmt: skip
_NOT_DECODING = ("properties.", "scan.startup.", "scan.topic-partition-discovery.interval", "sink.")
_FREE_OF_SINK = (
    "topic",
    # A job that is stopped with a savepoint has committed all its transactions (measured, both ways).
    "sink.delivery-guarantee",
    "sink.transactional-id-prefix",
    "properties.",
    "format",
    "key.",
    "value.",
    "json.",
    "csv.",
    "raw.",
    "avro.",
    "sink.partitioner",
)
_HINT = re.compile(r"\[\[\[OPTIONS options:\{(?P<options>[^{}]*)\}\]\]\]")
_OPTION = re.compile(r"(?P<key>[\w.-]+)=(?P<value>[\w.:/-]*)")


def effective_options(node: Node, table: Table) -> Mapping[str, str] | None:
    """Return a source's options with those of an OPTIONS hint laid over them; None when the hint is not understood."""
    _, found, hints = node.description.partition("hints=")
    if not found:
        return table.options
    match = _HINT.match(hints)
    pairs = [_OPTION.fullmatch(text.strip()) for text in match["options"].split(",")] if match else [None]
    if any(pair is None for pair in pairs):
        return None
    return {**table.options, **{pair["key"]: pair["value"] for pair in pairs if pair}}


def source_finding(title: str, old: Mapping[str, str], new: Mapping[str, str]) -> Finding | None:
    """Return what prevents restoring the offsets of a source; None if nothing does."""
    if connector_of(old).kept is not Kept.LIKE_KAFKA or old.get("connector") != new.get("connector"):
        return _finding(title, "its connector changes, or only its options are not known to leave the state alone")
    for key in _TOPICS:
        if old.get(key) != new.get(key):
            # Measured: restored, the source goes on reading the old topic besides the new one.
            why = f"the topic changes from {_shown(old, key)} to {_shown(new, key)}; restored, it would keep reading the old one as well"
            return Finding(decision=Decision.RESETS, operator=title, why=why, restore=Restore.NONE)
    return _option_finding(title, old, new, _FREE_OF_SOURCE)


def sink_finding(title: str, old: Mapping[str, str], new: Mapping[str, str]) -> Finding | None:
    """Return what prevents restoring a sink's writer; None if nothing does."""
    if connector_of(old).kept is Kept.SINK_NOTHING:
        return None
    if connector_of(old).kept is not Kept.LIKE_KAFKA or old.get("connector") != new.get("connector"):
        return _finding(title, "its connector changes, or only its options are not known to leave the state alone")
    return _option_finding(title, old, new, _FREE_OF_SINK)


def decoding(options: Mapping[str, str]) -> dict[str, str]:
    """Return the options that decide which records a source takes, and what it makes of each."""
    return {key: value for key, value in options.items() if key == _ISOLATION or not key.startswith(_NOT_DECODING)}


def decoding_of(options: Mapping[str, str]) -> Decoding:
    """Return by what a source's format finds the field of a record that a column is."""
    name = options.get("value.format") or options.get("format", "")
    if name.endswith(_BY_NAME):
        return Decoding.BY_NAME
    # The columns that a key has are not counted among those of the value.
    return Decoding.BY_PLACE if name in _BY_PLACE and "key.format" not in options else Decoding.UNKNOWN


def keeps_nothing(node: Node, tables: Mapping[str, Table]) -> bool:
    """Return whether a part of a sink is known to keep no state."""
    table = tables.get(node.table)
    known = table is not None and not table.opaque and connector_of(table.options).kept is Kept.SINK_NOTHING
    return known and node.kind in {SINK, WRITER, COMMITTER}


def start_without_state(table: str, options: Mapping[str, str]) -> str:
    """Return where a source begins to read without restored state."""
    if not is_on_kafka(options):
        return f"table {table} is read from where its connector {options.get('connector', '(none)')} begins"
    topic = options.get("topic") or options.get("topic-pattern") or table
    # An upsert-kafka table takes no scan.startup.mode: the newest row of each key can lie anywhere in its topic.
    first = "earliest-offset" if options["connector"] == UPSERT_KAFKA else "group-offsets"
    match options.get("scan.startup.mode", first):
        case "earliest-offset":
            return f"topic {topic} is read again from its beginning, and what was written for it is written again"
        case "latest-offset":
            return f"topic {topic} is read from its end: records that arrive during the change are never read"
        case "group-offsets":
            return f"topic {topic} is read from {_committed(options)}"
        case mode:
            return f"topic {topic} is read from its scan.startup.mode {mode}"


def _committed(options: Mapping[str, str]) -> str:
    group = options.get("properties.group.id")
    return f"the offsets that group {group} last committed" if group else "nowhere: its table names no properties.group.id"


def _option_finding(title: str, old: Mapping[str, str], new: Mapping[str, str], free: tuple[str, ...]) -> Finding | None:
    for key in sorted({*old, *new}):
        if old.get(key) == new.get(key):
            continue
        if key == _ADDRESS:
            return _finding(title, "the address of the Kafka cluster changes: whether it is the same cluster is not known")
        if key in _FORMATS and not {old.get(key, ""), new.get(key, "")} <= _PLAIN_FORMATS:
            return _finding(title, f"its option '{key}' changes to a format whose rows can be updates")
        if not any(key == prefix or (prefix.endswith(".") and key.startswith(prefix)) for prefix in free):
            return _finding(title, f"its option '{key}' changes, and what that does to the state is not known")
    return None


def _shown(options: Mapping[str, str], key: str) -> str:
    return f"'{options[key]}'" if key in options else "none"


def _finding(title: str, why: str) -> Finding:
    return Finding(decision=Decision.UNKNOWN, operator=title, why=why, restore=Restore.NONE)
