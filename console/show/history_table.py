"""What `log` shows, as tables."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.promotion_history import Promotion
from components.statement_history import Entry, Outcome
from console.history import Run, in_force
from console.show.formatting import duration

_STYLES = {Outcome.DONE: "green", Outcome.FAILED: "bold red", Outcome.INTERRUPTED: "yellow", Outcome.RUNNING: "cyan"}
_SHORT_HASH = 12


def history_tables(entries: Sequence[Entry], runs: Sequence[Run], promotions: Sequence[Promotion] = ()) -> RenderableType:
    """Draw what was promoted, then the statements' entries, oldest first, and the engine's runs below them."""
    parts: list[RenderableType] = []
    if promotions:
        table = _table("Promotions", "when", "who", "what")
        for promotion in promotions:
            table.add_row(*(Text(cell) for cell in (_when(promotion.at), promotion.by, str(promotion))))
        parts.append(table)
    if entries:
        table = _table("Statements", "when", "who", "statement", "what", "verdict or cause", "version", "state is at", "took", "outcome")
        for one in entries:
            table.add_row(*_entry(one, in_force(promotions, one)))
        parts.append(table)
    if runs:
        table = _table("Runs", "when", "what", "changes", "took", "commit", "result")
        for run in runs:
            changes = ", ".join(f"{number} {word}" for word, number in sorted(run.changes.items())) or "none"
            row = (_when(run.at), run.kind, changes, duration(run.seconds), f"{run.commit} {run.message}".strip(), run.result)
            table.add_row(*(Text(cell) for cell in row))
        parts.append(table)
    return Group(*parts) if parts else Text("nothing was done yet")


def _entry(entry: Entry, promotion: Promotion | None) -> list[Text]:
    what = f"{entry.action}, approved as {entry.approval} by {entry.approved_by}" if entry.approval else entry.action
    what += f": {entry.reason}" if entry.reason else ""
    what += f" ({promotion})" if promotion and entry.before != entry.after else ""
    cells = [
        _when(entry.at),
        entry.by,
        entry.statement,
        what,
        entry.error or entry.verdict,
        version_change(entry),
        entry.left_at,
        duration(entry.seconds) if entry.seconds else "",
    ]
    return [*map(Text, cells), Text(entry.outcome, style=_STYLES.get(Outcome(entry.outcome), ""))]


def version_change(entry: Entry) -> str:
    """Return from which version to which an entry went."""
    before, after = entry.before[:_SHORT_HASH], entry.after[:_SHORT_HASH]
    return after if before == after else " -> ".join(filter(None, (before, after)))


def _when(at: str) -> str:
    return at[:19].replace("T", " ")


def _table(title: str, *heads: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table
