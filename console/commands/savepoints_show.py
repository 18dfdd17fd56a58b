"""`savepoints show`: what the stack's jobs can be restored from."""

import json as json_library
from typing import Annotated

import typer

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session


def show(
    context: typer.Context,
    statement: Annotated[str, typer.Argument(help="One statement. Default: all of them.")] = "",
    *,
    json: Json = False,
) -> None:
    """Show what jobs can be restored from: when and why it was taken, of which version, its size, whether it is there and what needs it."""
    from console.savepoints.collect import collect  # noqa: PLC0415  # the other commands start sooner without Flink's client
    from console.savepoints.inventory import inventory, unclaimed  # noqa: PLC0415
    from console.show.savepoint_table import as_json, savepoint_table  # noqa: PLC0415

    session: Session = context.obj
    collected = collect(session.project())
    everything = inventory(collected.facts)
    found = [one for one in everything if statement in {"", one.statement}]
    if statement and not found and statement not in collected.facts.statements:
        known = ", ".join(sorted(collected.facts.statements)) or "the stack has none"
        raise ConsoleError(f"the stack has no job {statement}", advice=f"name one of: {known}", exit_code=ExitCode.USAGE)
    notes = [collected.remark] if collected.remark else []
    if collected.facts.folder is None:
        notes.append("whether they are still there is not known: the folder of savepoints cannot be read from here")
    others = [] if statement else unclaimed(collected.facts, everything)
    if others:
        notes.append(f"written by no statement of this stack, as far as is known: {', '.join(others)}")
    if json:
        write_line(json_library.dumps(as_json(found, notes), indent=2))
    else:
        session.screen.out.print(savepoint_table(found, notes))
