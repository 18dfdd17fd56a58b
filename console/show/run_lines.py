"""A run as plain lines, for logs and CI: one line when something of a resource is over, nothing that has to be redrawn."""

import threading
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape

from console.driver.progress import Progress, Row, State
from console.show.formatting import action, duration, title

SILENT_SECONDS = 30.0
"""For how long a step may be under way without a line about it. Building an image takes minutes, and Docker's provider says nothing."""
_LOOK_SECONDS = 1.0


def row_line(row: Row, now: float, *, planned: bool = False) -> str:
    """Give one finished row as text: `[ 12 s] created statement summaries (3.1 s)`."""
    took = f" ({duration(row.seconds(now))})" if row.state is not State.UNCHANGED and not planned else ""
    why = f": {', '.join(row.differences)}" if row.differences and row.operation == "update" else ""
    return f"[{duration(now):>9}] {action(row, planned=planned)} {title(row)}{took}{why}"


def waiting_line(row: Row, now: float) -> str:
    """Give what a step under way waits for as text: `[ 12 s] FlinkDeployment session waits: pod a: ContainerCreating`."""
    return f"[{duration(now):>9}] {title(row)} waits: {row.message}"


def reminder_line(row: Row, now: float) -> str:
    """Give a step that is under way for long as text: `[ 60 s] still creating image flink-image (45 s): building ...`."""
    why = f": {row.message}" if row.message else ""
    return f"[{duration(now):>9}] still {action(row)} {title(row)} ({duration(row.seconds(now))}){why}"


class LineObserver:
    """Writes lines to a console. Unchanged resources are left out: the end says how many there are."""

    def __init__(self, console: Console, *, planned: bool = False) -> None:
        self._console = console
        self._planned = planned
        self._clock: Callable[[], float] = lambda: 0.0
        self._waits: dict[str, str] = {}
        self._told: dict[str, float] = {}
        """By resource: when the last line about it was written, on the run's clock."""
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def say(self, message: str) -> None:
        """Write one line about the run as a whole."""
        self._console.print(escape(message), highlight=False, soft_wrap=True)

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:
        """Take the run's clock, and begin to write of steps that take long. A preview takes none that do."""
        self._clock = clock
        if not self._planned:
            self._thread = threading.Thread(target=self._remind_until_closed, args=(progress,), daemon=True)
            self._thread.start()

    def changed(self, row: Row) -> None:
        """Write a line when a row is over, and when there is news of what it waits for."""
        if row.state is State.RUNNING and row.message and self._waits.get(row.name) != row.message:
            self._waits[row.name] = row.message
            self._told[row.name] = self._clock()
            self.say(waiting_line(row, self._clock()))
        if row.over and not row.group and row.state is not State.UNCHANGED:
            self.say(row_line(row, self._clock(), planned=self._planned))

    def remind(self, progress: Progress) -> None:
        """Write a line about each step under way of which nothing was said for `SILENT_SECONDS`."""
        now = self._clock()
        for row in progress.shown():
            if row.state is not State.RUNNING or row.began is None:
                continue
            if now - max(row.began, self._told.get(row.name, row.began)) >= SILENT_SECONDS:
                self._told[row.name] = now
                self.say(reminder_line(row, now))

    def close(self) -> None:
        """End the reminders; every other line is out already."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _remind_until_closed(self, progress: Progress) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            self.remind(progress)
