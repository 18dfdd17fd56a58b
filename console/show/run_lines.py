"""A run as plain lines, for logs and CI: one line when something of a resource is over, nothing that has to be redrawn."""

from collections.abc import Callable

from rich.console import Console
from rich.markup import escape

from console.driver.progress import Progress, Row, State
from console.show.formatting import action, duration, title


def row_line(row: Row, now: float, *, planned: bool = False) -> str:
    """Give one finished row as text: `[ 12 s] created statement summaries (3.1 s)`."""
    took = f" ({duration(row.seconds(now))})" if row.state is not State.UNCHANGED and not planned else ""
    why = f": {', '.join(row.differences)}" if row.differences and row.operation == "update" else ""
    return f"[{duration(now):>9}] {action(row, planned=planned)} {title(row)}{took}{why}"


def waiting_line(row: Row, now: float) -> str:
    """Give what a step under way waits for as text: `[ 12 s] FlinkDeployment session waits: pod a: ContainerCreating`."""
    return f"[{duration(now):>9}] {title(row)} waits: {row.message}"


class LineObserver:
    """Writes lines to a console. Unchanged resources are left out: the end says how many there are."""

    def __init__(self, console: Console, *, planned: bool = False) -> None:
        self._console = console
        self._planned = planned
        self._clock: Callable[[], float] = lambda: 0.0
        self._waits: dict[str, str] = {}

    def say(self, message: str) -> None:
        """Write one line about the run as a whole."""
        self._console.print(escape(message), highlight=False, soft_wrap=True)

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:  # noqa: ARG002  # rows come one by one
        """Take the run's clock."""
        self._clock = clock

    def changed(self, row: Row) -> None:
        """Write a line when a row is over, and when there is news of what it waits for."""
        if row.state is State.RUNNING and row.message and self._waits.get(row.name) != row.message:
            self._waits[row.name] = row.message
            self.say(waiting_line(row, self._clock()))
        if row.over and not row.group and row.state is not State.UNCHANGED:
            self.say(row_line(row, self._clock(), planned=self._planned))

    def close(self) -> None:
        """Do nothing: every line is out already."""
