"""Whether there is a job that could write at all: it runs, with all tasks, and does not fail."""

from collections.abc import Mapping

from flinksql.diagnosis.finding import Finding, Kind, Verdict
from flinksql.diagnosis.formatting import count, moment, span
from flinksql.diagnosis.snapshot import Snapshot
from flinksql.diagnostics.repeated_failures import repetition
from flinksql.diagnostics.symptoms import symptom_of
from flinksql.flink.jobmanager.wire import ExceptionEntry, JobState
from flinksql.statement import Definition
from flinksql.statement import Kind as StatementKind

_NO_RESOURCE = "NoResourceAvailableException"
_RECENT_SECONDS = 120.0
"""Flink's longest pause between two starts: a failure that is no older may be the reason why a job does not run."""
_DEPLOYING_SECONDS = 30.0


def job_findings(definition: Definition, snapshot: Snapshot) -> list[Finding]:
    """Return what is to be said of a job that does not run; nothing of one that does."""
    job, file = snapshot.job, definition.statement.file
    if not definition.policy.running and (job is None or job.state.terminal):
        what = "The statement is paused: its header says `running: false`."
        return [Finding(kind=Kind.PAUSED, verdict=Verdict.WAIT, what=what, place=file)]
    if job is None:
        what = "The JobManager knows no job of this statement."
        return [Finding(kind=Kind.NO_JOB, verdict=Verdict.PROBLEM, what=what, place=file, advice="run `up`")]
    if job.state.terminal:
        return [_ended(definition, snapshot, job.state)]
    failure = snapshot.failures[0] if snapshot.failures else None
    total, running = _tasks(snapshot)
    runs = job.state is JobState.RUNNING and running >= total
    if failure and _is_failing(snapshot, failure, runs=runs):
        return [_failing(definition, snapshot, failure)]
    return [] if runs else [_not_started(definition, snapshot, running, total)]


def _ended(definition: Definition, snapshot: Snapshot, state: JobState) -> Finding:
    file = definition.statement.file
    if state is JobState.FINISHED:
        bounded = definition.statement.kind is StatementKind.BOUNDED_JOB
        return Finding(
            kind=Kind.ENDED,
            verdict=Verdict.WAIT if bounded else Verdict.PROBLEM,
            what="The job has finished: it read its sources to their ends." if bounded else "The job came to an end by itself.",
            place=file,
            advice="" if bounded else "run `up`; if it is meant to end, write `-- kind: bounded` at the top of its file",
        )
    if state is JobState.CANCELED:
        return Finding(kind=Kind.ENDED, verdict=Verdict.PROBLEM, what="The job was cancelled from outside.", place=file, advice="run `up`")
    cause = _cause(snapshot.failures[0]) if snapshot.failures else ("Flink gives no cause", "")
    return Finding(kind=Kind.JOB_FAILS, verdict=Verdict.PROBLEM, what=f"The job has failed: {cause[0]}.", place=file, advice=cause[1])


def _is_failing(snapshot: Snapshot, failure: ExceptionEntry, *, runs: bool) -> bool:
    """Tell whether a job is between two failures. One that runs for a moment between them is, too."""
    if snapshot.job and snapshot.job.state is not JobState.RUNNING:
        return True
    if not runs:
        return (snapshot.now - failure.timestamp) / 1000 < _RECENT_SECONDS
    again = repetition(snapshot.failures, snapshot.checkpoints, now=snapshot.now) is not None
    return again and snapshot.uptime_seconds < _RECENT_SECONDS


def _failing(definition: Definition, snapshot: Snapshot, failure: ExceptionEntry) -> Finding:
    if _NO_RESOURCE in failure.stacktrace:
        if not _has_free_slots(snapshot):
            return _no_slot(definition, snapshot)
        # Slots are free again: what ended the job before that is the reason.
        failure = next((one for one in snapshot.failures if _NO_RESOURCE not in one.stacktrace), failure)
    cause, advice = _cause(failure)
    times = max(len(snapshot.failures), snapshot.restarts)
    first = min(one.timestamp for one in snapshot.failures)
    return Finding(
        kind=Kind.JOB_FAILS,
        verdict=Verdict.PROBLEM,
        what=f"The job fails and Flink restarts it: {cause.rstrip('.')}.",
        place=definition.statement.file,
        figures=(f"{count(times, 'failure')} since {moment(first, snapshot.now)}, the last at {moment(failure.timestamp, snapshot.now)}",),
        advice=advice,
    )


def _cause(failure: ExceptionEntry) -> tuple[str, str]:
    found = symptom_of(failure.stacktrace or failure.exception_name, failure.task_name or "")
    return found.cause.rstrip("."), found.advice


def _tasks(snapshot: Snapshot) -> tuple[int, int]:
    counts: Mapping[str, int] = snapshot.job.status_counts if snapshot.job else {}
    return sum(counts.values()), counts.get("RUNNING", 0) + counts.get("FINISHED", 0)


def _has_free_slots(snapshot: Snapshot) -> bool:
    return snapshot.cluster is not None and snapshot.cluster.slots_available >= _slots_wanted(snapshot)


def _slots_wanted(snapshot: Snapshot) -> int:
    return max((vertex.parallelism for vertex in snapshot.job.vertices), default=1) if snapshot.job else 1


def _no_slot(definition: Definition, snapshot: Snapshot) -> Finding:
    cluster = snapshot.cluster
    free = (f"the cluster has {cluster.slots_total}, of which {cluster.slots_available} are free",) if cluster else ()
    figures = (f"it needs {count(_slots_wanted(snapshot), 'task slot')}", *free)
    if cluster and cluster.taskmanagers == 0:
        what, advice = "The job waits for a TaskManager: the cluster has none.", "start one, or see in its log why it ended"
    else:
        what, advice = "The job waits for task slots.", "a smaller `-- parallelism`, or more slots (`flink.taskSlots`)"
    place = definition.statement.file
    return Finding(kind=Kind.NO_SLOT, verdict=Verdict.PROBLEM, what=what, place=place, figures=figures, advice=advice)


def _not_started(definition: Definition, snapshot: Snapshot, running: int, total: int) -> Finding:
    cluster = snapshot.cluster
    waited = (snapshot.now - snapshot.job.start_time) / 1000 if snapshot.job else 0.0
    if cluster and (cluster.taskmanagers == 0 or (cluster.slots_available == 0 and waited > _DEPLOYING_SECONDS)):
        return _no_slot(definition, snapshot)
    return Finding(
        kind=Kind.STARTING,
        verdict=Verdict.WAIT if waited < _DEPLOYING_SECONDS else Verdict.UNKNOWN,
        what=f"The job is starting: {running} of its {total} vertices run.",
        place=definition.statement.file,
        figures=(f"it was submitted {span(waited)} ago",),
    )
