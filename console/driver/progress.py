"""What a run has done so far: one row per resource, whatever the platform. Pure: times come with the events.

Rows appear in two ways: the program declares a resource (name, what it depends on) before the engine hears of it, and the engine reports
its steps. So a resource that waits for others is visible, with what it waits for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from platforms.run_watch import Problem


class State(StrEnum):
    """Where a resource is in this run."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


_STATEMENT = ":Statement"
UNCHANGED_OPERATIONS = frozenset({"same", "read", "refresh"})
"""Operations that change nothing in the world. `refresh` rows with a difference are told apart by the engine's own summary."""


@dataclass(kw_only=True)
class Row:
    """One resource. `began` and `ended` are seconds on the run's clock; `operation` is the engine's word (create, update, same ...).

    `message` says what a step under way waits for, where somebody knows. `foreign`: it stands for something of somebody else, such as an
    external topic, which no step makes, changes or deletes; or for something that stays on purpose although the resource goes.
    """

    kind: str
    name: str
    waits_for: tuple[str, ...] = ()
    group: bool = False
    foreign: bool = False
    state: State = State.WAITING
    operation: str = ""
    began: float | None = None
    ended: float | None = None
    message: str = ""
    differences: tuple[str, ...] = ()
    verdict: str = ""

    def seconds(self, now: float) -> float | None:
        """How long the step took, or has taken until now."""
        if self.began is None:
            return None
        return (now if self.ended is None else self.ended) - self.began

    @property
    def over(self) -> bool:
        """True when nothing more will happen to it in this run."""
        return self.state not in (State.WAITING, State.RUNNING)


@dataclass(kw_only=True)
class Progress:
    """The whole run. Components (`group`) are kept for the sake of what waits for them and are not shown as rows of their own.

    `gave_up`: the run was ended by us, because something that it waits for will never come. `drift` is what differed before the engine
    began. `unseen` says what could not be looked at, `unwell` what is not healthy although the run is done: with either, nothing is
    called right.
    One thread adds rows while another draws them: whoever goes over the rows takes a `list` of them first.
    """

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    changes: Mapping[str, int] = field(default_factory=dict)
    outputs: Mapping[str, object] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    drift: list[str] = field(default_factory=list)
    unwell: list[str] = field(default_factory=list)
    finished: bool = False
    gave_up: bool = False

    def declare(self, kind: str, name: str, waits_for: tuple[str, ...], *, group: bool) -> None:
        """Add a resource that the program built; the engine may not know it yet."""
        row = self._row(kind, name)
        row.waits_for = waits_for
        row.group = group

    def statements(self) -> set[str]:
        """Return the names of the statements."""
        return {row.name for row in list(self.rows.values()) if row.kind.endswith(_STATEMENT)}

    def judge(self, name: str, verdict: str) -> None:
        """Take note of what becomes of a statement's state."""
        for row in list(self.rows.values()):
            if row.name == name and row.kind.endswith(_STATEMENT):
                row.verdict = verdict

    def add_error(self, problem: Problem) -> None:
        """Add an error. Of one resource a vague one is left out beside one that says why, whichever comes first."""
        others = [one for one in self.errors if one.resource == problem.resource]
        if problem.vague and any(not one.vague for one in others):
            return
        self.errors.append(problem)
        for one in others:
            # In place: another thread may add one in the same moment.
            if one.vague and not problem.vague:
                self.errors.remove(one)

    def begin(
        self,
        kind: str,
        name: str,
        operation: str,
        now: float,
        *,
        group: bool = False,
        foreign: bool = False,
        differences: tuple[str, ...] = (),
    ) -> Row:
        """Take note that the engine starts a step. A replacement gives several steps for one resource; the row shows the latest."""
        row = self._row(kind, name)
        row.group = row.group or group
        row.foreign = foreign
        row.operation, row.state, row.began, row.ended = operation, State.RUNNING, now, None
        row.differences = differences
        return row

    def end(self, kind: str, name: str, operation: str, now: float) -> Row:
        """Take note that the engine finished a step."""
        row = self._row(kind, name)
        row.operation = operation
        row.began = now if row.began is None else row.began
        row.ended = now
        row.state = State.UNCHANGED if operation in UNCHANGED_OPERATIONS else State.DONE
        return row

    def fail(self, kind: str, name: str, now: float) -> Row:
        """Take note that a step failed; the reason came as a message before."""
        row = self._row(kind, name)
        row.ended = now
        row.state = State.FAILED
        return row

    def leave(self, name: str) -> None:
        """Take note that what a resource stands for stays, although the resource goes."""
        for row in list(self.rows.values()):
            if row.name == name and row.operation == "delete":
                row.foreign = True

    def stop(self, now: float) -> None:
        """End the run: whatever still runs was cut off."""
        self.finished = True
        for row in self.rows.values():
            if row.state is State.RUNNING:
                row.state, row.ended = State.INTERRUPTED, now

    def shown(self) -> list[Row]:
        """Give the rows for people, in the order in which the program or the engine named them."""
        return [row for row in list(self.rows.values()) if not row.group]

    def missing(self, row: Row) -> list[str]:
        """Give what a waiting row still waits for."""
        over = {other.name for other in list(self.rows.values()) if other.over}
        return [name for name in row.waits_for if name not in over]

    def changed(self) -> list[Row]:
        """Give the rows where something was, or would be, done."""
        return [row for row in self.shown() if row.state in (State.DONE, State.FAILED, State.INTERRUPTED)]

    def _row(self, kind: str, name: str) -> Row:
        return self.rows.setdefault((kind, name), Row(kind=kind, name=name))
