"""Approvals and histories on the real engine and a provider process, over a fake Flink: what the state keeps from run to run."""

import yaml

from components.approval_store import Approval, approval_store
from components.names import STATEMENT_TYPE
from components.statement_history import Entry, entries_of
from tests.fakes.flink import FakeFlink
from tests.program.test_preview_tells_all import CHANGED, Stack, copy, flink, stack

__all__ = ["flink", "stack"]


def entries(stack: Stack, name: str) -> list[Entry]:
    """Return what the stack's state remembers of a statement."""
    backend = stack.driver().backend()
    assert backend is not None
    state = backend.state()
    assert state is not None
    (outputs,) = (one.outputs for one in state.resources if one.kind == STATEMENT_TYPE and one.name == name)
    return entries_of(outputs)


def asked(stack: Stack) -> dict[str, str]:
    """Return the hashes of the changes that want an approval, by statement."""
    return {name: one.hash for name, one in approval_store(stack.root / ".data", "p/s").read().asked.items()}


def approve(stack: Stack, change: str, statement: str) -> None:
    approval = Approval(hash=change, statement=statement, by="ann@desk")
    store = approval_store(stack.root / ".data", "p/s")
    store.change(lambda held: type(held)(asked=held.asked, approved={**held.approved, change: approval}))


def configure(stack: Stack, change: str) -> None:
    file = stack.root / "Pulumi.local.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["config"]["flink-reviews:approve"] = change
    file.write_text(yaml.safe_dump(content), encoding="utf-8")


def test_of_two_changes_the_approved_one_passes_and_each_approval_counts_once(stack: Stack, flink: FakeFlink) -> None:  # fixtures
    assert stack.driver(copy(0), copy(1)).up().succeeded
    changed = (copy(0, CHANGED), copy(1, CHANGED))
    stack.preview(*changed)
    hashes = asked(stack)
    assert stack.preview(*changed)
    assert asked(stack) == hashes, "the same in each preview, by another provider process"

    approve(stack, hashes["copy0"], "copy0")
    said = stack.preview(*changed)
    assert "sql/copy1.sql" in said
    assert "sql/copy0.sql" not in said

    configure(stack, hashes["copy1"])
    made = stack.driver(*changed).up()
    assert made.succeeded, made.progress.errors
    created, change = entries(stack, "copy0")
    assert (created.action, change.action, change.approval, change.approved_by) == ("created", "changed", hashes["copy0"], "ann@desk")
    assert change.left_at
    assert change.version
    assert entries(stack, "copy1")[-1].approved_by == "the stack's configuration"
    assert approval_store(stack.root / ".data", "p/s").read().approved == {}

    assert stack.driver(*changed).preview().succeeded, "a run without a change needs none, and leaves the histories as they are"
    assert len(entries(stack, "copy0")) == 2

    stack.preview(copy(0), copy(1))
    configure(stack, ",".join(asked(stack).values()))
    assert stack.driver(copy(0), copy(1)).up().succeeded
    stack.preview(*changed)
    assert not {*hashes.values()} & {*asked(stack).values()}, "the same change after something else happened is another one"
    assert [len(flink.cluster.alive(f"p/s/copy{number}")) for number in range(2)] == [1, 1]
