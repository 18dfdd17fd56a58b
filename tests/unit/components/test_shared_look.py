"""One look at all jobs for many statements: how long it serves."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat

import pytest

from components.providers.shared_observation import SLOW_SECONDS, SNAPSHOT_SECONDS, WATCH_SECONDS, ConcurrentObservation, SharedObservation
from flinksql.flink.transport import Endpoint
from tests.contract.bench import until
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
        pytest.param(WATCH_SECONDS, 0.03, 0.29, 1, id="a slow one serves longer"),
        pytest.param(WATCH_SECONDS, 0.03, 0.31, 2, id="ten times as long as it took"),
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


def test_those_who_ask_at_the_same_time_share_a_look_that_began_after_they_came(flink: FakeFlink, monkeypatch: pytest.MonkeyPatch) -> None:
    others = 8
    everybody_came = threading.Event()
    moments: list[float] = []
    looks: list[int] = []

    def clock() -> float:
        # The first one asks twice: when it comes, and when its look begins.
        moments.append(float(len(moments)))
        if len(moments) == 2 + others:
            everybody_came.set()
        return moments[-1]

    def jobs(_client: object) -> tuple[int, ...]:
        looks.append(len(looks))
        assert everybody_came.wait(30)
        return (looks[-1],)

    monkeypatch.setattr("flinksql.flink.jobmanager.JobManagerClient.jobs", jobs)
    shared = ConcurrentObservation(Endpoint(name="JobManager", base_url=flink.jobmanager_server.url), clock)
    with ThreadPoolExecutor(1 + others) as pool:
        first = pool.submit(shared.jobs)
        until(lambda: looks)
        told: list[object] = [one.result(30) for one in [pool.submit(shared.jobs) for _ in range(others)]]
    # What the first one was told was asked for before the others came.
    assert [first.result(), *told] == [(0,), *[(1,)] * others]


def test_a_look_that_fails_is_shared_with_nobody(flink: FakeFlink, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[object] = [OSError("gone"), ()]

    def jobs(_client: object) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("flinksql.flink.jobmanager.JobManagerClient.jobs", jobs)
    shared = ConcurrentObservation(Endpoint(name="JobManager", base_url=flink.jobmanager_server.url))
    with pytest.raises(OSError, match="gone"):
        shared.jobs()
    assert shared.jobs() == ()
