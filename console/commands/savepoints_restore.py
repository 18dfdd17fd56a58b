"""`savepoints restore`: start a statement's job anew from a savepoint."""

import json as json_library
from typing import TYPE_CHECKING, Annotated

import typer

from console.commands.options import Json, Yes, require_yes
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.screen import write_line
from console.session import Session

if TYPE_CHECKING:
    from console.rows_since import RowsSince
    from console.savepoints.restoring import RestorePlan


def restore(
    context: typer.Context,
    statement: Annotated[str, typer.Argument(help="The statement whose job is started anew.")],
    savepoint: Annotated[str, typer.Argument(help="From where: a path or name that `savepoints` shows, or `latest`.")],
    *,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Stop a job with a savepoint and start it anew from an earlier one of the same version. What came since then is read again."""
    from console.savepoints.collect import collect  # noqa: PLC0415  # the other commands start sooner without Flink's client
    from console.savepoints.inventory import inventory  # noqa: PLC0415
    from console.savepoints.restoring import chosen, restore_plan  # noqa: PLC0415

    session: Session = context.obj
    project = session.project()
    facts = collect(project).facts
    found = chosen(facts, inventory(facts), statement, savepoint)
    plan = restore_plan(project.settings(), project.stack, facts, found)
    again = _read_again(project, plan)
    if json:
        write_line(json_library.dumps({"event": "plan", "statement": statement, "savepoint": found.path, "readAgain": again.plain()}))
    else:
        for line in _described(plan, again):
            session.screen.out.print(line, highlight=False, soft_wrap=True, markup=False)
    if not yes:
        require_yes("Go on?", "nothing was changed")
    raise typer.Exit(_carried_out(session, project, plan, json=json))


def _read_again(project: Project, plan: "RestorePlan") -> "RowsSince":
    from components.bundle_topics import topics_read  # noqa: PLC0415
    from console.reach import broker  # noqa: PLC0415
    from console.rows_since import rows_since  # noqa: PLC0415
    from console.stack_outputs import outputs  # noqa: PLC0415

    with broker(project, outputs(project)) as bootstrap:
        return rows_since(bootstrap, topics_read(plan.bundle, plan.savepoint.statement), plan.savepoint.at)


def _described(plan: "RestorePlan", again: "RowsSince") -> list[str]:
    one = plan.savepoint
    return [
        f"{one.statement}: its job is stopped with a savepoint, and started anew from {one.path}.",
        f"  It was taken at {one.at[:19].replace('T', ' ')} UTC.",
        f"  Read again: {again}.",
        "  Results since then stay, and those of the rows that are read again come beside them.",
        "  A model is asked again for what its ledger does not hold.",
        "  The savepoint of now stays: `savepoints restore` brings that state back.",
    ]


def _carried_out(session: Session, project: Project, plan: "RestorePlan", *, json: bool) -> ExitCode:
    """Run `up` with each of the two texts; the file has its own text afterwards, whatever came of it."""
    from console.commands.run import bring_up  # noqa: PLC0415  # the driver of the engine
    from console.show.run_result import exit_code  # noqa: PLC0415

    for change in (plan.paused, plan.restored):
        try:
            change.write()
            outcome = bring_up(session, json=json)
        finally:
            change.take_back()
        if not outcome.succeeded:
            if change is plan.restored:
                # The statement is paused: with its own text it goes on from the savepoint of now.
                bring_up(session, json=json)
            return exit_code(outcome)
    _require_restored(project, plan)
    return exit_code(outcome)


def _require_restored(project: Project, plan: "RestorePlan") -> None:
    """Look where the job started from: nothing else proves that it was restored."""
    from components.names import STATEMENT_TYPE  # noqa: PLC0415
    from console.stack_outputs import stack_state  # noqa: PLC0415
    from flinksql.savepoints import canonical  # noqa: PLC0415

    state, wanted = stack_state(project), plan.savepoint
    started = next(
        (
            str(one.outputs.get("restored_from") or "")
            for one in (state.resources if state else ())
            if one.kind == STATEMENT_TYPE and one.outputs.get("name") == wanted.statement
        ),
        "",
    )
    if canonical(started) != wanted.key:
        raise ConsoleError(
            f"the job of {wanted.statement} was started from {started or 'no state'}, not from {wanted.path}",
            advice=f"`python -m console log {wanted.statement}` shows what was done",
        )
