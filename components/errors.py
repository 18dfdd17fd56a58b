"""What the ring says to the person who runs it."""

from pathlib import Path


class ConnectionSpecError(Exception):
    """A resource's connection cannot be used. The text says what is missing and what to do."""


class TenantsError(Exception):
    """Other stacks have jobs on a platform that is to go. `advice` says what to do first."""

    def __init__(self, message: str, *, advice: str) -> None:
        self.advice = advice
        super().__init__(message)


class UntestedError(Exception):
    """`tests` is `required`, and a statement that is new or changed has no test, one that fails, or one that cannot be run."""


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
