"""What the ring says to the person who runs it."""

from collections.abc import Sequence
from pathlib import Path


class SettingsError(Exception):
    """The stack's configuration cannot be used. Holds every mistake that was found; none shows the value of a secret."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = "1 mistake" if len(self.problems) == 1 else f"{len(self.problems)} mistakes"
        super().__init__("\n".join([f"{count} in the stack's configuration:", *(f"  {problem}" for problem in self.problems)]))


class ConnectionSpecError(Exception):
    """A resource's connection cannot be used. The text says what is missing and what to do."""


class FormerStateError(Exception):
    """An earlier version of the project keeps the stack's state in the data folder."""

    def __init__(self, former: Path, now: Path) -> None:
        super().__init__(
            f"the stack's state lies in {former}, where an earlier version kept it, and Pulumi.yaml names {now}. "
            f"Set PULUMI_BACKEND_URL=file://{former} and run the command again; or move the folder there when {now} holds no other stack"
        )


class SecondStateError(Exception):
    """Pulumi was started in another folder than the project's and has its state there."""

    def __init__(self, started: Path, root: Path) -> None:
        there = started / ".state"
        super().__init__(
            f"`pulumi` was started in {started} and keeps the stack's state there, in {there}: the state of the project's own folder is "
            f"another one. Change to {root} and run the command again; remove {there} if nothing was deployed from it"
        )
