"""`approve`: let exactly one change through that may lose a job's state."""

import json as json_library
from dataclasses import replace
from typing import Annotated

import typer

from components.approval_store import Approval, Approvals, ApprovalStore, Asked, approval_store
from components.names import stack_mark
from components.statement_history import now, who
from console.checks.prerequisites import require_declarable
from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.screen import write_line
from console.session import Session
from platforms.promotion_overrides import PROMOTION


def approve(
    context: typer.Context,
    change: Annotated[str, typer.Argument(metavar="HASH", help="The change, as `preview` names it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; `log` shows it.")] = "",
    json: Json = False,
) -> None:
    """Let one planned change through that may lose state. Looks by a preview whether there is such a change; changes nothing."""
    session: Session = context.obj
    project = session.project()
    store = approval_store(project.data_folder, stack_mark(project.stack))
    found = _planned(session, project, store, json=json).get(change)
    if found is None:
        raise _unknown(store, project.stack, change)
    approval = Approval(hash=found.hash, statement=found.statement, by=who(), at=now(), reason=reason)
    store.change(lambda held: replace(held, approved={**_others(held, found), found.hash: approval}))
    if json:
        write_line(json_library.dumps({"event": "approved", "hash": found.hash, "statement": found.statement, "verdict": found.verdict}))
        return
    what = found.statement if found.statement.startswith(PROMOTION) else f"statement {found.statement}"
    session.screen.out.print(
        f"approved: change {found.hash} of {what} ({found.verdict}). The next `up` makes it, once. Then: {found.consequence}.",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )


def _planned(session: Session, project: Project, store: ApprovalStore, *, json: bool) -> dict[str, Asked]:
    """Return the changes that want an approval now: those of a fresh preview, and those that an `up` met on its way."""
    require_declarable(project)
    store.change(_without_previewed)
    observer = session.observer(json=json, planned=True)
    try:
        session.driver(project, observer).preview()
    finally:
        observer.close()
    return {one.hash: one for one in store.read().asked.values()}


def _without_previewed(held: Approvals) -> Approvals:
    return replace(held, asked={name: one for name, one in held.asked.items() if not one.in_preview})


def _others(held: Approvals, found: Asked) -> dict[str, Approval]:
    """Return the approvals that stay: a statement has one, and one of an older plan of it lets nothing through any more."""
    return {key: one for key, one in held.approved.items() if one.statement != found.statement}


def _unknown(store: ApprovalStore, stack: str, change: str) -> ConsoleError:
    held = store.read()
    waiting = [f"{one.hash}  {one.statement}: {one.verdict}" for one in held.asked.values()]
    if change in held.approved:
        message = f"change {change} is approved already, and the next `up` makes it"
    else:
        message = f"stack {stack} has no planned change {change}: it was made, or the change is another one by now"
    advice = "these wait for an approval:\n  " + "\n  ".join(waiting) if waiting else "no change waits for an approval; `preview` tells why"
    return ConsoleError(message, advice=advice, exit_code=ExitCode.USAGE)
