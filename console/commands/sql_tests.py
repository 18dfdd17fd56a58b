"""`test`: unit tests of a bundle's SQL on a Flink of its own, without Kafka and without a model."""

import json as json_library
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from components.bundle_folder import bundle_folder, bundles
from components.names import PROJECT_FOLDER
from components.sql_tests.flink import flink_for_tests
from components.sql_tests.flink import stop as stop_flink
from components.sql_tests.results import PassedTests, note_all
from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.screen import Screen, write_line
from console.session import Session
from console.testing.coverage import show_coverage
from console.testing.show import show_outcome
from console.testing.update import update_expectations
from console.testing.watch import watch_tests
from embedded.data_folder import write_atomically
from flinksql.sql import shown_path
from flinksql.testing import Laboratory, Outcome, Test, chosen, laboratory, read_tests, run_tests
from flinksql.testing.cases import FOLDER
from flinksql.testing.junit import junit_xml
from flinksql.testing.report import as_json, summary
from flinksql.testing.suite import AT_ONCE


def test(
    context: typer.Context,
    pattern: Annotated[str, typer.Argument(help="A part of a test's name, its file or a statement's name; `*` stands for anything.")] = "",
    *,
    expression: Annotated[str, typer.Option("-k", help="Words with `and`, `or`, `not`, as pytest's.")] = "",
    bundle: Annotated[str, typer.Option(help="Another bundle than the stack's, by its name or folder.")] = "",
    every_bundle: Annotated[bool, typer.Option("--all", help="The tests of every bundle below sql/.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave Flink running: the next tests begin at once.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the Flink that --keep left running, and do nothing else.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Run again what a saved file touches, until Ctrl-C.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what is sent to Flink, with what stands in for tables and models.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Write the rows that came into the expectations, after showing the difference.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --update: do not ask.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit-xml", metavar="FILE", help="Write a JUnit file.")] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Tell which statements have no test, and which branches of their SQL had no row.")
    ] = False,
    coverage_html: Annotated[
        Path | None, typer.Option("--coverage-html", metavar="FILE", help="Write the SQL with the rows of each branch as a page.")
    ] = None,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=64, help="Tests that run at one time.")] = AT_ONCE,
    json: Json = False,
) -> None:
    """Run the tests of the SQL: rows in, rows out, by Flink's own planner and runtime. Needs no Kafka, no model and no stack."""
    session: Session = context.obj
    project = session.project()
    settings = project.settings()
    if stop:
        stopped = stop_flink(project.data_folder, settings.flink.line)
        session.screen.out.print("stopped" if stopped else "no Flink for tests runs")
        return
    tests = _tests(project, bundle, pattern, expression, every_bundle=every_bundle)
    say = _sayer(session.screen, json=json)
    with (
        flink_for_tests(project.data_folder, settings.flink.line, keep=keep, say=say, class_archives=settings.data.class_archives) as flink,
        laboratory(flink, PROJECT_FOLDER, coverage=coverage or coverage_html is not None) as lab,
    ):
        if explain:
            for one in tests:
                session.screen.out.print(f"-- {one.id}\n{lab.explained(one)}\n", highlight=False, soft_wrap=True, markup=False)
            return
        passed = PassedTests(data_folder=project.data_folder, line=settings.flink.line, bundles=lab.bundles)
        began_as = [(one, passed.fingerprint(one)) for one in tests]
        outcomes = _run(session.screen, lab, tests, at_once=at_once, json=json, junit=junit)
        note_all(passed, began_as, outcomes)
        if lab.probing:
            show_coverage(session.screen, lab.bundles, outcomes, json=json, html=coverage_html)
        if update:
            update_expectations(session.screen, outcomes, ask=not yes)
            return
        if watch:
            watch_tests(session.screen, lab, lambda: _tests(project, bundle, pattern, expression, every_bundle=every_bundle), at_once)
            return
    if not all(one.passed for one in outcomes):
        raise ConsoleError("", exit_code=ExitCode.FAILED)


def _tests(project: Project, bundle: str, pattern: str, expression: str, *, every_bundle: bool) -> list[Test]:
    folders = bundles(PROJECT_FOLDER) if every_bundle else [bundle_folder(bundle or project.settings().bundle.name, PROJECT_FOLDER)]
    tests = [one for folder in folders for one in read_tests(folder, PROJECT_FOLDER)]
    try:
        found = chosen(tests, pattern, expression)
    except ValueError as error:
        raise ConsoleError(
            f"-k cannot be read: {error}", advice="write for example -k 'window and not late'", exit_code=ExitCode.USAGE
        ) from None
    if found:
        return found
    where = ", ".join(f"{shown_path(folder, PROJECT_FOLDER)}/{FOLDER}" for folder in folders)
    message = f"no test of {len(tests)} is chosen" if tests else f"there are no tests in {where}"
    advice = "" if tests else "docs/testing-your-sql.md says how to write one"
    raise ConsoleError(message, advice=advice, exit_code=ExitCode.USAGE)


def _run(screen: Screen, lab: Laboratory, tests: Sequence[Test], *, at_once: int, json: bool, junit: Path | None) -> list[Outcome]:
    began, clock = datetime.now(tz=UTC), time.monotonic()

    def done(outcome: Outcome) -> None:
        if json:
            write_line(json_library.dumps(as_json(outcome), ensure_ascii=False, default=str))
        else:
            show_outcome(screen, outcome)

    outcomes = run_tests(lab, tests, at_once=at_once, done=done)
    if not json:
        screen.out.print(summary(outcomes, time.monotonic() - clock), highlight=False)
    if junit:
        write_atomically(junit.expanduser().resolve(), junit_xml(outcomes, began))
    return outcomes


def _sayer(screen: Screen, *, json: bool) -> Callable[[str], None]:
    return (lambda _: None) if json else (lambda text: screen.err.print(text, highlight=False))
