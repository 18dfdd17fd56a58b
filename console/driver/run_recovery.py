"""Making the state true again where a run was cut off in the middle of a change, so that the next one sees what there is to do.

The Kubernetes provider writes a changed object into the cluster and then waits for it. Interrupted meanwhile, it reports the change as
failed and the state keeps the old inputs (measured with 4.32: it asks for the live object by a call that is cancelled too). The next
run would take the object for unchanged, whatever it has become, so such objects are read again.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from pulumi.automation import CommandError, EngineEvent

from console.driver.progress import Progress, State
from platforms.state import StackState

Say = Callable[[str], None]
_KUBERNETES = "kubernetes:"
_RELEASE = "kubernetes:helm.sh/"
"""Helm keeps account of a release that failed, and so does the provider."""
_OPEN = frozenset({State.RUNNING, State.FAILED, State.INTERRUPTED})


class Refreshable(Protocol):
    """What is needed of the Automation API's stack."""

    def refresh(self, *, clear_pending_creates: bool, target: list[str] | None, on_event: Callable[[EngineEvent], object]) -> object:
        """Read resources anew into the state. Raises CommandError."""


def recover(stack: Refreshable, state: StackState | None, say: Say) -> None:
    """Before a run: take up what one that was killed left in the state. Raises CommandError."""
    if state is None:
        return
    known = {one.urn for one in state.resources}
    changed = [urn for urn in state.pending_updates if _is_object(_kind(urn))]
    # Whether the world still has it decides what there is to do; the state has it in any case.
    removed = [urn for urn in state.pending_deletes if _is_object(_kind(urn)) and urn in known]
    if state.pending_creates:
        say(f"an earlier run was interrupted while creating {_names(state.pending_creates)}: looking for each and adopting it")
    if changed:
        say(f"an earlier run was interrupted while changing {_names(changed)}: reading each again")
    if removed:
        say(f"an earlier run was interrupted while removing {_names(removed)}: reading each again")
    if state.pending_creates or changed or removed:
        # One target is enough to have the list cleared, and keeps every other resource from being read one by one.
        target = [*([state.root.urn] if state.root else []), *changed, *removed]
        stack.refresh(clear_pending_creates=True, target=target or None, on_event=lambda _event: None)


def read_anew(stack: Refreshable, urns: list[str]) -> None:
    """Read resources from the world into the state, so that the engine sees what there is to do. Raises CommandError."""
    if urns:
        stack.refresh(clear_pending_creates=False, target=urns, on_event=lambda _event: None)


def observe_again(stack: Refreshable, state: StackState | None, progress: Progress, say: Say) -> None:
    """After a run that was cut off: read what it was changing."""
    targets = cut_off(progress, state)
    if not targets:
        return
    try:
        stack.refresh(clear_pending_creates=False, target=targets, on_event=lambda _event: None)
    except CommandError:
        say(f"{_names(targets)} could not be read after the interrupted change: run `pulumi refresh` before you revert anything")


def cut_off(progress: Progress, state: StackState | None) -> list[str]:
    """Return the URNs of the cluster's objects whose change did not come to its end."""
    urns: Mapping[tuple[str, str], str] = {(one.kind, one.name): one.urn for one in (state.resources if state else ())}
    rows = [row for row in list(progress.rows.values()) if row.operation == "update" and row.state in _OPEN and _is_object(row.kind)]
    return [urns[row.kind, row.name] for row in rows if (row.kind, row.name) in urns]


def _is_object(kind: str) -> bool:
    return kind.startswith(_KUBERNETES) and not kind.startswith(_RELEASE)


def _kind(urn: str) -> str:
    return urn.rsplit("::", 2)[-2].rsplit("$", 1)[-1]


def _names(urns: Iterable[str]) -> str:
    return ", ".join(sorted({urn.rsplit("::", 1)[-1] for urn in urns}))
