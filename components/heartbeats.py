"""Parameters of a bundle whose windows go by the time of Kafka's records: heartbeats that let them close on a silent topic.

An event-time window closes when every partition of its topic is past its end. A bundle writes heartbeats into the topic itself, so
that a partition's clock never runs ahead of its records: not while the broker is away, nor while a backlog is read (ADR 0014).
"""

from collections.abc import Mapping
from itertools import count
from math import ceil

from flinksql.kafka.partitioning import partition_of
from settings import BundleSettings

_HEARTBEATS_PER_WINDOW = 30
"""A window closes at most a thirtieth of its length late; a day's windows need no heartbeat each second."""
_BEYOND_THE_WINDOW_SECONDS = 5
"""Covers the source's tolerance of a second, and the time that a heartbeat takes to its partition."""
_IDLE_WITHOUT_HEARTBEATS = "10 s"
_NEVER_IDLE = "0 s"


def heartbeat_parameters(bundle: BundleSettings, partitions: int) -> Mapping[str, str]:
    """Return `heartbeat_keys` (separated by commas), `heartbeat_interval_seconds`, `heartbeat_hold_seconds` and `source_idle_timeout`.

    After a record, heartbeats go out every interval for the time of the hold, a multiple of the interval. Where they are switched off,
    there are no keys, and a partition without records counts as idle instead.
    """
    interval = ceil(bundle.window_seconds / _HEARTBEATS_PER_WINDOW)
    hold = interval * ceil((bundle.window_seconds + _BEYOND_THE_WINDOW_SECONDS) / interval)
    return {
        "heartbeat_keys": ",".join(heartbeat_keys(partitions)) if bundle.heartbeats else "",
        "heartbeat_interval_seconds": str(interval),
        "heartbeat_hold_seconds": str(hold),
        "source_idle_timeout": _NEVER_IDLE if bundle.heartbeats else _IDLE_WITHOUT_HEARTBEATS,
    }


def heartbeat_keys(partitions: int) -> tuple[str, ...]:
    """Return one record key for each partition of a topic, in the order of the partitions."""
    found: dict[int, str] = {}
    for number in count():
        key = f"heartbeat-{number}"
        found.setdefault(partition_of(key.encode(), partitions), key)
        if len(found) == partitions:
            return tuple(found[partition] for partition in range(partitions))
    raise AssertionError
