"""Which running jobs are the stack's own and belong to nobody: ended are these, and no other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.sql import definition_hash, job_id
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements import Claims, LifecycleSettings, StatementLifecycle, Successor, successor
from tests.fakes.flink import FakeFlink, fake_flink
from tests.unit.flinksql.statements.conftest import HEALTH

SALT = "5a17" * 8
STACK = "flink-reviews/local"
OURS = Claims(stack=STACK, declared=[f"{STACK}/kept"])


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as one:
        yield one


def lifecycle(flink: FakeFlink, salt: str = SALT) -> StatementLifecycle:
    return StatementLifecycle(
        GatewayClient(Endpoint(name="SQL Gateway", base_url=flink.gateway_server.url)),
        JobManagerClient(Endpoint(name="JobManager", base_url=flink.jobmanager_server.url)),
        settings=LifecycleSettings(health=HEALTH, salt=salt),
    )


def definition(job_name: str) -> Definition:
    tables = tuple(
        Statement(name=name, kind=Kind.CATALOG_OBJECT, text=f"CREATE TABLE {name} (a STRING) WITH ('connector' = '{kind}')", file="x.sql")
        for name, kind in (("source", "datagen"), ("sink", "blackhole"))
    )
    statement = Statement(name=job_name.rpartition("/")[2], kind=Kind.JOB, text="INSERT INTO sink SELECT a FROM source", file="y.sql")
    return Definition(statement=statement, closure=tables, job_name=job_name)


def submitted(flink: FakeFlink, job_name: str, salt: str = SALT) -> str:
    """Let a job run that an installation with this salt submitted."""
    return lifecycle(flink, salt).create(definition(job_name)).job_id


def by_hand(flink: FakeFlink, job_name: str, **tags: str) -> str:
    """Let a job run that somebody submitted without this project, perhaps with tags copied from one of its jobs."""
    with lifecycle(flink).gateway.session() as session:
        for one in definition(job_name).closure:
            session.configure(one.text)
        given = {"pipeline.global-job-parameters": ",".join(f"{key}:{value}" for key, value in tags.items())} if tags else {}
        session.execute(definition(job_name).statement.text, {"pipeline.name": job_name, **given})
    [job] = flink.cluster.alive(job_name)
    return job.job_id


@dataclass(frozen=True, kw_only=True)
class Case:
    """A job that runs, made with `salt`, or by hand with `tags`; `ours` tells whether it is ended."""

    job_name: str = f"{STACK}/removed"
    claims: Claims = OURS
    salt: str | None = SALT
    tags: tuple[tuple[str, str], ...] = ()
    ours: bool = False


CASES = {
    "submitted by a run that was killed, its file removed": Case(ours=True),
    "of a statement that has a file or a resource": Case(job_name=f"{STACK}/kept"),
    "of another stack on the same JobManager": Case(job_name="flink-reviews/other/removed"),
    "of a stack whose name goes on": Case(job_name="flink-reviews/local2/removed"),
    "of another data folder": Case(salt="0b" * 16),
    "of an installation without a salt": Case(salt=""),
    "started by hand under the stack's name": Case(salt=None),
    "started by hand with the tags of a job of ours": Case(salt=None, tags=(("definition", "ab" * 32), ("generation", "1"))),
    "with a generation that is no number": Case(salt=None, tags=(("definition", "ab" * 32), ("generation", "1e3"))),
    "with a generation longer than any": Case(salt=None, tags=(("definition", "ab" * 32), ("generation", "9" * 5_000))),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_only_a_job_of_this_installation_that_nobody_claims_is_ended(flink: FakeFlink, case: Case) -> None:
    job = by_hand(flink, case.job_name, **dict(case.tags)) if case.salt is None else submitted(flink, case.job_name, case.salt)
    doing = lifecycle(flink)
    assert [one.job_id for one in doing.orphaned(case.claims)] == ([job] if case.ours else [])
    assert [one.job_id for one in flink.cluster.alive(case.job_name)] == [job], "looking ends nothing"
    assert [one.job_id for one in doing.end_orphaned(case.claims)] == ([job] if case.ours else [])
    assert [one.job_id for one in flink.cluster.alive(case.job_name)] == ([] if case.ours else [job])


def test_a_job_that_is_claimed_by_its_id_is_left(flink: FakeFlink) -> None:
    job = submitted(flink, f"{STACK}/removed")
    assert lifecycle(flink).end_orphaned(replace(OURS, declared=[job])) == ()
    assert lifecycle(flink).end_orphaned(replace(OURS, recorded=[job])) == ()


def test_of_another_bundle_only_the_very_same_job_is_left(flink: FakeFlink) -> None:
    """The jobs of before have resources and no files: with them ended, one that writes the same table is no renamed one."""
    submitted(flink, f"{STACK}/before")
    submitted(flink, f"{STACK}/removed")
    [running] = flink.cluster.alive(f"{STACK}/removed")
    running.operators = ["Sink", "Calc"]
    switched = Claims(stack=STACK, declared=[f"{STACK}/new"], recorded=[f"{STACK}/before"])
    writes = Successor(definition_hash="0" * 64, tables=frozenset({"snk"}))
    assert [one.name for one in lifecycle(flink).orphaned(replace(switched, successors=[writes]))] == [f"{STACK}/removed"]
    same = successor(definition(f"{STACK}/new"))
    assert lifecycle(flink).orphaned(replace(switched, successors=[same])) == ()


@pytest.mark.parametrize(
    ("new", "spared"),
    [
        pytest.param(successor(definition(f"{STACK}/renamed")), True, id="runs the very same"),
        pytest.param(Successor(definition_hash="0" * 64, tables=frozenset({"snk"})), True, id="writes the same table"),
        pytest.param(Successor(definition_hash="0" * 64, tables=frozenset({"elsewhere"})), False, id="has nothing in common"),
    ],
)
def test_a_job_that_a_new_statement_may_go_on_with_is_left(flink: FakeFlink, new: Successor, *, spared: bool) -> None:
    submitted(flink, f"{STACK}/kept")
    submitted(flink, f"{STACK}/removed")
    [running] = flink.cluster.alive(f"{STACK}/removed")
    running.operators = ["Sink", "Calc"]
    found = lifecycle(flink).orphaned(replace(OURS, successors=[new]))
    assert [one.name for one in found] == ([] if spared else [f"{STACK}/removed"])


def test_a_job_that_has_ended_is_nobodys(flink: FakeFlink) -> None:
    submitted(flink, f"{STACK}/removed")
    doing = lifecycle(flink)
    assert len(doing.end_orphaned(OURS)) == 1
    assert doing.orphaned(OURS) == ()


def test_the_id_is_the_one_that_a_submission_derives(flink: FakeFlink) -> None:
    one = definition(f"{STACK}/removed")
    assert submitted(flink, one.job_name) == job_id(one.job_name, definition_hash(one), 1, SALT)
