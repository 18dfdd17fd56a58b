"""What a platform's watch can do to a run that is shown."""

from collections.abc import Callable
from dataclasses import dataclass

from console.driver.progress import Progress, Row
from platforms.run_watch import Problem


@dataclass(frozen=True, kw_only=True)
class RunHandle:
    """A run as its platform's watch sees it. Safe to use from another thread.

    `changed` hears of a row with new words, `tell` writes a line about the whole, `stop` ends the run as Ctrl-C would.
    """

    progress: Progress
    tell: Callable[[str], None]
    changed: Callable[[Row], None]
    stop: Callable[[], object]

    def say(self, message: str, /) -> None:
        """Write a line about the run as a whole."""
        self.tell(message)

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
