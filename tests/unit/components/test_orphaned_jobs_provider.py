"""Jobs that belong to no statement as a resource: told before they are ended, and ended after every statement."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from components.names import STATEMENT_TYPE
from components.providers.cluster import Cluster
from components.providers.definitions import definition_of
from components.providers.orphaned_jobs import OrphanedJobsProvider, orphaned_jobs_inputs
from components.providers.policies import plain_policy
from components.stack_state import OwnState
from flinksql.policy import Policy
from flinksql.sql import definition_hash
from flinksql.statement import Kind
from platforms.registry import platform_of
from settings import parse_settings
from tests.fakes.faults import Fault
from tests.support.ports import free_ports
from tests.unit.components.statement_bench import HEALTH, StatementBench, configuration, deploy, job, table

NOTHING: dict[str, Any] = {"stack": "p/s", "declared": [], "recorded": [], "successors": []}
TELLS = "of statement copy was submitted by this stack and belongs to no statement (its run was killed): `up` ends it."


@dataclass(frozen=True, kw_only=True)
class Orphans:
    """The provider over the Flink of a statements' bench."""

    provider: OrphanedJobsProvider
    statements: StatementBench
    told: list[str] = field(default_factory=list)


@pytest.fixture
def orphans(bench: StatementBench) -> Orphans:
    provider = OrphanedJobsProvider()
    provider.configure(configuration({"data.folder": str(bench.settings.embedded.data_folder)}))
    own = provider.at({})
    own.cluster = Cluster(platform_of(bench.settings).connect(), health=HEALTH)
    made = Orphans(provider=provider, statements=bench)
    own.remark = made.told.append
    return made


def test_it_is_told_at_preview_and_ended_by_the_update(orphans: Orphans, capfd: pytest.CaptureFixture[str]) -> None:
    _, state = deploy(orphans.statements, job())
    assert orphans.provider.diff("", NOTHING, NOTHING).changes is True
    assert orphans.told == [f"Job {state['job_id']} {TELLS}"]
    assert orphans.statements.alive() == [state["job_id"]]
    assert orphans.provider.update("", NOTHING, NOTHING).outs == NOTHING
    assert orphans.statements.alive() == []
    assert f"Job {state['job_id']} of statement copy was ended" in capfd.readouterr().out
    orphans.provider.at({}).cluster = Cluster(platform_of(orphans.statements.settings).connect(), health=HEALTH)
    assert orphans.provider.diff("", NOTHING, NOTHING).changes is False


def test_a_stack_that_did_not_know_of_it_is_told_when_it_is_made(orphans: Orphans) -> None:
    deploy(orphans.statements, job())
    assert orphans.provider.check({}, NOTHING).failures == []
    assert [TELLS in one for one in orphans.told] == [True]
    assert orphans.provider.create(NOTHING).outs == NOTHING
    assert orphans.statements.alive() == []


@pytest.mark.parametrize("by", [pytest.param("name", id="by its name"), pytest.param("id", id="by its id")])
@pytest.mark.parametrize("claimed", ["declared", "recorded"])
def test_a_claimed_job_is_no_difference_and_is_left(orphans: Orphans, claimed: str, by: str) -> None:
    _, state = deploy(orphans.statements, job())
    known = {**NOTHING, claimed: ["p/s/copy" if by == "name" else state["job_id"]]}
    assert orphans.provider.diff("", NOTHING, known).changes is False
    orphans.provider.update("", NOTHING, known)
    assert orphans.statements.alive() == [state["job_id"]]
    assert orphans.told == []


@pytest.mark.parametrize("recorded", [pytest.param(True, id="a state of before"), pytest.param(False, id="nobody's")])
def test_on_the_way_down_all_ends_but_what_may_not_be_deleted_yet(orphans: Orphans, *, recorded: bool) -> None:
    _, state = deploy(orphans.statements, job())
    orphans.provider.delete("", {**NOTHING, "declared": ["p/s/copy"], "recorded": ["p/s/copy"] if recorded else []})
    assert orphans.statements.alive() == ([state["job_id"]] if recorded else [])


def test_where_no_jobmanager_answers_nothing_is_known_and_nothing_fails(orphans: Orphans) -> None:
    nobody = platform_of(parse_settings({"ports.jobManager": str(free_ports(1)[0])}))
    orphans.provider.at({}).cluster = Cluster(nobody.connect(), health=HEALTH)
    assert orphans.provider.check({}, NOTHING).failures == []
    assert orphans.provider.diff("", NOTHING, NOTHING).changes is False
    orphans.provider.create(NOTHING)
    orphans.provider.delete("", NOTHING)
    assert orphans.told == []


def test_a_jobmanager_in_trouble_keeps_nothing_from_being_deleted(orphans: Orphans, capfd: pytest.CaptureFixture[str]) -> None:
    deploy(orphans.statements, job())
    orphans.statements.flink.jobmanager_server.faults.arm(Fault.STACK_TRACE, "GET /jobs/overview", times=20)
    orphans.provider.delete("", NOTHING)
    assert "could not be ended and go with the cluster" in capfd.readouterr().out


def state_of_jobs(*names: str) -> OwnState:
    return OwnState(resources=tuple((STATEMENT_TYPE, {"job_name": f"p/s/{name}", "job_id": f"id of {name}"}) for name in names))


def test_what_the_bundle_or_the_state_has_is_claimed(tmp_path: Path) -> None:
    adopting = {**job(), "job_name": "p/s/adopting", "policy": plain_policy(Policy(adopt_job="ab" * 16))}
    bundle = [definition_of(one) for one in (job(), adopting, table())]
    made = orphaned_jobs_inputs("p/s", bundle, state_of_jobs("copy", "deleted"))
    assert made["declared"] == sorted(["p/s/copy", "p/s/adopting", "ab" * 16])
    assert made["recorded"] == sorted(["p/s/copy", "id of copy", "p/s/deleted", "id of deleted"])


@pytest.mark.parametrize(
    ("state", "policy", "kind", "expected"),
    [
        pytest.param(OwnState(), Policy(), Kind.JOB, [["sink"]], id="new"),
        pytest.param(state_of_jobs("copy"), Policy(), Kind.JOB, [], id="known"),
        pytest.param(OwnState(), Policy(allow_state_reset=True), Kind.JOB, [], id="begins anew"),
        pytest.param(OwnState(), Policy(), Kind.BOUNDED_JOB, [], id="bounded"),
    ],
)
def test_a_new_job_may_be_a_renamed_one(state: OwnState, policy: Policy, kind: Kind, expected: list[list[str]]) -> None:
    one = definition_of({**job(kind=kind), "policy": plain_policy(policy)})
    made = orphaned_jobs_inputs("p/s", [one], state)
    assert made["stack"] == "p/s"
    assert made["successors"] == [{"definition": definition_hash(one), "tables": tables} for tables in expected]
