"""A platform that other stacks run on is not taken away under their jobs."""

from collections.abc import Iterator

import pytest

from components.connection import PROPERTY, Connection
from components.errors import TenantsError
from components.providers import tenants
from components.providers.engine import Doing
from components.providers.reporting import ProviderError
from components.providers.tenants import TenantsProvider, require_no_tenants, tenants_inputs
from tests.fakes.flink import FakeFlink, fake_flink
from tests.fakes.jobs import Fate
from tests.unit.components.statement_bench import configuration


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as found:
        yield found


def provider() -> TenantsProvider:
    made = TenantsProvider()
    made.configure(configuration({}))
    return made


def inputs(flink: FakeFlink) -> dict[str, object]:
    return tenants_inputs(Connection(gateway_url=flink.gateway_server.url, jobmanager_url=flink.jobmanager_server.url))


def test_an_empty_platform_may_go(flink: FakeFlink) -> None:
    ended = flink.cluster.submit({"pipeline.name": "flink-reviews/a/copy"}, Fate.RUNS)
    flink.cluster.end(ended, "CANCELED")
    provider().delete("tenants", inputs(flink))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        pytest.param(["flink-reviews/a/copy"], "1 job runs on this platform and would end with it: flink-reviews/a/copy", id="one"),
        pytest.param(["b", "a"], "2 jobs run on this platform and would end with it: a, b", id="two, one of them started by hand"),
        pytest.param([f"j{number:02}" for number in range(12)], "j09 and 2 more", id="many"),
    ],
)
def test_one_with_jobs_stays_and_they_are_named(flink: FakeFlink, names: list[str], told: str) -> None:
    for name in names:
        flink.cluster.submit({"pipeline.name": name}, Fate.RUNS)
    with pytest.raises(ProviderError) as caught:
        provider().delete("tenants", inputs(flink))
    assert told in str(caught.value)
    assert "take the stacks down first" in str(caught.value)


def test_a_jobmanager_that_does_not_answer_keeps_the_platform() -> None:
    """What runs there is not known, so it is not ended."""
    nobody = tenants_inputs(Connection(gateway_url="http://127.0.0.1:9", jobmanager_url="http://127.0.0.1:9"))
    with pytest.raises(ProviderError, match="cannot be learnt"):
        provider().delete("tenants", nobody)


def test_one_whose_jobmanager_went_took_its_jobs_along(monkeypatch: pytest.MonkeyPatch) -> None:
    access = provider().at({PROPERTY: {"jobmanager_url": "http://127.0.0.1:9"}}).access
    with pytest.raises(TenantsError):
        require_no_tenants(access)
    monkeypatch.setattr(access, "jobs_are_gone", lambda *, goes: not goes)
    require_no_tenants(access)


def test_an_update_takes_the_guard_away_without_a_question(flink: FakeFlink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that gets a bundle of its own is a platform for others no more."""
    flink.cluster.submit({"pipeline.name": "flink-reviews/platform/own"}, Fate.RUNS)
    monkeypatch.setattr(tenants, "doing", lambda: Doing.UPDATING)
    provider().delete("tenants", inputs(flink))


def test_nothing_changes_until_the_platform_is_reached_in_another_way(flink: FakeFlink) -> None:
    before = inputs(flink)
    created = provider().create(before)
    assert created.outs == before
    assert provider().diff("tenants", before, before).changes is False
    assert provider().diff("tenants", before, tenants_inputs(Connection(jobmanager_url="http://other"))).changes is True
