"""`check`: data tests on the running pipeline: queries that must give no row."""

import json as json_library
import time
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Annotated

import typer

from components.bundle_folder import bundle_folder
from components.names import PROJECT_FOLDER
from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.screen import write_line
from console.session import Session
from console.stack_outputs import outputs
from flinksql.data_checks import Check, Result, Verdict, read_checks
from flinksql.data_checks.files import sample_of
from flinksql.sql import shown_path
from flinksql.sql.reader import CHECKS


def check(
    context: typer.Context,
    pattern: Annotated[str, typer.Argument(help="A part of a check's name; `*` stands for anything.")] = "",
    *,
    sample: Annotated[
        str, typer.Option(metavar="N|all", help="Read the newest N records of each partition, or all; by default what each check says.")
    ] = "",
    every: Annotated[int | None, typer.Option(min=1, metavar="SECONDS", help="Run them again and again, until Ctrl-C.")] = None,
    json: Json = False,
) -> None:
    """Run the bundle's checks: queries over the tables of a stack that is up, which must give no row. No job stays behind.

    Exit code 3 when a check found rows, 1 when one could not be run.
    """
    from console.data_checks.runner import check_runner  # noqa: PLC0415  # the other commands start sooner without Flink's client

    session: Session = context.obj
    project = session.project()
    checks = _checks(project, pattern, sample)
    exported = outputs(project)
    while True:
        with check_runner(project, exported) as runner:
            results = [_run(session, project, runner.run(one), json=json) for one in checks]
        if not every:
            break
        time.sleep(every)
    code = _exit_code(results)
    if code is not ExitCode.OK:
        raise ConsoleError("", exit_code=code)


def _run(session: Session, project: Project, result: Result, *, json: bool) -> Result:
    from console.data_checks.records import keep  # noqa: PLC0415
    from console.data_checks.show import as_json, show_result  # noqa: PLC0415
    from console.health.concealed import redactor  # noqa: PLC0415

    if result.reason:
        result = replace(result, reason=redactor(project)(result.reason))
    keep(project, result)
    if json:
        write_line(json_library.dumps(as_json(result), ensure_ascii=False, default=str))
    else:
        show_result(session.screen, result)
    return result


def _checks(project: Project, pattern: str, sample: str) -> list[Check]:
    folder = bundle_folder(project.settings().bundle.name, PROJECT_FOLDER)
    known = read_checks(folder, PROJECT_FOLDER)
    found = [one for one in known if _fits(one.name, pattern)]
    if not found:
        where = f"{shown_path(folder, PROJECT_FOLDER)}/{CHECKS}"
        message = f"no check of {len(known)} is called {pattern!r}" if known else f"there are no checks in {where}"
        advice = f"there are: {', '.join(one.name for one in known)}" if known else "docs/checking-your-data.md says how to write one"
        raise ConsoleError(message, advice=advice, exit_code=ExitCode.USAGE)
    if not sample:
        return found
    try:
        records = sample_of(sample)
    except ValueError as error:
        raise ConsoleError(f"--sample is {sample!r}: {error}", exit_code=ExitCode.USAGE) from None
    return [replace(one, sample=records) for one in found]


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) if "*" in pattern or "?" in pattern else pattern in name


def _exit_code(results: Sequence[Result]) -> ExitCode:
    verdicts = {one.verdict for one in results}
    if Verdict.FAILED in verdicts:
        return ExitCode.UNHEALTHY
    return ExitCode.FAILED if Verdict.UNKNOWN in verdicts else ExitCode.OK
