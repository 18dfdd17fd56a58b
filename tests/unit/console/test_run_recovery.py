"""What a run that was cut off was changing in a cluster is read again, so that the next run sees what there is to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from pulumi.automation import CommandError, CommandResult, EngineEvent

from console.driver.backend import parse_deployment
from console.driver.progress import Progress
from console.driver.run_recovery import cut_off, observe_again, recover

STACK = "urn:pulumi:dev::flink-reviews::pulumi:pulumi:Stack::flink-reviews-dev"
SESSION_KIND = "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
RELEASE_KIND = "kubernetes:helm.sh/v3:Release"
STATEMENT_KIND = "pulumi-python:dynamic/flinksql:Statement"
KINDS = {"session": SESSION_KIND, "operator": RELEASE_KIND, "contexts": STATEMENT_KIND}


def _urn(name: str) -> str:
    return f"urn:pulumi:dev::flink-reviews::flink-reviews:components:Some${KINDS[name]}::{name}"


STATE_RESOURCES = [
    {"urn": STACK, "type": "pulumi:pulumi:Stack"},
    *({"urn": _urn(name), "type": kind, "custom": True} for name, kind in KINDS.items()),
]


def _pending(what: str, name: str) -> dict[str, object]:
    return {"type": what, "resource": {"urn": _urn(name), "type": KINDS[name]}}


@dataclass
class Stack:
    """Remembers what was read anew."""

    fails: bool = False
    read: list[tuple[list[str] | None, bool]] = field(default_factory=list)

    def refresh(self, *, clear_pending_creates: bool, target: list[str] | None, on_event: Callable[[EngineEvent], object]) -> object:
        self.read.append((target, clear_pending_creates))
        on_event(EngineEvent.from_json({"sequence": 1, "timestamp": 1}))
        if self.fails:
            raise CommandError(CommandResult(stdout="", stderr="error: unreachable", code=255))
        return None


def _run(*steps: tuple[str, str, str]) -> Progress:
    progress = Progress()
    for name, operation, how in steps:
        progress.begin(KINDS[name], name, operation, 0.0)
        if how == "failed":
            progress.fail(KINDS[name], name, 1.0)
        elif how == "done":
            progress.end(KINDS[name], name, operation, 1.0)
    return progress


@pytest.mark.parametrize(
    ("steps", "read"),
    [
        pytest.param([("session", "update", "failed")], ["session"], id="a change that failed by being cut off"),
        pytest.param([("session", "update", "runs")], ["session"], id="a change without an answer"),
        pytest.param([("session", "update", "done")], [], id="a change that is done"),
        pytest.param([("session", "create", "failed")], [], id="a creation, which the state has"),
        pytest.param([("session", "delete", "failed")], [], id="an object that goes"),
        pytest.param([("operator", "update", "failed")], [], id="a release, of which Helm keeps account"),
        pytest.param([("contexts", "update", "failed")], [], id="a statement, whose provider looks before it acts"),
    ],
)
def test_what_was_being_changed_in_the_cluster_is_read_again(steps: Sequence[tuple[str, str, str]], read: list[str]) -> None:
    assert cut_off(_run(*steps), parse_deployment({"resources": STATE_RESOURCES})) == [_urn(name) for name in read]


def test_only_that_is_read_and_nothing_at_all_when_nothing_was_cut_off() -> None:
    stack, said = Stack(), list[str]()
    state = parse_deployment({"resources": STATE_RESOURCES})
    observe_again(stack, state, _run(("session", "update", "done")), said.append)
    assert stack.read == []
    observe_again(stack, state, _run(("session", "update", "failed")), said.append)
    assert stack.read == [([_urn("session")], False)]
    assert said == []


def test_a_cluster_that_cannot_be_read_then_is_said() -> None:
    said: list[str] = []
    observe_again(Stack(fails=True), parse_deployment({"resources": STATE_RESOURCES}), _run(("session", "update", "failed")), said.append)
    assert said == ["session could not be read after the interrupted change: run `pulumi refresh` before you revert anything"]


@pytest.mark.parametrize(
    ("pending", "read", "says"),
    [
        pytest.param([_pending("updating", "session")], [STACK, _urn("session")], "changing session", id="a change in the cluster"),
        pytest.param([_pending("creating", "contexts")], [STACK], "creating contexts", id="a creation"),
        pytest.param([_pending("updating", "contexts")], None, "", id="a change of a statement"),
        pytest.param([_pending("deleting", "session")], [STACK, _urn("session")], "removing session", id="a deletion in the cluster"),
        pytest.param([_pending("deleting", "contexts")], None, "", id="a deletion of a statement"),
        pytest.param([], None, "", id="nothing"),
    ],
)
def test_what_a_killed_run_left_is_settled_before_the_next(pending: list[dict[str, object]], read: list[str] | None, says: str) -> None:
    stack, said = Stack(), list[str]()
    recover(stack, parse_deployment({"resources": STATE_RESOURCES, "pending_operations": pending}), said.append)
    assert stack.read == ([] if read is None else [(read, True)])
    assert says in " ".join(said)
    assert bool(said) is (read is not None)
