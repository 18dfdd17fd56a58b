"""`comment`: the comment on a pull request, made from what other commands wrote as JSON."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from components.bundle_folder import bundle_folder
from components.names import PROJECT_FOLDER
from console.comment.plan import json_lines, read_plan
from console.comment.render import MOST, Material, render
from console.comment.sql_diff import FileDiff, changed_files
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.screen import write_line
from console.session import Session
from settings.stack import NO_BUNDLE

_FILE = "FILE"


def comment(
    context: typer.Context,
    plan: Annotated[
        str, typer.Argument(help="What `preview --json`, or `promote --preview --json`, wrote to standard output; - for standard input.")
    ],
    *,
    log: Annotated[str, typer.Option(metavar=_FILE, help="What it wrote to standard error: shown when it could not plan.")] = "",
    tests: Annotated[str, typer.Option(metavar=_FILE, help="What `test --json` wrote.")] = "",
    evaluation: Annotated[str, typer.Option(metavar=_FILE, help="What `evaluate --json` wrote.")] = "",
    base: Annotated[
        str, typer.Option(metavar="COMMIT", help="Show what changed since the branch left this commit or branch: SQL and settings.")
    ] = "",
    most: Annotated[int, typer.Option(min=1000, help="Characters, at most.")] = MOST,
) -> None:
    """Write a comment for a pull request: changes, verdicts on state, problems, tests, cost, SQL. Markdown on standard output."""
    session: Session = context.obj
    read = read_plan(_text(plan).splitlines())
    outcomes = list(json_lines(_text(tests).splitlines(), "test --json")) if tests else None
    runs = list(json_lines(_text(evaluation).splitlines(), "evaluate --json")) if evaluation else []
    material = Material(
        stack=session.stack,
        plan=read,
        log=_text(log) if log else "",
        tests=outcomes,
        evaluation=runs[-1] if runs else None,
        diffs=_diffs(session.project(), base) if base else read.diffs,
    )
    write_line(render(material, most).rstrip("\n"))


def _diffs(project: Project, base: str) -> list[FileDiff]:
    files = [project.stack_file, project.root / "Pulumi.yaml"]
    name = project.settings().bundle.name
    if name != NO_BUNDLE:
        files.append(bundle_folder(name, PROJECT_FOLDER))
    return changed_files(project.root, base, files)


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConsoleError(f"{file} cannot be read: {reason}", exit_code=ExitCode.USAGE) from None
