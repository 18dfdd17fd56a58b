"""`why`: the reason why nothing comes out of a statement."""

import json as json_library
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.screen import write_line
from console.session import Session
from console.stack_outputs import outputs


def why(
    context: typer.Context,
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="A job of the stack, by the name of its file.")],
    *,
    json: Json = False,
) -> None:
    """Say why nothing comes out of a statement: its operators' counts, event time, topics, checkpoints. Exit code 3 for a problem."""
    from console.diagnosing.ask import ask  # noqa: PLC0415  # the other commands start sooner without Flink's client
    from console.show.diagnosis_text import diagnosis_lines  # noqa: PLC0415

    session: Session = context.obj
    project = session.project()
    exported = outputs(project)
    _require_job(project, exported, statement)
    diagnosis, remark = ask(project, exported, statement)
    if json:
        write_line(json_library.dumps({**diagnosis.to_json(), "remark": remark}, indent=2, ensure_ascii=False))
    else:
        for line in diagnosis_lines(diagnosis):
            session.screen.out.print(line, highlight=False, soft_wrap=True)
        if remark:
            session.screen.out.print(f"\n[yellow]remark[/] {escape(remark)}", highlight=False, soft_wrap=True)
    raise typer.Exit(ExitCode.UNHEALTHY if diagnosis.has_problem else ExitCode.OK)


def _require_job(project: Project, exported: Mapping[str, Any], statement: str) -> None:
    statements: Mapping[str, Mapping[str, Any]] = exported.get("statements") or {}
    jobs = sorted(name for name, about in statements.items() if about.get("kind") != "catalog object")
    if statement in jobs:
        return
    if statement in statements:
        problem = f"{statement} is a catalog object: it runs nowhere by itself"
    else:
        problem = f"stack {project.stack} has no statement {statement}"
    raise ConsoleError(problem, advice=f"name a job: {', '.join(jobs) or 'the stack has none'}", exit_code=ExitCode.USAGE)
