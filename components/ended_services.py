"""Services of the embedded platform that ended by themselves, in words: how often, since when, out of what, and whose job met the limit.

`status`, `doctor` and the errors of `up` say the same. Which job is to blame cannot be known for sure: the thread that met the limit may be
a bystander's, so the job with the most state is named too.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from embedded.service_exits import RecentExits, recent_exits
from embedded.services import services_of
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import JobManagerClient, JobSummary

_MEBIBYTE = 2**20
_NOTABLE_STATE_BYTES = 8 * _MEBIBYTE
"""Less state than this fills no heap."""
_JOBS_LOOKED_AT = 50
_MEMORY_ADVICE = "raise `flink.taskManagerMemory` (now {megabytes}m), or reduce the job's state: shorter windows, fewer keys, bounded texts"
_OTHER_ADVICE = "`python -m console logs {service}` shows what it wrote last"


@dataclass(frozen=True, kw_only=True)
class EndedService:
    """`what` is a line for people, `fix` what to do. `again` tells that the service goes on ending."""

    service: ServiceName
    what: str
    fix: str
    again: bool

    def __str__(self) -> str:
        return f"{self.service} {self.what}; what helps: {self.fix}"


@dataclass(frozen=True, kw_only=True)
class Blame:
    """`met` are the jobs in whose task the limit was met, `largest` the job with the most state and its bytes, where that is notable."""

    met: tuple[str, ...] = ()
    largest: tuple[str, int] | None = None


def ended_services(settings: EmbeddedSettings, jobmanager: JobManagerClient) -> tuple[EndedService, ...]:
    """Return what ended within the last hour. Never raises: what the JobManager does not tell is left out."""
    return tuple(found for service in services_of(settings) if (found := ended_service(service, settings, jobmanager)) is not None)


def ended_service(service: ServiceName, settings: EmbeddedSettings, jobmanager: JobManagerClient) -> EndedService | None:
    """Return how one service ended within the last hour, None when it did not. Never raises."""
    endings = recent_exits(settings.folder, service)
    return None if endings is None else _described(endings, settings, _blame(endings, jobmanager))


def described(endings: RecentExits, blame: Blame) -> str:
    """Say how often a service ended, when and why."""
    times = "once" if endings.count == 1 else f"{endings.count} times since {_moment(endings.first)}, last"
    line = f"ended by itself {times} at {_moment(endings.last)}: {endings.out_of_memory or endings.how}"
    if endings.thread:
        owner = f" of job {' or '.join(blame.met)}" if blame.met else ""
        line += f"; the limit was met in {_short(endings.thread)}{owner}"
    if blame.largest:
        name, size = blame.largest
        line += f"; the most state is that of job {name}: {size / _MEBIBYTE:.0f} MiB"
    return line


def owners(thread: str, tasks: Collection[tuple[str, str]]) -> tuple[str, ...]:
    """Return the jobs that a thread may belong to. `tasks` are pairs of a job and one of its tasks: Flink names threads after tasks."""
    return tuple(sorted({job for job, task in tasks if task and task in thread}))


def _described(endings: RecentExits, settings: EmbeddedSettings, blame: Blame) -> EndedService:
    out_of_heap = endings.service is ServiceName.TASK_MANAGER and endings.out_of_memory
    advice = _MEMORY_ADVICE if out_of_heap else _OTHER_ADVICE
    fix = advice.format(megabytes=settings.flink.task_manager_megabytes, service=endings.service)
    return EndedService(service=endings.service, what=described(endings, blame), fix=fix, again=endings.again)


def _blame(endings: RecentExits, jobmanager: JobManagerClient) -> Blame:
    if endings.service is not ServiceName.TASK_MANAGER or not endings.out_of_memory:
        return Blame()
    with suppress(FlinkSqlError):
        # Ended jobs too: the one that met the limit may be cancelled by now.
        jobs = jobmanager.jobs()[:_JOBS_LOOKED_AT]
        tasks = [(_name(job), vertex.name) for job in jobs for vertex in jobmanager.details(job.job_id).vertices] if endings.thread else []
        sizes = [(_state_bytes(jobmanager, job), _name(job)) for job in jobs if not job.state.terminal]
        size, name = max(sizes, default=(0, ""))
        return Blame(met=owners(endings.thread, tasks), largest=(name, size) if size >= _NOTABLE_STATE_BYTES else None)
    return Blame()


def _state_bytes(jobmanager: JobManagerClient, job: JobSummary) -> int:
    completed = jobmanager.checkpoints(job.job_id).latest.completed
    return completed.state_size if completed else 0


def _name(job: JobSummary) -> str:
    return job.name.rpartition("/")[2]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")


def _short(thread: str, limit: int = 80) -> str:
    return thread if len(thread) <= limit else f"{thread[:limit].rstrip()}..."
