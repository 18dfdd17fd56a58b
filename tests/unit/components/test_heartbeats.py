"""Heartbeats reach every partition, and last longer than a window."""

import pytest

from components.heartbeats import heartbeat_keys, heartbeat_parameters
from flinksql.kafka.partitioning import partition_of
from settings import BundleSettings


def bundle(*, seconds: int = 60, heartbeats: bool = True) -> BundleSettings:
    return BundleSettings(name="reviews", window_seconds=seconds, delivery_guarantee="at-least-once", heartbeats=heartbeats)


@pytest.mark.parametrize("partitions", [1, 2, 3, 12, 100, 1_000])
def test_each_partition_has_a_key_of_its_own(partitions: int) -> None:
    keys = heartbeat_keys(partitions)
    assert [partition_of(key.encode(), partitions) for key in keys] == list(range(partitions))


@pytest.mark.parametrize(
    ("seconds", "interval", "hold"),
    [
        pytest.param(1, "1", "6", id="shortest"),
        pytest.param(10, "1", "15", id="ten seconds"),
        pytest.param(60, "2", "66", id="a minute"),
        pytest.param(3_600, "120", "3720", id="an hour"),
        pytest.param(86_400, "2880", "89280", id="longest"),
    ],
)
def test_heartbeats_outlast_a_window_in_whole_intervals(seconds: int, interval: str, hold: str) -> None:
    values = heartbeat_parameters(bundle(seconds=seconds), 2)
    assert (values["heartbeat_interval_seconds"], values["heartbeat_hold_seconds"]) == (interval, hold)
    assert int(hold) % int(interval) == 0
    assert int(hold) >= seconds + 5


def test_without_heartbeats_a_silent_partition_counts_as_idle() -> None:
    values = heartbeat_parameters(bundle(heartbeats=False), 2)
    assert values["heartbeat_keys"] == ""
    assert values["source_idle_timeout"] == "10 s"
    assert heartbeat_parameters(bundle(), 2)["source_idle_timeout"] == "0 s"
