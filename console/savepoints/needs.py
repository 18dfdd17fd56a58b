"""What refers to a savepoint: jobs that were restored from it, statements that start from it, and `undo`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from components.statement_history import Entry, Outcome
from console.savepoints.facts import Facts, JobFacts, Need, NeedKind, StatementFacts
from flinksql.savepoints import canonical, folder_name


def needs_of(facts: Facts) -> Mapping[str, tuple[Need, ...]]:
    """Return what needs each path, by its canonical spelling."""
    found: dict[str, dict[Need, None]] = defaultdict(dict)
    for path, need in (*_starts(facts), *_undos(facts)):
        if path:
            found[canonical(path)][need] = None
    return {path: tuple(needs) for path, needs in found.items()}


def named_in(path: str, facts: Facts) -> tuple[Need, ...]:
    """Return the file of the bundle that names a savepoint, whatever root it writes before the folder."""
    file = (facts.named or {}).get(folder_name(path))
    return (_start(f"named in {file}"),) if file else ()


def _start(what: str) -> Need:
    return Need(kind=NeedKind.START, what=what)


def _starts(facts: Facts) -> Iterator[tuple[str, Need]]:
    for name, path in facts.pending.items():
        yield path, _start(f"an undo of {name} that waits for `up`")
    for one in facts.statements.values():
        yield from _of_statement(one)
    for job in facts.jobs or ():
        if job.is_alive:
            # Without a claim Flink reads it until the job has a checkpoint of its own; what it says then is its newest start.
            yield job.restored, _start(f"job {job.job_id} was restored from it")
    for name in facts.statements:
        jobs = [job for job in facts.jobs or () if job.statement == name]
        for job in _not_replaced(jobs):
            yield job.newest, _start(f"the newest state of job {job.job_id}")


def _of_statement(one: StatementFacts) -> Iterator[tuple[str, Need]]:
    yield one.deployed.savepoint, _start(f"{one.name} is paused and starts from it")
    yield one.restore_from, _start(f"{one.name} starts from it")
    yield one.deployed.restored_from, _start(f"the job of {one.name} was restored from it")


def _not_replaced(jobs: Sequence[JobFacts]) -> list[JobFacts]:
    """Return the jobs, newest first, down to the first one that is well: what is older is not gone back to unasked."""
    found: list[JobFacts] = []
    for job in jobs:
        found.append(job)
        if job.is_alive and job.is_well:
            break
    return found


def _undos(facts: Facts) -> Iterator[tuple[str, Need]]:
    by_statement: dict[str, list[Entry]] = defaultdict(list)
    for entry in facts.recorded:
        by_statement[entry.statement].append(entry)
    changed = {name for name, entries in by_statement.items() if any(map(_is_change, entries))}
    for name, statement in facts.statements.items():
        entries = by_statement[name]
        # Undoing a table takes the jobs above it along, to whatever they ran with the table of then: any of their versions.
        any_version = bool(changed & set(statement.below)) or _is_younger(statement, entries, by_statement)
        for entry in entries:
            if _is_change(entry) and (entry.version or any_version):
                yield entry.left_at, Need(kind=NeedKind.UNDO, what=f"undo of {name} to {entry.before[:12]}")


def _is_change(entry: Entry) -> bool:
    return entry.outcome == Outcome.DONE and bool(entry.before) and entry.before != entry.after


def _is_younger(statement: StatementFacts, entries: Sequence[Entry], by_statement: Mapping[str, list[Entry]]) -> bool:
    """Tell whether something below the job may have been removed and made anew since: its changes before that are not remembered."""
    began = _began(entries)
    return any(began < _began(by_statement[name]) for name in statement.below if by_statement[name])


def _began(entries: Iterable[Entry]) -> str:
    return min((entry.at for entry in entries), default="")
