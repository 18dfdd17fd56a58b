"""The jobs of a stack's statements, as the JobManager tells."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from console.health.no_output import Definitions, no_definitions, no_output
from console.health.records import freshen_counts, record_counts
from console.health.report import UNKNOWN, JobHealth
from flinksql.diagnostics.repeated_failures import describe, repetition
from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import ExceptionEntry, JobManagerClient, JobState, JobSummary
from flinksql.statements import was_submitted_here
from flinksql.statements.checkpointing import checkpoint_trouble
from flinksql.statements.health import cause_of

_CATALOG_OBJECT = "catalog object"
_BOUNDED_JOB = "bounded job"
_FAILURES_LOOKED_AT = 20


def observe_jobs(
    client: JobManagerClient,
    statements: Mapping[str, Mapping[str, Any]],
    salt: str = "",
    definitions: Definitions = no_definitions,
) -> tuple[JobHealth, ...]:
    """Look for the newest job of each statement that is no catalog object. Never raises: what cannot be learnt is in the rows.

    By the installation's `salt` a job that no statement has is known as the stack's own. By their `definitions` it is said of statements
    whose jobs write nothing why that is so.
    """
    wanted = {name: about for name, about in sorted(statements.items()) if about.get("kind") != _CATALOG_OBJECT}
    if not wanted:
        return ()
    try:
        jobs = client.jobs()
    except FlinkSqlError as error:
        return tuple(JobHealth(statement=name, state=UNKNOWN, healthy=False, last_error=str(error)) for name in wanted)
    newest = {name: newest_job(jobs, about) for name, about in wanted.items()}
    freshen_counts(client, [job.job_id for job in newest.values() if job is not None and not job.state.terminal])
    observed = (
        _observe_paused(name, job) if wanted[name].get("running") is False else _observe(client, name, job, wanted[name], definitions)
        for name, job in newest.items()
    )
    unclaimed = _unclaimed(jobs, wanted, {job.job_id for job in newest.values() if job is not None})
    names = {str(one.get("jobName")) for one in wanted.values()}
    return (*observed, *(_observe_unclaimed(client, job, names, salt) for job in unclaimed))


def _unclaimed(jobs: Sequence[JobSummary], wanted: Mapping[str, Mapping[str, Any]], claimed: set[str]) -> list[JobSummary]:
    """Return what runs under the stack's names and belongs to no statement, as a killed creation does whose file was removed since."""
    stacks = {str(about.get("jobName", "")).rpartition("/")[0] for about in wanted.values()} - {""}
    return [job for job in jobs if not job.state.terminal and job.job_id not in claimed and job.name.rpartition("/")[0] in stacks]


def _observe_unclaimed(client: JobManagerClient, job: JobSummary, names: Collection[str], salt: str) -> JobHealth:
    return JobHealth(
        statement=job.name.rpartition("/")[2],
        state=job.state,
        healthy=False,
        job_id=job.job_id,
        last_error=f"no statement of the stack has this job: {_way_out(client, job, names, salt)}",
    )


def _way_out(client: JobManagerClient, job: JobSummary, names: Collection[str], salt: str) -> str:
    try:
        # A second job of a statement is not touched by `up`: which of the two is wanted is not known.
        ends = job.name not in names and was_submitted_here(job, client, salt)
    except FlinkSqlError:
        ends = False
    if ends:
        return "the run that submitted it was killed. Run `up` to cancel it, or restore its file first to keep it"
    return "cancel it in Flink's UI"


def newest_job(jobs: Sequence[JobSummary], about: Mapping[str, Any]) -> JobSummary | None:
    """Return the newest job of the statement's name, or the one that it adopted, which has a name of its own."""
    named = [job for job in jobs if job.name == about.get("jobName") or job.job_id == about.get("jobId")]
    return next((job for job in named if not job.state.terminal), named[0] if named else None)


def _observe_paused(statement: str, job: JobSummary | None) -> JobHealth:
    if job is None or job.state.terminal:
        return JobHealth(statement=statement, state="paused", healthy=True)
    return JobHealth(
        statement=statement,
        state=job.state,
        healthy=False,
        job_id=job.job_id,
        last_error="it runs although its header says `running: false`: run `up`",
    )


def _observe(
    client: JobManagerClient, statement: str, job: JobSummary | None, about: Mapping[str, Any], definitions: Definitions = no_definitions
) -> JobHealth:
    if job is None and about.get("kind") == _BOUNDED_JOB and about.get("jobId"):
        # It must have reached FINISHED to be in the state; a JobManager forgets such jobs, at the latest when it restarts.
        return JobHealth(statement=statement, state="finished", healthy=True)
    if job is None:
        return JobHealth(
            statement=statement, state="gone", healthy=False, last_error="the JobManager knows no job of this statement: run `up`"
        )
    try:
        details = client.details(job.job_id)
        checkpoints = client.checkpoints(job.job_id)
        interval = client.checkpoint_interval(job.job_id)
        trouble = checkpoint_trouble(details, checkpoints, interval)
        failures = client.failures(job.job_id, at_most=_FAILURES_LOOKED_AT)
        restarts = max(client.restarts(job.job_id), len(failures))
    except FlinkSqlError as error:
        return JobHealth(statement=statement, state=job.state, healthy=False, job_id=job.job_id, last_error=str(error))
    counts = record_counts(client, details)
    # Nothing more is asked of a job whose rows flow.
    silent = counts.written == 0 and job.all_tasks_running and not counts.dropped_late
    observed = {"checkpoints": checkpoints, "interval": interval, "failures": failures}
    quiet = no_output(client, definitions(statement), details, observed) if silent else ""
    completed = checkpoints.latest.completed
    again = None if job.state.terminal else repetition(failures, checkpoints, now=details.now)
    well = job.all_tasks_running or job.state is JobState.FINISHED
    present = describe(again) if again else trouble or ("" if well else _last_failure(failures)) or _unstarted(job)
    last_error = present or _too_late(counts.dropped_late)
    past = failures[0] if failures and well and not last_error else None
    return JobHealth(
        statement=statement,
        state=job.state,
        healthy=well and not trouble and not again,
        job_id=job.job_id,
        uptime_seconds=None if job.state.terminal else max(time.time() - job.start_time / 1000, 0.0),
        records_in=counts.read,
        records_out=counts.written,
        records_in_per_second=counts.read_per_second,
        records_out_per_second=counts.written_per_second,
        restarts=restarts,
        checkpoint_age_seconds=max(time.time() - completed.trigger_timestamp / 1000, 0.0) if completed else None,
        fails_again=again is not None,
        no_output=quiet,
        last_error=last_error or (cause_of(past) if past else ""),
        recovered_seconds=max((details.now - past.timestamp) / 1000, 0.0) if past else None,
    )


def _last_failure(failures: Sequence[ExceptionEntry]) -> str:
    return cause_of(failures[0]) if failures else ""


def _unstarted(job: JobSummary) -> str:
    """Say what is missing where Flink says RUNNING: it says so of a job that has no TaskManager yet."""
    if job.state is not JobState.RUNNING or job.all_tasks_running:
        return ""
    return f"{job.tasks.running + job.tasks.finished} of its {job.tasks.total} tasks run yet"


def _too_late(count: int) -> str:
    """Say what Flink keeps to itself: records that came after their window was closed are gone."""
    if not count:
        return ""
    # Rows that were aggregated before the window count once.
    records = "1 record" if count == 1 else f"{count:,} records"
    return (
        f"at least {records} came after the window had closed and Flink dropped them: allow for more disorder in the table's WATERMARK, "
        f"or let the topic stamp records on arrival (message.timestamp.type=LogAppendTime)"
    )
