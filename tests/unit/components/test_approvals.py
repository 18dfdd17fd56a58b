"""An approval lets exactly one change through, once: each way in which another one might slip through with it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from components.approval_store import Approval, ApprovalStore, UndoOrder, approval_store
from components.providers.approvals import REVISION
from components.providers.definitions import definition_of, hash_of
from components.providers.job_conflicts import JobConflicts
from components.providers.policies import plain_policy
from components.providers.reporting import ProviderError
from components.statement_history import Action, entries_of
from flinksql.policy import Policy
from flinksql.sql import definition_hash
from flinksql.statement import Kind
from flinksql.statements import LifecycleSettings
from flinksql.statements.failure_points import FailureHook, FailurePoint
from platforms.embedded.access import EmbeddedAccess
from tests.unit.components.statement_bench import HEALTH, StatementBench, job, statement_bench
from tests.unit.components.test_statement_verdict import ALLOWED, KEEPING, UNKNOWN

OTHER = job(source="CREATE TABLE source (a STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")

LEAST_MOMENTS = 3


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[StatementBench]:
    with statement_bench(tmp_path) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> ApprovalStore:
    return approval_store(tmp_path, "p/s")


def checked(bench: StatementBench, olds: dict[str, Any], news: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return why a change is refused, and the inputs as the engine keeps them."""
    found = bench.provider.check(olds, news)
    return "\n".join(failure.reason for failure in found.failures or []), found.inputs


def deployed(bench: StatementBench, inputs: dict[str, Any] | None = None) -> dict[str, Any]:
    """Create the job as the engine does; return its state."""
    _, known = checked(bench, {}, inputs or job())
    state = bench.provider.create(known).outs or {}
    bench.another_run()
    return state


def updated(bench: StatementBench, state: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    """Change the job as the engine does; return its state."""
    problem, known = checked(bench, state, news)
    assert problem == ""
    after = bench.provider.update("id", state, known).outs or {}
    bench.another_run()
    return after


def asked(bench: StatementBench, store: ApprovalStore, state: dict[str, Any], news: dict[str, Any]) -> str:
    """Return the hash of a change that is refused."""
    problem, _ = checked(bench, state, news)
    (change,) = store.read().asked.values()
    assert f"`python -m console --stack s approve {change.hash}`" in problem
    assert f"`pulumi config set approve {change.hash}`" in problem
    return change.hash


def approve(store: ApprovalStore, change: str, statement: str = "copy") -> None:
    approval = Approval(hash=change, statement=statement, by="ann@desk", at="2026-11-28T10:00:00Z", reason="meant")
    store.change(lambda held: replace(held, approved={**held.approved, change: approval}))


def test_the_hash_is_the_same_in_each_look_and_the_approved_change_is_made(
    bench: StatementBench, store: ApprovalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    state = deployed(bench)
    change = asked(bench, store, state, UNKNOWN)
    bench.another_run()
    assert asked(bench, store, state, UNKNOWN) == change
    approve(store, change)
    after = updated(bench, state, UNKNOWN)
    assert bench.alive() == [after["job_id"]]
    assert f"Approved as {change} by ann@desk." in capsys.readouterr().out
    last = after["history"][-1]
    assert (last["approval"], last["approved_by"], last["reason"]) == (change, "ann@desk", "meant")
    assert (store.read().approved, store.read().asked) == ({}, {})


@pytest.mark.parametrize(
    ("news", "why"),
    [
        pytest.param(OTHER, "another change of the same file", id="another change"),
        pytest.param({**UNKNOWN, "options": {"parallelism.default": "300"}}, "the change and one more", id="one edit more"),
    ],
)
def test_another_change_asks_anew(bench: StatementBench, store: ApprovalStore, news: dict[str, Any], why: str) -> None:
    state = deployed(bench)
    change = asked(bench, store, state, UNKNOWN)
    approve(store, change)
    assert asked(bench, store, state, news) != change, why


def test_the_approval_is_spent_when_the_change_was_made(bench: StatementBench, store: ApprovalStore) -> None:
    """There and back again: the configuration still has the hash, as a file of a colleague's may."""
    first = deployed(bench)
    change = asked(bench, store, first, UNKNOWN)
    bench.provider.at({}).gate = replace(bench.provider.at({}).gate, configured={change})
    second = updated(bench, first, UNKNOWN)
    back = asked(bench, store, second, job())
    bench.provider.at({}).gate = replace(bench.provider.at({}).gate, configured={change, back})
    third = updated(bench, second, job())
    assert asked(bench, store, third, UNKNOWN) not in {change, back}


def test_even_with_the_same_job_id_another_deployment_asks_anew(tmp_path: Path) -> None:
    """A JobManager that starts empty gives the first id again: what is recorded tells the two deployments apart."""
    store, hashes, jobs = approval_store(tmp_path, "p/s"), [], []
    for _ in range(2):
        with statement_bench(tmp_path) as bench:
            state = deployed(bench)
            hashes.append(asked(bench, store, state, UNKNOWN))
            jobs.append(state["job_id"])
    assert jobs[0] == jobs[1]
    assert hashes[0] != hashes[1]


def test_a_colleagues_older_preview_lets_nothing_through_when_another_job_runs_by_now(bench: StatementBench, store: ApprovalStore) -> None:
    state = deployed(bench)
    approve(store, asked(bench, store, state, UNKNOWN))
    bench.flink.cluster.end(state["job_id"], "CANCELED")
    bench.another_run()
    repaired = updated(bench, state, job())
    assert repaired["job_id"] != state["job_id"]
    problem, _ = checked(bench, repaired, UNKNOWN)
    assert "does not keep its state" in problem


def test_of_two_changes_only_the_approved_one_is_let_through(bench: StatementBench, store: ApprovalStore) -> None:
    paste = {**job(), "name": "paste", "job_name": "p/s/paste"}
    state, other = deployed(bench), deployed(bench, paste)
    approve(store, asked(bench, store, state, UNKNOWN))
    assert checked(bench, state, UNKNOWN)[0] == ""
    problem, _ = checked(bench, other, {**UNKNOWN, "name": "paste", "job_name": "p/s/paste"})
    assert "does not keep its state" in problem


def test_a_hash_in_the_configuration_counts_and_one_of_another_change_is_named(bench: StatementBench, store: ApprovalStore) -> None:
    state = deployed(bench)
    change = asked(bench, store, state, UNKNOWN)
    bench.provider.at({}).gate = replace(bench.provider.at({}).gate, configured={"c00000000000"})
    problem, _ = checked(bench, state, UNKNOWN)
    assert "`approve: c00000000000` in the stack's configuration is for another change." in problem
    bench.provider.at({}).gate = replace(bench.provider.at({}).gate, configured={"c00000000000", change})
    assert updated(bench, state, UNKNOWN)["history"][-1]["approved_by"] == "the stack's configuration"


def test_what_the_planner_refuses_cannot_be_approved(bench: StatementBench, store: ApprovalStore) -> None:
    state = deployed(bench)
    problem, _ = checked(bench, state, job("INSERT INTO sink SELECT a FROM nowhere"))
    assert problem
    assert "approve" not in problem
    assert store.read().asked == {}


def test_a_run_that_was_killed_before_it_recorded_the_change_needs_no_second_approval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in count():
        folder = tmp_path / str(number)
        with statement_bench(folder) as bench:
            store = approval_store(folder, "p/s")
            state = deployed(bench)
            approve(store, asked(bench, store, state, UNKNOWN))
            killed = False
            try:
                with monkeypatch.context() as patch:
                    patch.setattr("components.providers.cluster.failure_hook", lambda _statement, number=number: killed_at(number))
                    updated(bench, state, UNKNOWN)
            except KilledError:
                killed = True
                bench.another_run()
                after = updated(bench, state, UNKNOWN)
                assert bench.alive() == [after["job_id"]], number
                assert store.read().approved == {}, number
                assert [one["outcome"] for one in after["history"]] == ["done", "done"], number
                problem, _ = checked(bench, after, OTHER)
                assert "does not keep its state" in problem, number
        if not killed:
            break
    assert number > LEAST_MOMENTS


class KilledError(BaseException):
    """Stands for `kill -9`: nothing of ours is told."""


def killed_at(number: int) -> FailureHook:
    """Return what ends a run at one of its moments, counted from 0."""
    moments = count()

    def reached(_point: FailurePoint) -> None:
        if next(moments) == number:
            raise KilledError

    return reached


def test_a_job_that_becomes_bounded_is_let_through_by_an_approval(bench: StatementBench, store: ApprovalStore) -> None:
    bounded = job(kind=Kind.BOUNDED_JOB)
    state = deployed(bench)
    approve(store, asked(bench, store, state, bounded))
    assert checked(bench, state, bounded)[0] == ""


def test_a_job_under_another_name_is_let_through_by_an_approval(bench: StatementBench, store: ApprovalStore) -> None:
    renamed = {**job(), "name": "paste", "job_name": "p/s/paste"}
    state = deployed(bench)
    approve(store, asked(bench, store, state, renamed), statement="paste")
    assert checked(bench, state, renamed)[0] == ""


def test_a_new_statement_beside_a_job_without_a_file_is_let_through_by_an_approval(bench: StatementBench, store: ApprovalStore) -> None:
    deployed(bench)
    provider = bench.provider.at({})
    provider.conflicts = JobConflicts(provider.cluster)
    renamed = {**job(), "name": "paste", "job_name": "p/s/paste", "beside": ["paste"]}
    approve(store, asked(bench, store, {}, renamed), statement="paste")
    assert checked(bench, {}, renamed)[0] == ""
    other = {**renamed, "name": "glue", "job_name": "p/s/glue", "beside": ["glue"]}
    assert "has no file any more" in checked(bench, {}, other)[0]


def test_a_job_whose_state_cannot_be_found_starts_without_it_when_that_was_approved(
    bench: StatementBench, store: ApprovalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = deployed(bench)
    bench.flink.cluster.forget()
    # Folders that cannot be read from here, as on Kubernetes.
    monkeypatch.setattr(EmbeddedAccess, "lifecycle_settings", lambda _access, _health=None: LifecycleSettings(health=HEALTH))
    bench.another_run()
    with pytest.raises(ProviderError, match="its last state cannot be found") as refused:
        updated(bench, state, job())
    (change,) = store.read().asked.values()
    assert f"approve {change.hash}`" in str(refused.value)
    approve(store, change.hash)
    after = updated(bench, state, job())
    assert bench.alive() == [after["job_id"]]
    assert after["history"][-1]["approval"] == change.hash


def test_the_header_is_warned_of_where_nothing_needs_it(bench: StatementBench, capsys: pytest.CaptureFixture[str]) -> None:
    warning = "warning: sql/copy.sql: statement copy says `allow_state_reset: true`, and nothing needs it now."
    state = deployed(bench)
    assert checked(bench, state, ALLOWED)[0] == ""
    assert warning not in capsys.readouterr().out, "this change needs it"
    allowed = {**KEEPING, "policy": plain_policy(Policy(allow_state_reset=True))}
    assert checked(bench, state, allowed)[0] == ""
    assert warning in capsys.readouterr().out
    after = updated(bench, state, allowed)
    assert bench.provider.diff("id", after, {**allowed}).changes is False
    assert [one for one in bench.remarks if one.startswith(warning)] != []


def test_by_the_order_of_an_undo_the_version_before_starts_from_the_state_that_it_left(bench: StatementBench, store: ApprovalStore) -> None:
    second = updated(bench, deployed(bench), KEEPING)
    # Not the newest state of that version: an order may go back further.
    left_at, before = "file:///savepoints/older", definition_hash(definition_of(job()))
    order = UndoOrder(statement="copy", now=hash_of(second), revision=second[REVISION], before=before, savepoint=left_at, reason="wrong")
    store.change(lambda held: replace(held, undo={"copy": order}))
    back = updated(bench, second, job())
    assert back["restored_from"] == left_at
    entry = entries_of(back)[-1]
    assert (entry.action, entry.reason, entry.left_at != left_at) == (Action.UNDONE, "wrong", True)
    assert store.read().undo == {}
