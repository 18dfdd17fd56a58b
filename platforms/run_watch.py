"""What a platform watches while the engine works: it may know more of what is waited for than the engine does."""

from dataclasses import dataclass
from typing import Protocol

from pulumi.automation import EngineEvent


@dataclass(kw_only=True)
class Problem:
    """A message for the user. `resource` is a logical name or empty. A `vague` one says that something failed, and not why.

    `verdict` is what would become of a job's state, where a change is refused for that.
    """

    message: str
    resource: str = ""
    vague: bool = False
    verdict: str = ""


class Run(Protocol):
    """What a watch may do to a run. Safe to use from its own thread."""

    def say(self, message: str, /) -> None:
        """Write a line about the run as a whole."""

    def waits(self, kind: str, name: str, words: str) -> None:
        """Say what a resource under way waits for."""

    def explain(self, problem: Problem) -> None:
        """Add what is known about a failure."""

    def give_up(self, problem: Problem) -> None:
        """End the run because of something that will not pass."""


class RunWatch(Protocol):
    """Goes along with one run."""

    def follow(self, run: Run) -> None:
        """Begin: the engine is about to work."""

    def observe(self, event: EngineEvent) -> None:
        """Take one event of the engine."""

    def close(self) -> None:
        """End: the engine has ended."""


class NoRunWatch:
    """Goes along and does nothing."""

    def follow(self, run: Run) -> None:
        """Do nothing."""

    def observe(self, event: EngineEvent) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def name_of(urn: str) -> str:
    """Return the logical name at the end of a URN."""
    return urn.rsplit("::", 1)[-1]
