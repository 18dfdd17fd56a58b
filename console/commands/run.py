"""`up` and `preview`: a run of the engine, shown while it goes on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from components.parameters import load_bundle
from components.providers.reporting import AS_LAST_SEEN
from console.checks.changed_jobs import changes_a_job
from console.checks.prerequisites import require_declarable, require_startable
from console.commands.options import Json
from console.driver.run import Outcome
from console.exit_codes import ExitCode
from console.project import Project
from console.session import RunObserver, Session
from console.show.links import pages
from console.show.run_json import JsonObserver, end_events
from console.show.run_result import exit_code, print_ending, print_links, summary
from console.waiting.healthy import WELL_SECONDS, wait_until_jobs_are_seen, wait_until_well
from flinksql.errors import BundleError
from options.model import ModelKind
from platforms.registry import platform_named, platform_of
from settings.errors import SettingsError

if TYPE_CHECKING:
    from console.health.report import Report

_JOBS_AS_LAST_SEEN = f"Jobs are {AS_LAST_SEEN}"


def up(context: typer.Context, *, json: Json = False) -> None:
    """Bring everything to what the settings and the SQL files say. Safe to repeat: what is right is left alone."""
    session: Session = context.obj
    outcome = bring_up(session, json=json)
    raise typer.Exit(exit_code(outcome))


def preview(
    context: typer.Context,
    *,
    json: Json = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show every step that `up` will take with each statement.")] = False,
) -> None:
    """Say what `up` would change. Changes nothing."""
    session: Session = context.obj
    project = session.project()
    require_declarable(project)
    observer = session.observer(json=json, planned=True)
    try:
        outcome = session.driver(project, observer).preview(diff=diff)
    finally:
        observer.close()
    show_end(session, observer, outcome, planned=True)
    for line in forecast_lines(project, outcome):
        if isinstance(observer, JsonObserver):
            observer.emit({"event": "forecast", "text": line})
        else:
            session.screen.out.print(f"forecast: {line}", highlight=False, soft_wrap=True, markup=False)
    raise typer.Exit(exit_code(outcome, planned=True))


def forecast_lines(project: Project, outcome: Outcome) -> list[str]:
    """Say what the change will ask the model. Where it cannot be told, nothing is said: a forecast is no reason to fail."""
    settings = project.settings()
    platform = platform_of(settings)
    ledger = platform.ledger_here()
    if settings.model.kind is ModelKind.OFFLINE or ledger is None:
        return []
    from console.forecast import forecasts  # noqa: PLC0415  # the ledger, for this alone
    from console.health.topics import observe_topics  # noqa: PLC0415  # the Kafka client, for this alone

    where = platform.endpoints()

    def count(topics: tuple[str, ...]) -> int:
        return sum(topic.messages or 0 for topic in observe_topics(where.kafka_from_here, topics))

    try:
        bundle = load_bundle(settings, where, parser=platform.parser)
    except (BundleError, SettingsError):
        return []
    rows = list(outcome.progress.rows.values())
    return [str(one) for one in forecasts(rows, bundle, settings.model, ledger, count)]


def bring_up(session: Session, *, json: bool = False) -> Outcome:
    """Run `up` and show it to its end. A change of a running job that is refused ends it before anything is changed."""
    project = session.project()
    require_startable(project)
    observer = session.observer(json=json, planned=True)
    try:
        judged = _judged(session, project, observer)
    finally:
        observer.close()
    if judged is not None and not judged.succeeded:
        show_end(session, observer, judged, planned=True)
        return judged
    outcome, observer, unfinished = _made(session, project, json=json)
    if unfinished:
        # The statements were assumed unchanged since they were last seen: what became of their jobs can be told, and repaired, only now.
        outcome, observer, _ = _made(session, project, json=json, again=True)
    if exit_code(outcome) is ExitCode.OK:
        _delete_old_savepoints(session, project, observer)
    show_end(session, observer, outcome)
    return outcome


def _delete_old_savepoints(session: Session, project: Project, observer: RunObserver) -> None:
    """Apply the policy of the settings, and say what went. Without a policy nothing is asked."""
    from console.savepoints.retention import apply_retention  # noqa: PLC0415  # loads Flink's client
    from console.show.savepoint_table import deleted_line, deleted_plain  # noqa: PLC0415

    for one in apply_retention(project):
        if isinstance(observer, JsonObserver):
            observer.emit({"event": "savepointDeleted", **deleted_plain(one)})
        else:
            session.screen.out.print(deleted_line(one), highlight=False, soft_wrap=True)


def _made(session: Session, project: Project, *, json: bool, again: bool = False) -> tuple[Outcome, RunObserver, bool]:
    """Run the engine and wait until what it left behind is well.

    True: the JobManager was away while the engine looked at the jobs, and answers by now, so that another run sees them.
    """
    observer = session.observer(json=json)
    try:
        outcome = session.driver(project, observer).up()
        within = WELL_SECONDS
        if not again and _observed_no_jobs(outcome):
            if wait_until_jobs_are_seen(_observe(project, outcome), observer.say):
                observer.say(f"{summary(outcome.progress)}; the JobManager answers: checking the jobs")
                return outcome, observer, True
            within = 0.0
        _wait_until_well(project, outcome, observer, within)
    finally:
        observer.close()
    return outcome, observer, False


def _observed_no_jobs(outcome: Outcome) -> bool:
    progress = outcome.progress
    return outcome.succeeded and _comes_up_later(outcome) and any(one.endswith(_JOBS_AS_LAST_SEEN) for one in progress.unseen)


def _comes_up_later(outcome: Outcome) -> bool:
    return platform_named(outcome.progress.outputs).comes_up_later


def _observe(project: Project, outcome: Outcome) -> "Callable[[], Report]":
    from console.health.collect import collect_running  # noqa: PLC0415  # loads Flink's client

    return lambda: collect_running(project, outcome.progress.outputs)


def _judged(session: Session, project: Project, observer: RunObserver) -> Outcome | None:
    """Judge every change of a running job by a preview; None when no running job changes."""
    driver = session.driver(project, observer)
    return driver.preview() if changes_a_job(project, driver.backend()) else None


def _wait_until_well(project: Project, outcome: Outcome, observer: RunObserver, within: float) -> None:
    """Where the platform comes up later than the run ends, wait for what `status` would call unhealthy, and note what stays so."""
    if not outcome.succeeded or not _comes_up_later(outcome):
        return
    progress = outcome.progress
    progress.unwell = wait_until_well(_observe(project, outcome), observer.say, within=within, mended=bool(progress.changed()))
    if not progress.unwell:
        # A JobManager that was away again when the engine looked has been seen since.
        progress.unseen = [one for one in progress.unseen if not one.endswith(_JOBS_AS_LAST_SEEN)]


def show_end(session: Session, observer: RunObserver, outcome: Outcome, *, planned: bool = False) -> None:
    """Write how a run ended, and where to look when it ended well."""
    if isinstance(observer, JsonObserver):
        for event in end_events(outcome):
            observer.emit(event)
        return
    print_ending(session.screen.out, session.screen.err, outcome, planned=planned)
    if not outcome.succeeded or planned:
        return
    if advice := platform_named(outcome.progress.outputs).page_advice(session.stack):
        session.screen.out.print(f"  {advice}", highlight=False)
    else:
        print_links(session.screen.out, pages(outcome.progress.outputs))
