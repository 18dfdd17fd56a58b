"""`savepoints take`: a savepoint of a running job, which goes on running."""

import json as json_library
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session

if TYPE_CHECKING:
    from console.savepoints.actions import Done
    from console.savepoints.facts import Facts


def take(
    context: typer.Context,
    statements: Annotated[list[str] | None, typer.Argument(metavar="STATEMENT", help="The statements whose jobs are asked.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Of every job of the stack that runs.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; `log` shows it.")] = "",
    json: Json = False,
) -> None:
    """Take a savepoint of running jobs, which go on. Waits as long as Flink tries. Exit code 1 when one failed, with Flink's reason."""
    from console.health.concealed import redactor  # noqa: PLC0415  # the other commands start sooner without Flink's client
    from console.savepoints.actions import requests_to, running_jobs  # noqa: PLC0415
    from console.savepoints.actions import take as take_savepoints  # noqa: PLC0415
    from console.savepoints.collect import collect  # noqa: PLC0415

    session: Session = context.obj
    project = session.project()
    if bool(statements) == everything:
        raise ConsoleError("name statements, or say `--all`, and not both", exit_code=ExitCode.USAGE)
    collected = collect(project)
    if collected.facts.jobs is None:
        raise ConsoleError(collected.remark, advice="run `python -m console status`")
    wanted = list(collected.facts.statements) if everything else list(dict.fromkeys(statements or ()))
    _require_jobs(collected.facts, wanted)
    found = running_jobs(collected.facts, wanted)
    idle = [name for name, job in found.items() if job is None]
    if idle and not everything:
        raise ConsoleError(
            f"no job runs of {', '.join(idle)}, so no savepoint can be taken",
            advice="`python -m console savepoints` shows what its last job left, `status` why it does not run",
        )
    jobs = [job for job in found.values() if job]
    if not jobs:
        raise ConsoleError(f"stack {project.stack} has no job that runs", advice="run `python -m console status`")
    hide = redactor(project)
    ended = list(take_savepoints(project, requests_to(collected.access), jobs, reason=reason, hide=hide))
    if json:
        write_line(json_library.dumps({"savepoints": [_plain(one) for one in ended], "notRunning": idle}, indent=2))
    else:
        _print(session, ended, idle)
    raise typer.Exit(ExitCode.FAILED if any(one.error for one in ended) else ExitCode.OK)


def _require_jobs(facts: "Facts", statements: list[str]) -> None:
    unknown = [name for name in statements if name not in facts.statements]
    if unknown:
        known = ", ".join(sorted(facts.statements)) or "the stack has none"
        message = f"the stack has no job {', '.join(unknown)}: a table, view or model has no state"
        raise ConsoleError(message, advice=f"name one of: {known}", exit_code=ExitCode.USAGE)


def _print(session: Session, ended: "list[Done]", idle: list[str]) -> None:
    from console.show.formatting import duration, size  # noqa: PLC0415

    out = session.screen.out
    for one in ended:
        if one.error:
            out.print(f"[bold red]✗[/] {escape(one.statement)}: no savepoint: {escape(one.error)}", highlight=False, soft_wrap=True)
            continue
        about = ", ".join(filter(None, (size(one.bytes), duration(one.seconds))))
        out.print(f"[green]✓[/] {escape(one.statement)}: {escape(one.path)} ({about})", highlight=False, soft_wrap=True)
    if idle:
        out.print(f"no job runs of {escape(', '.join(idle))}", highlight=False, soft_wrap=True)


def _plain(one: "Done") -> dict[str, object]:
    plain = asdict(one)
    return {name: plain[name] for name in ("statement", "path", "bytes", "seconds", "error")}
