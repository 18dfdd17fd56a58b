"""A run as a table that is redrawn while it goes on: each resource, what is done to it, for how long, what it waits for."""

from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from console.driver.progress import Progress, Row, State
from console.show.formatting import STYLES, SYMBOLS, action, count, duration, kind

_REDRAWS_PER_SECOND = 8
_LINES_AROUND_THE_TABLE = 4

_ORDER = (State.FAILED, State.INTERRUPTED, State.RUNNING, State.WAITING, State.DONE, State.UNCHANGED)
"""What must stay on a screen that is too small for all."""


class LiveObserver:
    """Draws the progress of one run on a terminal."""

    def __init__(self, console: Console, *, planned: bool = False) -> None:
        self._console = console
        self._planned = planned
        self._live: Live | None = None

    def say(self, message: str) -> None:
        """Write a line above the table."""
        self._console.print(escape(message), highlight=False, soft_wrap=True)

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:
        """Begin to draw."""
        self._live = Live(
            get_renderable=lambda: picture(progress, clock(), self._console.height - _LINES_AROUND_THE_TABLE, planned=self._planned),
            console=self._console,
            refresh_per_second=_REDRAWS_PER_SECOND,
        )
        self._live.start()

    def changed(self, row: Row) -> None:
        """Do nothing: the next redraw shows it."""

    def close(self) -> None:
        """Draw a last time and leave the table on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def picture(progress: Progress, now: float, height: int, *, planned: bool = False) -> RenderableType:
    """Draw the table in at most `height` lines."""
    # The program declares rows in another thread while this one draws.
    rows = list(progress.shown())
    visible = _visible(rows, max(height, 3))
    table = Table.grid(padding=(0, 2))
    for row in visible:
        table.add_row(*_cells(row, progress, now, planned=planned))
    hidden = len(rows) - len(visible)
    footer = Text(_footer(rows, now) + (f", {hidden} more not shown" if hidden else ""), style="dim")
    return Group(table, footer)


def _visible(rows: list[Row], height: int) -> list[Row]:
    if len(rows) <= height:
        return rows
    chosen = {id(row) for row in sorted(rows, key=lambda row: _ORDER.index(row.state))[:height]}
    return [row for row in rows if id(row) in chosen]


def _cells(row: Row, progress: Progress, now: float, *, planned: bool) -> list[RenderableType]:
    style = STYLES[row.state]
    waits = progress.missing(row) if row.state is State.WAITING else []
    detail = f"for {', '.join(waits) or 'its turn'}" if row.state is State.WAITING else ("" if row.over else row.message)
    took = "" if row.state is State.UNCHANGED or planned else duration(row.seconds(now))
    return [
        Text(SYMBOLS[row.state], style=style),
        Text("" if kind(row.kind) == row.name else kind(row.kind), style="dim"),
        Text(row.name),
        Text(action(row, planned=planned), style=style),
        Text(took, justify="right"),
        Text(detail, style="dim", overflow="ellipsis", no_wrap=True),
    ]


def _footer(rows: list[Row], now: float) -> str:
    over = sum(row.over for row in rows)
    return f"{over} of {count(len(rows), 'resource')}, {duration(now)}"
