"""Who goes along with a run of the engine and knows more than the engine: a watch on the cluster, for example."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pulumi.automation import EngineEvent

from console.driver.progress import Problem, Progress, Row


@dataclass(frozen=True, kw_only=True)
class RunHandle:
    """What a companion may do to a run. Safe to use from its own thread.

    `changed` hears of a row with new words, `say` writes a line about the whole, `stop` ends the run as Ctrl-C would.
    """

    progress: Progress
    say: Callable[[str], None]
    changed: Callable[[Row], None]
    stop: Callable[[], object]

    def waits(self, kind: str, name: str, words: str) -> None:
        """Say what a resource under way waits for."""
        row = self.progress.rows.get((kind, name))
        if row is not None and not row.over and row.message != words:
            row.message = words
            self.changed(row)

    def explain(self, problem: Problem) -> None:
        """Add what is known about a failure. Where that is the cause, what only said that the resource failed is left out."""
        if not problem.vague:
            self._leave_out_warnings(problem.resource)
        self.progress.add_error(problem)

    def give_up(self, problem: Problem) -> None:
        """End the run because of something that will not pass. What the engine says from now on is only about being ended."""
        self.progress.gave_up = True
        self._leave_out_warnings(problem.resource)
        self.progress.add_error(problem)
        self.stop()

    def _leave_out_warnings(self, resource: str) -> None:
        self.progress.warnings = [one for one in self.progress.warnings if one.resource != resource]


class Companion(Protocol):
    """Goes along with one run."""

    def follow(self, run: RunHandle) -> None:
        """Begin: the engine is about to work."""

    def heard(self, event: EngineEvent) -> None:
        """Take one event of the engine."""

    def close(self) -> None:
        """End: the engine has ended."""


class NoCompanion:
    """Goes along and does nothing."""

    def follow(self, run: RunHandle) -> None:
        """Do nothing."""

    def heard(self, event: EngineEvent) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
