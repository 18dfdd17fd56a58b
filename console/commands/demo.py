"""`demo`, which `make up` calls: look, start, feed the samples, wait for their summaries, show them.

On a stack that is up and fed it changes nothing, says so, and feeds nothing again unless it is asked to.
"""

import time
from typing import Annotated

import typer

from console.commands.doctor import print_findings, verdict
from console.commands.feed import malformed_samples, read_file, review_topic, send_shown
from console.commands.run import bring_up
from console.commands.watch import shown, summary_topic, take
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.feeding.records import Record
from console.health.topics import observe_topics
from console.project import Project
from console.reach import broker
from console.session import Session
from console.show.formatting import count, duration
from console.show.run_result import exit_code
from console.waiting.jobs import JobWatch, jobs_of, lines
from console.watching.follow import Following, following
from console.watching.summary import Summary

_WAIT_BEYOND_THE_WINDOW_SECONDS = 120.0
"""The first window closes after its length; then come the model, and a machine that is busy with having started everything."""


def demo(
    context: typer.Context,
    *,
    feed: Annotated[
        bool | None,
        typer.Option(
            "--feed/--no-feed", help="Feed the samples, or not. Default: where `samples.feed` is true and no review is there yet."
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the summaries. 0: the window's length and two minutes.")] = 0,
) -> None:
    """Start everything, feed the sample reviews, wait for their summaries and show them."""
    session: Session = context.obj
    began = time.monotonic()
    project = session.project()
    _look(session, project)
    outcome = bring_up(session)
    code = exit_code(outcome)
    if code is not ExitCode.OK:
        raise typer.Exit(code)
    with broker(project, outcome.progress.outputs) as bootstrap:
        if feed is None and not project.settings().feeds_samples:
            session.screen.out.print(
                "the stack is up; no samples are fed here (samples.feed is false): `python -m console feed` sends reviews", highlight=False
            )
            return
        if feed is False or (feed is None and _is_fed(bootstrap, review_topic(project))):
            session.screen.out.print(
                "reviews are there already; `python -m console feed` sends more, `watch` shows the summaries", highlight=False
            )
            return
        limit = timeout or project.settings().bundle.window_seconds + _WAIT_BEYOND_THE_WINDOW_SECONDS
        _feed_and_wait(session, project, bootstrap, limit, JobWatch(jobs_of(project, outcome.progress.outputs)))
    session.screen.out.print(f"all of it took {duration(time.monotonic() - began)}", highlight=False)


def _look(session: Session, project: Project) -> None:
    from console.checks.all import examine  # noqa: PLC0415  # every command starts sooner without what only the checks need

    findings = examine(project)
    print_findings(session.screen, [finding for finding in findings if not finding.ok])
    if any(finding.stops_up for finding in findings):
        raise ConsoleError(
            verdict(findings),
            advice="fix it and run the same command again; `python -m console doctor` looks again",
            exit_code=ExitCode.UNHEALTHY,
        )


def _is_fed(bootstrap: str, reviews: str) -> bool:
    [topic] = observe_topics(bootstrap, [reviews])
    return bool(topic.messages)


def _feed_and_wait(session: Session, project: Project, bootstrap: str, limit: float, jobs: JobWatch) -> None:
    good = read_file(project, "")
    with following(bootstrap, summary_topic(project)) as reader:
        reader.start(reader.end())
        largest = project.settings().kafka.max_record_bytes
        send_shown(session.screen, review_topic(project), bootstrap, [*good, *_spoilt(project)], largest=largest)
        session.screen.out.print(f"waiting for the summaries of {count(len(good), 'review')} (at most {duration(limit)})", highlight=False)
        seen = _wait(session, reader, good, limit, jobs)
    if _cover(seen, good):
        return
    covered = sum(summary.review_count for summary in seen)
    if stuck := jobs.stuck():
        raise ConsoleError(
            f"summaries of {covered} of {len(good)} reviews came before a job failed for good:\n{lines(stuck)}",
            advice="do what helps and run the same command again",
            exit_code=ExitCode.UNHEALTHY,
        )
    unwell = lines(jobs.unwell())
    raise ConsoleError(
        f"summaries of {covered} of {len(good)} reviews came in {duration(limit)}" + (f"\n{unwell}" if unwell else ""),
        advice="look at `python -m console status`, and at `python -m console logs model-gateway`",
        exit_code=ExitCode.TIMED_OUT,
    )


def _wait(session: Session, reader: Following, good: list[Record], limit: float, jobs: JobWatch) -> list[Summary]:
    with shown(session.screen, json=False) as show:
        return take(reader, show, enough=lambda seen: _cover(seen, good) or bool(jobs.stuck()), timeout=limit)


def _cover(seen: list[Summary], good: list[Record]) -> bool:
    """Tell whether the summaries count as many reviews as were fed, and every product is among them."""
    products = {summary.product_id.encode() for summary in seen}
    return sum(summary.review_count for summary in seen) >= len(good) and {record.key for record in good} <= products


def _spoilt(project: Project) -> list[Record]:
    """Give the malformed samples for the pipeline that sets them aside; the article's own would stop at the first one."""
    return malformed_samples(project) if project.settings().bundle.name == "reviews" else []
