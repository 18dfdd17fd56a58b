"""How a table is read from its beginning, or from the newest records of a sample, to its end as of now, and then no further.

The options are set in the check's own session: nobody else sees them. A check has no part in a consumer group of the pipeline: it commits
nothing, and names its partitions and offsets itself.
"""

from collections.abc import Callable, Mapping

from flinksql.data_checks.files import EVERYTHING
from flinksql.diagnosis.snapshot import Partition
from flinksql.sql.connectors import KAFKA, UPSERT_KAFKA

GROUP = "flink-reviews-check"
Partitions = Callable[[str], Mapping[int, Partition] | None]
"""Returns the partitions of a topic with their offsets; None where its broker cannot be asked from here."""

_FINITE = frozenset({"filesystem", "jdbc", "iceberg", "paimon"})
"""Connectors whose tables end by themselves when they are read without options of a stream."""
_ENDLESS_OPTIONS = frozenset({"source.monitor-interval", "streaming", "monitor-interval", "scan.mode"})
_SEVERAL = (";", ",")


class EndlessTableError(Exception):
    """A table of which it is not known how it is read to an end. The text says which connector it has."""


def bounding_options(options: Mapping[str, str], sample: int, partitions: Partitions) -> dict[str, str]:
    """Return the options with which a scan of a table ends. `options` are the table's own, `sample` is the check's.

    Raises EndlessTableError for a table that may have no end.
    """
    connector = options.get("connector", "")
    if connector in _FINITE and not _ENDLESS_OPTIONS & options.keys():
        return {}
    if connector not in {KAFKA, UPSERT_KAFKA}:
        raise EndlessTableError(f"its connector is {connector or 'unknown'}: a check reads tables of Kafka, files and databases")
    quiet = {
        "properties.group.id": GROUP,
        "properties.commit.offsets.on.checkpoint": "false",
        "properties.enable.auto.commit": "false",
        # What is not committed yet may be taken back: it is no result.
        "properties.isolation.level": "read_committed",
    }
    if connector == UPSERT_KAFKA:
        # What a key's row is, only its whole history tells.
        return {**quiet, "scan.bounded.mode": "latest-offset"}
    topic = options.get("topic", "")
    found = None if not topic or any(mark in topic for mark in _SEVERAL) else partitions(topic)
    if not found:
        return {**quiet, "scan.startup.mode": "earliest-offset", "scan.bounded.mode": "latest-offset"}
    begins = {number: one.begin if sample == EVERYTHING else max(one.begin, one.stable - sample) for number, one in found.items()}
    return {
        **quiet,
        "scan.startup.mode": "specific-offsets",
        "scan.startup.specific-offsets": _offsets(begins),
        "scan.bounded.mode": "specific-offsets",
        "scan.bounded.specific-offsets": _offsets({number: one.stable for number, one in found.items()}),
    }


def records_in(options: Mapping[str, str], sample: int, partitions: Partitions) -> int | None:
    """Return how many offsets of a table a check reads; None where that is not known."""
    found = partitions(options.get("topic", "")) if options.get("connector") in {KAFKA, UPSERT_KAFKA} else None
    if not found:
        return None
    whole = sample == EVERYTHING or options.get("connector") == UPSERT_KAFKA
    return sum(one.stable - (one.begin if whole else max(one.begin, one.stable - sample)) for one in found.values())


def _offsets(by_partition: Mapping[int, int]) -> str:
    return ";".join(f"partition:{number},offset:{offset}" for number, offset in sorted(by_partition.items()))
