"""Taking savepoints of running jobs, and deleting savepoints, each written down in this machine's journal."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

from components.access import Access
from components.names import stack_mark
from components.statement_history import Action, Entry, Outcome, begun, cut
from components.statement_journal import journal_of
from console.project import Project
from console.savepoints.facts import Facts, JobFacts, Savepoint
from embedded.errors import EmbeddedError
from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.savepoints import SavepointRequests

Hide = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of a request of one statement. `error` says why it failed, empty for one that did not."""

    statement: str
    path: str = ""
    bytes: int | None = None
    seconds: float = 0.0
    error: str = ""
    was_there: bool = True


def requests_to(way: Access) -> SavepointRequests:
    """Return who asks Flink, with the waits of an update: a savepoint may take long."""
    return SavepointRequests(jobmanager=JobManagerClient(way.jobmanager, view=way.jobs_view()))


def running_jobs(facts: Facts, statements: Iterable[str]) -> dict[str, JobFacts | None]:
    """Return the newest job of the stack's that has not ended for each statement, None for one without."""
    alive = [job for job in facts.jobs or () if job.is_alive and job.is_own]
    return {name: next((job for job in alive if job.statement == name), None) for name in statements}


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """A savepoint that Flink was asked for: its request, or why it was refused."""

    entry: Entry
    at: float
    request: str = ""
    error: str = ""


def take(project: Project, requests: SavepointRequests, jobs: Sequence[JobFacts], *, reason: str, hide: Hide) -> Iterator[Done]:
    """Take a savepoint of each job, at the same time; yield each end in the order of the jobs. The jobs go on running."""
    for one in [_begun(project, requests, job, reason=reason, hide=hide) for job in jobs]:
        yield _ended(project, requests, one, hide=hide)


def _begun(project: Project, requests: SavepointRequests, job: JobFacts, *, reason: str, hide: Hide) -> _Begun:
    at = monotonic()
    entry = begun(job.statement, Action.SAVEPOINT_TAKEN, before=job.definition, after=job.definition)
    entry = replace(entry, job_id=job.job_id, reason=cut(reason))
    _write(project, entry)
    try:
        return _Begun(entry=entry, at=at, request=requests.begin(job.job_id))
    except FlinkSqlError as error:
        return _Begun(entry=entry, at=at, error=hide(str(error)))


def _ended(project: Project, requests: SavepointRequests, one: _Begun, *, hide: Hide) -> Done:
    problem, found = one.error, None
    if not problem:
        try:
            found = requests.finish(one.entry.job_id, one.request)
        except FlinkSqlError as error:
            problem = hide(str(error))
    seconds = _since(one.at)
    if found is None:
        _write(project, replace(one.entry, outcome=Outcome.FAILED, seconds=seconds, error=cut(problem)))
        return Done(statement=one.entry.statement, seconds=seconds, error=problem)
    _write(project, replace(one.entry, outcome=Outcome.DONE, seconds=seconds, left_at=found.path))
    return Done(statement=one.entry.statement, path=found.path, bytes=found.bytes, seconds=seconds)


def delete(project: Project, requests: SavepointRequests, savepoints: Sequence[Savepoint], *, reason: str, hide: Hide) -> Iterator[Done]:
    """Have Flink delete savepoints, one after the other; yield each end. Whether they may go was asked before."""
    for one in savepoints:
        began = monotonic()
        entry = begun(one.statement, Action.SAVEPOINT_DELETED, before=one.definition, after=one.definition)
        entry = replace(entry, left_at=one.path, reason=cut(reason))
        try:
            was_there = requests.dispose(one.path)
        except FlinkSqlError as error:
            problem = hide(str(error))
            _write(project, replace(entry, outcome=Outcome.FAILED, seconds=_since(began), error=cut(problem)))
            yield Done(statement=one.statement, path=one.path, seconds=_since(began), error=problem)
            continue
        _write(project, replace(entry, outcome=Outcome.DONE, seconds=_since(began)))
        yield Done(statement=one.statement, path=one.path, bytes=one.bytes, seconds=_since(began), was_there=was_there)


def _write(project: Project, entry: Entry) -> None:
    """Write an entry down. What cannot be written never fails what was done."""
    with suppress(EmbeddedError, OSError):
        journal_of(project.data_folder, stack_mark(project.stack)).write(entry)


def _since(began: float) -> float:
    return round(monotonic() - began, 2)
