"""One look at all jobs for many statements: how long it serves."""

from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from components.providers.cluster import SLOW_SECONDS, SNAPSHOT_SECONDS, WATCH_SECONDS, SharedObservation
from flinksql.flink.transport import Endpoint
from tests.fakes.flink import FakeFlink, fake_flink


@pytest.fixture(scope="module")
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as fake:
        yield fake


@pytest.mark.parametrize(
    ("seconds", "took", "later", "looks"),
    [
        pytest.param(SNAPSHOT_SECONDS, 0.0, 0.9, 1, id="within its time"),
        pytest.param(SNAPSHOT_SECONDS, 0.0, 1.0, 2, id="after its time"),
        pytest.param(WATCH_SECONDS, 0.0, 0.11, 2, id="a watcher's"),
        pytest.param(WATCH_SECONDS, 0.06, 0.29, 1, id="a slow one serves longer"),
        pytest.param(WATCH_SECONDS, 0.06, 0.31, 2, id="five times as long as it took"),
        pytest.param(WATCH_SECONDS, 60.0, SLOW_SECONDS, 2, id="one that hung serves no longer than a slow one"),
    ],
)
def test_a_look_serves_so_long(flink: FakeFlink, seconds: float, took: float, later: float, looks: int) -> None:
    before = flink.jobmanager_server.calls.count("GET /jobs/overview")
    moments = chain([100.0, 100.0 + took], repeat(100.0 + took + later))
    look = SharedObservation(Endpoint(name="JobManager", base_url=flink.jobmanager_server.url), lambda: next(moments), seconds=seconds)
    look.jobs()
    look.jobs()
    assert flink.jobmanager_server.calls.count("GET /jobs/overview") - before == looks
