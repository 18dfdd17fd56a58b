"""`savepoints delete`: savepoints that nothing needs any more."""

import json as json_library
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from console.commands.options import Json, Yes, require_yes
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session

if TYPE_CHECKING:
    from console.savepoints.facts import Facts, Savepoint


def delete(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="The savepoints, by path or name, as `savepoints` shows them.")],
    *,
    give_up_undo: Annotated[
        bool, typer.Option("--give-up-undo", help="Delete also what `undo` would go back to; it goes back to that version no more.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; `log` shows it.")] = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Have Flink delete savepoints. Where a job, a statement or `undo` needs one, or this stack did not write it, nothing is deleted."""
    from console.health.concealed import redactor  # noqa: PLC0415  # the other commands start sooner without Flink's client
    from console.savepoints.actions import delete as delete_savepoints  # noqa: PLC0415
    from console.savepoints.actions import requests_to  # noqa: PLC0415
    from console.savepoints.collect import collect  # noqa: PLC0415
    from console.savepoints.inventory import inventory  # noqa: PLC0415
    from console.show.savepoint_table import deleted_line, deleted_plain  # noqa: PLC0415

    session: Session = context.obj
    project = session.project()
    collected = collect(project)
    chosen = _chosen(paths, inventory(collected.facts), collected.facts, gives_up_undo=give_up_undo)
    if not yes:
        for found in chosen:
            session.screen.out.print(f"{escape(found.statement)}: {escape(found.path)}", highlight=False, soft_wrap=True)
        require_yes("Delete them?", "nothing was deleted")
        # What was not needed before the question may be by now.
        collected = collect(project)
        chosen = _chosen(paths, inventory(collected.facts), collected.facts, gives_up_undo=give_up_undo)
    ended = list(delete_savepoints(project, requests_to(collected.access), chosen, reason=reason, hide=redactor(project)))
    if json:
        write_line(json_library.dumps({"deleted": [deleted_plain(one) for one in ended]}, indent=2))
    else:
        for one in ended:
            session.screen.out.print(deleted_line(one), highlight=False, soft_wrap=True)
    raise typer.Exit(ExitCode.FAILED if any(one.error for one in ended) else ExitCode.OK)


def _chosen(paths: Sequence[str], found: "Sequence[Savepoint]", facts: "Facts", *, gives_up_undo: bool) -> "list[Savepoint]":
    """Return the savepoints of these paths. Raises ConsoleError with every one that is not deleted and why."""
    from console.savepoints.protection import refusal  # noqa: PLC0415
    from flinksql.savepoints import canonical, folder_name  # noqa: PLC0415

    # Flink's random digits are in a savepoint's name, so the name alone says which.
    known = {**{folder_name(one.path): one for one in found if not one.is_checkpoint}, **{one.key: one for one in found}}
    chosen = {canonical(path): known.get(canonical(path)) for path in paths}
    problems = [f"{path}: the stack knows no such savepoint" for path, one in chosen.items() if one is None]
    kept = {one.path: refusal(one, found, facts, gives_up_undo=gives_up_undo) for one in chosen.values() if one}
    problems += [f"{path}: {why}" for path, why in kept.items() if why]
    if problems:
        listing = "\n  ".join(problems)
        raise ConsoleError(f"nothing was deleted:\n  {listing}", advice="`savepoints` shows what needs each", exit_code=ExitCode.USAGE)
    return list({one.key: one for one in chosen.values() if one}.values())
