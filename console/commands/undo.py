"""`undo`: bring a statement's version before back, in its file and in Flink."""

import json as json_library
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from components.approval_store import Approvals, approval_store
from components.bundle_topics import topics_read, topics_touched
from components.names import STATEMENT_TYPE, stack_mark
from console.commands.options import Json, Yes, require_yes
from console.commands.run import bring_up
from console.exit_codes import ExitCode
from console.project import Project
from console.reach import broker
from console.rows_since import RowsSince, rows_since
from console.screen import write_line
from console.session import Session
from console.show.run_result import exit_code
from console.stack_outputs import outputs, stack_state
from console.undo import Step, UndoPlan, undo_plan
from console.undo_files import FileChange
from flinksql.statement import Kind
from settings import Settings


def undo(
    context: typer.Context,
    statement: Annotated[str, typer.Argument(help="The statement that goes back to the version before.")],
    *,
    to: Annotated[str, typer.Option("--to", help="Another version, by the beginning of its hash as `log` shows it.")] = "",
    with_state_of_now: Annotated[
        bool, typer.Option("--with-state-of-now", help="Go on from the state of now: nothing is read again. The state verdict decides.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; `log` shows it.")] = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Go back to a statement's version before, from the state that it left. Shows what it does and asks first."""
    session: Session = context.obj
    project = session.project()
    settings = project.settings()
    state = stack_state(project)
    plan = undo_plan(settings, project.stack, state, statement, to=to, with_state_of_now=with_state_of_now, reason=reason)
    again = _read_again(project, plan)
    if json:
        write_line(json_library.dumps(_as_json(plan, again)))
    else:
        _show(session.screen.out, settings, plan, again)
    if not yes:
        require_yes("Go on?", "nothing was changed")
    raise typer.Exit(_carried_out(session, project, plan, json=json))


def _carried_out(session: Session, project: Project, plan: UndoPlan, *, json: bool) -> ExitCode:
    """Write the files, then the orders, and run `up`. Where nothing was undone, both are taken back."""
    store = approval_store(project.data_folder, stack_mark(project.stack))
    orders = {step.order.statement: step.order for step in plan.steps if step.order}
    # The files first: an older text without its order is an ordinary change, which the state verdict judges.
    written: list[FileChange] = []
    try:
        for file in plan.files:
            file.write()
            written.append(file)
        store.change(lambda held: replace(held, undo={**held.undo, **orders}))
        outcome = bring_up(session, json=json)
    except BaseException:
        if not _began(project, plan):
            _take_back(session, written)
            store.change(lambda held: _without(held, orders))
        raise
    if not outcome.succeeded and not _began(project, plan):
        _take_back(session, written)
        store.change(lambda held: _without(held, orders))
    return exit_code(outcome)


def _began(project: Project, plan: UndoPlan) -> bool:
    """Tell whether the stack's state has anything of the plan: then the next `up` finishes it."""
    state = stack_state(project)
    recorded = {str(one.outputs.get("name")): one.definition_hash for one in state.resources if one.kind == STATEMENT_TYPE} if state else {}
    return any(recorded.get(step.statement) == step.wanted for step in plan.steps)


def _take_back(session: Session, written: Sequence[FileChange]) -> None:
    for file in written:
        what = "has its text of now again" if file.take_back() else "was written by somebody else meanwhile and is left as it is"
        session.screen.err.print(f"{file.path.name} {what}", highlight=False, markup=False)


def _without(held: Approvals, orders: Mapping[str, object]) -> Approvals:
    return replace(held, undo={name: one for name, one in held.undo.items() if name not in orders})


def _read_again(project: Project, plan: UndoPlan) -> dict[str, RowsSince]:
    """Return for each job that goes back what it reads again; nothing where no broker answers."""
    found: dict[str, RowsSince] = {}
    going_back = [step for step in plan.steps if step.order]
    if not going_back:
        return found
    with broker(project, outputs(project)) as bootstrap:
        for step in going_back:
            found[step.statement] = rows_since(bootstrap, topics_read(plan.bundle, step.statement), step.since)
    return found


def _show(out: Console, settings: Settings, plan: UndoPlan, again: Mapping[str, RowsSince]) -> None:
    def say(line: str) -> None:
        out.print(line, highlight=False, soft_wrap=True, markup=False)

    say(f"Statement {plan.statement} goes back to {plan.version}.")
    for file in plan.files:
        say(file.diff())
    for step in plan.steps:
        for line in _described(settings, plan, step, again.get(step.statement)):
            say(line)


def _described(settings: Settings, plan: UndoPlan, step: Step, again: RowsSince | None) -> list[str]:
    """Say what becomes of one statement."""
    if step.kind is Kind.CATALOG_OBJECT:
        return [f"{step.statement}: its definition goes back."]
    if step.order is None:
        return [f"{step.statement}: its job is upgraded from its state of now, if the state verdict allows it. Nothing is read again."]
    lines = [f"{step.statement}: its job is stopped with a savepoint, and the older version starts from {step.order.savepoint}."]
    lines.append(f"  Read again: {again or 'what came since then'}.")
    written = sorted(set(topics_touched(plan.bundle, step.statement)) - set(topics_read(plan.bundle, step.statement)))
    into = f" in {', '.join(written)}" if written else ""
    lines.append(
        f"  Results since then stay{into}, and the older version writes its own beside them: `{settings.bundle.delivery_guarantee}` "
        "counts within one version. A model is asked again for what its ledger does not hold."
    )
    lines.append(f"  `undo {step.statement}` once more brings the version of now back.")
    return lines


def _as_json(plan: UndoPlan, again: Mapping[str, RowsSince]) -> dict[str, object]:
    return {
        "event": "plan",
        "statement": plan.statement,
        "version": plan.version,
        "files": [{"file": str(file.path), "diff": file.diff()} for file in plan.files],
        "steps": [
            {
                "statement": step.statement,
                "definition": step.wanted,
                "savepoint": step.order.savepoint if step.order else None,
                "since": step.since or None,
                "readAgain": again[step.statement].plain() if step.statement in again else None,
            }
            for step in plan.steps
        ],
    }
