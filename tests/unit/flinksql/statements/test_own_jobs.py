"""One Flink, two stacks of the same name: neither watches, replaces nor ends what the other submitted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements import FOREIGN, HealthPolicy, LifecycleSettings, ObservedState, OwnJobs, StatementLifecycle, namesake
from tests.fakes.flink import FakeFlink, fake_flink
from tests.fakes.jobs import Fate

HEALTH = HealthPolicy(settle_seconds=0.12, deadline_seconds=3, poll_seconds=0.01, bounded_seconds=3)
NAME = "flink-reviews/local/copy"
CLOSURE = tuple(
    Statement(
        name=name, kind=Kind.CATALOG_OBJECT, text=f"CREATE TABLE {name} (a STRING) WITH ('connector' = '{connector}')", file=f"{name}.sql"
    )
    for name, connector in (("src", "datagen"), ("snk", "blackhole"))
)
COPY = Definition(
    statement=Statement(name="copy", kind=Kind.JOB, text="INSERT INTO snk SELECT a FROM src", file="copy.sql"),
    closure=CLOSURE,
    job_name=NAME,
)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One of the stacks, by the salt of its jobs' ids."""

    flink: FakeFlink
    salt: str

    def lifecycle(self) -> StatementLifecycle:
        return StatementLifecycle(
            GatewayClient(Endpoint(name="SQL Gateway", base_url=self.flink.gateway_server.url)),
            self.client(),
            settings=LifecycleSettings(health=HEALTH, salt=self.salt, retry_waits=()),
        )

    def client(self) -> JobManagerClient:
        endpoint = Endpoint(name="JobManager", base_url=self.flink.jobmanager_server.url)
        return JobManagerClient(endpoint, view=OwnJobs("flink-reviews/", self.salt))


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as found:
        yield found


@pytest.fixture
def ours(flink: FakeFlink) -> Stack:
    return Stack(flink=flink, salt="ours")


@pytest.fixture
def theirs(flink: FakeFlink) -> Stack:
    return Stack(flink=flink, salt="theirs")


def test_a_job_of_the_same_name_is_seen_under_another(ours: Stack, theirs: Stack) -> None:
    deployed = theirs.lifecycle().create(COPY)
    [seen] = ours.client().jobs()
    assert (seen.name, seen.job_id) == (f"{FOREIGN}{NAME}", deployed.job_id)
    assert [job.name for job in theirs.client().jobs()] == [NAME]
    assert namesake(NAME, ours.client().jobs()) == seen
    assert namesake(NAME, ours.client().jobs(), {deployed.job_id}) is None
    assert namesake(NAME, theirs.client().jobs()) is None


def test_neither_ends_what_the_other_submitted(ours: Stack, theirs: Stack) -> None:
    """A job of ours ended long ago; meanwhile the other stack began one of its name. `down` leaves it."""
    mine = ours.lifecycle().create(COPY)
    ours.flink.cluster.end(mine.job_id, "CANCELED")
    others = theirs.lifecycle().create(COPY)
    assert ours.lifecycle().observe(COPY, mine).state is ObservedState.CANCELLED
    ours.lifecycle().delete(COPY, mine)
    assert [job.job_id for job in ours.flink.cluster.alive(NAME)] == [others.job_id]


def test_a_change_replaces_its_own_job_alone(ours: Stack) -> None:
    mine, others = ours.lifecycle().create(COPY), ours.flink.cluster.submit({"pipeline.name": NAME}, Fate.RUNS)
    changed = replace(COPY, statement=replace(COPY.statement, text="INSERT INTO snk SELECT UPPER(a) FROM src"))
    after = ours.lifecycle().update(COPY, changed, mine)
    assert "savepoint" in after.restored_from
    assert {job.job_id for job in ours.flink.cluster.alive(NAME)} == {after.job_id, others}


def test_state_is_not_taken_from_a_job_of_somebody_else(ours: Stack, theirs: Stack) -> None:
    """Their newest checkpoint lies under the same name; ours was forgotten, and nothing is known of its state."""
    mine = ours.lifecycle().create(COPY)
    ours.flink.cluster.forget()
    others = theirs.lifecycle().create(COPY)
    ours.flink.cluster.end(others.job_id, "CANCELED")
    with pytest.raises(Exception, match="its last state cannot be found"):
        ours.lifecycle().repair(COPY, mine)


def test_a_job_started_by_hand_under_the_name_is_left(ours: Stack) -> None:
    by_hand = ours.flink.cluster.submit({"pipeline.name": NAME}, Fate.RUNS)
    assert namesake(NAME, ours.client().jobs()) is not None
    ours.lifecycle().delete(COPY, replace(ours.lifecycle().create(COPY)))
    assert [job.job_id for job in ours.flink.cluster.alive(NAME)] == [by_hand]


def test_jobs_of_other_names_are_not_asked_about(ours: Stack) -> None:
    ours.flink.cluster.submit({"pipeline.name": "nightly report"}, Fate.RUNS)
    before = len(ours.flink.jobmanager_server.calls)
    assert [job.name for job in ours.client().jobs()] == ["nightly report"]
    assert len(ours.flink.jobmanager_server.calls) - before == 1


def test_each_job_is_asked_about_once(ours: Stack, theirs: Stack) -> None:
    theirs.lifecycle().create(COPY)
    client = ours.client()
    client.jobs()
    before = len(ours.flink.jobmanager_server.calls)
    client.jobs()
    assert len(ours.flink.jobmanager_server.calls) - before == 1
