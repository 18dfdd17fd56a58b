"""`outputs`: what the last `up` exported."""

import json as json_library
from collections.abc import Iterator, Mapping

import typer
from rich.markup import escape

from console.commands.options import Json
from console.screen import write_line
from console.session import Session
from console.stack_outputs import outputs as read_outputs


def outputs(context: typer.Context, *, json: Json = False) -> None:
    """Show what the last `up` exported: addresses, topics, statements."""
    session: Session = context.obj
    found = read_outputs(session.project())
    if json:
        write_line(json_library.dumps(dict(found), indent=2, sort_keys=True))
        return
    for name, value in flat(found):
        session.screen.out.print(f"[dim]{escape(name)}[/]  {escape(value)}", highlight=False, soft_wrap=True)


def flat(value: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Give nested values as dotted names and texts."""
    if isinstance(value, Mapping):
        for name, part in sorted(value.items()):
            yield from flat(part, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(value, list):
        yield prefix, ", ".join(map(str, value))
    else:
        yield prefix, str(value)
