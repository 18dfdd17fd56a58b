"""`log`: who did what to the stack's statements, when, and what became of their state."""

import json as json_library
from typing import Annotated

import typer

from console.commands.options import Json
from console.history import as_json, promotions, runs, statement_entries
from console.screen import write_line
from console.session import Session
from console.show.history_table import history_tables
from console.stack_outputs import stack_state


def log(
    context: typer.Context,
    statement: Annotated[str, typer.Argument(help="One statement. Default: all of them, and the engine's runs.")] = "",
    *,
    json: Json = False,
) -> None:
    """Show what was done to statements: who, when, verdict, savepoint, seconds, outcome. Times are UTC."""
    session: Session = context.obj
    project = session.project()
    state = stack_state(project)
    entries = statement_entries(project, state, statement)
    known = promotions(state)
    found = [] if statement else runs(project)
    if json:
        write_line(json_library.dumps(as_json(entries, found, known), indent=2))
    else:
        session.screen.out.print(history_tables(entries, found, known))
