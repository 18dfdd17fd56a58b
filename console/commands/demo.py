"""`demo`, which `make up` calls: look, start, feed the bundle's samples, wait for what its manifest expects, show it.

On a stack that is up and fed it changes nothing, says so, and feeds nothing again unless it is asked to.
"""

import time
from typing import Annotated

import typer

from console.commands.doctor import print_findings, verdict
from console.commands.feed import left_out, send_shown
from console.commands.run import bring_up
from console.commands.watch import shown, shown_topic, take
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.feeding.records import Batch
from console.feeding.samples import external_samples, sample_batches
from console.health.topics import observe_topics
from console.project import Project
from console.reach import broker
from console.session import Session
from console.show.formatting import count, duration
from console.show.run_result import exit_code
from console.waiting.jobs import JobWatch, jobs_of, lines
from console.watching.expectation import expectation_of
from console.watching.follow import following
from platforms.bundle_view import BundleView, view_bundle


def demo(
    context: typer.Context,
    *,
    feed: Annotated[
        bool | None,
        typer.Option(
            "--feed/--no-feed", help="Feed the samples, or not. Default: where `samples.feed` is true and their topics are empty."
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the results. 0: as long as the bundle's manifest says.")] = 0,
) -> None:
    """Start everything, feed the bundle's samples, wait for their results and show them."""
    session: Session = context.obj
    began = time.monotonic()
    project = session.project()
    _observe(session, project)
    outcome = bring_up(session)
    code = exit_code(outcome)
    if code is not ExitCode.OK:
        raise typer.Exit(code)
    view = view_bundle(project.settings())
    with broker(project, outcome.progress.outputs) as bootstrap:
        reason = _why_nothing_is_fed(project, view, bootstrap, feed=feed)
        if reason:
            session.screen.out.print(reason, highlight=False, soft_wrap=True)
            return
        _feed_and_wait(session, view, bootstrap, timeout, JobWatch(jobs_of(project, outcome.progress.outputs)))
    session.screen.out.print(f"total time: {duration(time.monotonic() - began)}", highlight=False)


def _why_nothing_is_fed(project: Project, view: BundleView, bootstrap: str, *, feed: bool | None) -> str:
    """Return why the demonstration ends when the stack is up, and what to do instead; empty when it goes on."""
    if not view.manifest.samples:
        return (
            f"the stack is up; bundle {view.name} has no samples (`samples` in bundle.yaml), so nothing is fed: "
            "`python -m console feed TABLE FILE` sends rows, `tail TABLE` and `watch` show what comes out"
        )
    if feed is None and not project.settings().feeds_samples:
        return "the stack is up; no samples are fed here (samples.feed is false): `python -m console feed` sends them"
    if feed is False or (feed is None and _is_fed(bootstrap, sample_batches(view))):
        return "records are there already; `python -m console feed` sends more, `watch` shows the results"
    return ""


def _observe(session: Session, project: Project) -> None:
    from console.checks.all import examine  # noqa: PLC0415  # every command starts sooner without what only the checks need

    findings = examine(project)
    print_findings(session.screen, [finding for finding in findings if not finding.ok])
    if any(finding.stops_up for finding in findings):
        raise ConsoleError(
            verdict(findings),
            advice="fix it and run the same command again; `python -m console doctor` looks again",
            exit_code=ExitCode.UNHEALTHY,
        )


def _is_fed(bootstrap: str, batches: list[Batch]) -> bool:
    return any(topic.messages for topic in observe_topics(bootstrap, sorted({batch.topic for batch in batches})))


def _feed_and_wait(session: Session, view: BundleView, bootstrap: str, timeout: float, jobs: JobWatch) -> None:
    batches = sample_batches(view)
    others = external_samples(view)
    if others or view.manifest.show is None:
        _send(session, bootstrap, batches)
        if others:
            session.screen.out.print(left_out(others), highlight=False, soft_wrap=True)
        reason = "results need them" if others else "bundle.yaml has no `show`"
        said = f"nothing is waited for, because {reason}"
        session.screen.out.print(
            f"{said}: `python -m console watch` shows results, `tail TABLE` the records of a table", highlight=False, soft_wrap=True
        )
        return
    topic, display = shown_topic(view)
    expected = expectation_of(view, batches)
    limit = timeout or view.seconds()
    with following(bootstrap, topic) as reader:
        reader.start(reader.end())
        _send(session, bootstrap, batches)
        fed = count(expected.records, "sample record")
        session.screen.out.print(f"waiting for the {display.many} of {fed} (at most {duration(limit)})", highlight=False)
        with shown(session.screen, display, json=False) as show:
            seen = take(reader, display, show, enough=lambda results: expected.is_met(results) or bool(jobs.stuck()), timeout=limit)
    if not expected.is_met(seen):
        raise _missing(f"{display.many}: {expected.progress(seen)}", limit, jobs)


def _send(session: Session, bootstrap: str, batches: list[Batch]) -> None:
    largest = session.project().settings().kafka.max_record_bytes
    for topic in dict.fromkeys(batch.topic for batch in batches):
        records = [record for batch in batches if batch.topic == topic for record in batch.records]
        send_shown(session.screen, topic, bootstrap, records, largest=largest)


def _missing(told: str, limit: float, jobs: JobWatch) -> ConsoleError:
    if stuck := jobs.stuck():
        return ConsoleError(
            f"{told} came before a job failed for good:\n{lines(stuck)}",
            advice="fix the cause named above, then run the same command again",
            exit_code=ExitCode.UNHEALTHY,
        )
    unwell = lines(jobs.unwell())
    return ConsoleError(
        f"{told} came in {duration(limit)}" + (f"\n{unwell}" if unwell else ""),
        advice="look at `python -m console status`, and at `python -m console logs model-gateway`",
        exit_code=ExitCode.TIMED_OUT,
    )
