"""What `savepoints` shows: a table, and the same for scripts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from console.savepoints.actions import Done
from console.savepoints.facts import Savepoint
from console.show.formatting import size
from flinksql.savepoints import Presence, folder_name

_MARKS = {Presence.THERE: ("✓", "green"), Presence.GONE: ("✗", "bold red"), Presence.UNKNOWN: ("-", "dim")}
_HEADS = ("statement", "taken (UTC)", "why", "version", "size", "needed by", "savepoint")
_SHORT_HASH = 12


def savepoint_table(found: Sequence[Savepoint], notes: Sequence[str]) -> RenderableType:
    """Draw the savepoints by statement, newest first, and the notes below them. The folder that most lie in is said once."""
    root = _common_root(found)
    lines = [Text(note, style="dim") for note in ([f"savepoints lie in {root}"] if root else []) + list(notes)]
    if not found:
        return Group(Text("there is nothing to restore from yet"), *lines)
    table = Table(title="Savepoints", title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for head in _HEADS:
        table.add_column(head, header_style="dim", justify="right" if head == "size" else "left", overflow="fold")
    for one in found:
        mark, style = _MARKS[one.presence]
        table.add_row(Text(mark, style=style), *map(Text, _cells(one, root)))
    return Group(table, *lines)


def _cells(one: Savepoint, root: str) -> list[str]:
    version = one.definition[:_SHORT_HASH] or "not known"
    version += " (deployed now)" if one.is_current else ""
    why = f"{one.reason} (checkpoint)" if one.is_checkpoint else str(one.reason)
    needs = "; ".join(need.what for need in one.needs)
    return [one.statement, one.at[:19].replace("T", " "), why, version, size(one.bytes), needs, _below(one, root)]


def _below(one: Savepoint, root: str) -> str:
    return folder_name(one.path) if root and one.key == f"{root}/{folder_name(one.path)}" else one.path


def _common_root(found: Sequence[Savepoint]) -> str:
    """Return the folder that most savepoints lie in."""
    roots = Counter(one.key.rpartition("/")[0] for one in found if not one.is_checkpoint)
    return roots.most_common(1)[0][0] if roots else ""


def as_json(found: Sequence[Savepoint], notes: Sequence[str]) -> dict[str, Any]:
    """Return the same as plain values."""
    return {"savepoints": [_plain(one) for one in found], "notes": list(notes)}


def _plain(one: Savepoint) -> dict[str, Any]:
    return {
        "statement": one.statement,
        "path": one.path,
        "at": one.at or None,
        "why": str(one.reason),
        "kind": "checkpoint" if one.is_checkpoint else "savepoint",
        "definition": one.definition or None,
        "deployedNow": one.is_current,
        "bytes": one.bytes,
        "there": {Presence.THERE: True, Presence.GONE: False, Presence.UNKNOWN: None}[one.presence],
        "neededBy": [{"kind": str(need.kind), "what": need.what} for need in one.needs],
        "claim": str(one.claim),
    }


def deleted_line(one: Done) -> str:
    """Say what became of a savepoint that was to be deleted, with markup."""
    what = escape(": ".join(filter(None, (one.statement, one.path))))
    if one.error:
        return f"[bold red]✗[/] {what} was not deleted: {escape(one.error)}"
    return f"[green]✓[/] {what} {'is deleted' if one.was_there else 'was gone already'}"


def deleted_plain(one: Done) -> dict[str, Any]:
    """Return the same for scripts."""
    return {"statement": one.statement, "path": one.path, "wasThere": one.was_there, "error": one.error}
