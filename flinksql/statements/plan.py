"""The life of a statement as one picture: which steps lead from what is recorded and seen to what is wanted.

Pure and total: no call, no clock, an answer for every situation. A run that was killed leaves a situation like any other, so there is
no plan for repairs after it. `docs/statement-plan.md` shows the whole table.
"""

from dataclasses import replace

from flinksql.flink.release_lines import is_older_line
from flinksql.policy import DeleteMode
from flinksql.statement import Definition, Kind
from flinksql.statements.compatibility import Restore
from flinksql.statements.situation import Life, Recorded, Saved, SavedState, Seen, SeenJob, Wanted
from flinksql.statements.steps import (
    Adopt,
    Cancel,
    Discard,
    FindState,
    Forget,
    Keep,
    Pause,
    Prepare,
    Prove,
    Refusal,
    Refuse,
    RollBack,
    Start,
    Step,
    Stop,
    Submit,
    Watch,
    WatchOld,
)

DELETED = "deleted"
"""Stands for the next definition in the trigger id of a job's last savepoint."""


def plan(recorded: Recorded, wanted: Wanted, seen: Seen) -> tuple[Step, ...]:
    """Return the steps that make the wanted definition true, in the order in which they are taken."""
    if wanted.deleted:
        keeping = wanted.definition.policy.delete_mode is DeleteMode.SAVEPOINT
        return (*_ended(recorded, wanted, seen, DELETED, keeping=keeping), Forget())
    if wanted.kind is Kind.CATALOG_OBJECT:
        return (Prove(),)
    if not wanted.definition.policy.running:
        proof = () if recorded.deployed.definition_hash == wanted.hash else (Prove(),)
        return (*proof, *_ended(recorded, wanted, seen, wanted.hash, keeping=True), Pause())
    found = _running_already(wanted, seen)
    if found:
        return _kept(recorded, wanted, seen, found)
    if is_first_start(recorded, wanted, seen.jobs):
        return _first_start(wanted)
    return _replaced(recorded, wanted, seen)


def is_first_start(recorded: Recorded, wanted: Wanted, jobs: tuple[SeenJob, ...]) -> bool:
    """Tell whether a job has no predecessor: nothing runs, and nothing is recorded whose state it would take over."""
    repeated = wanted.kind is Kind.BOUNDED_JOB and recorded.deployed.definition_hash == wanted.hash
    return (recorded.nothing or repeated) and not any(job.life.alive for job in jobs)


def depends_on_saved_state(recorded: Recorded, wanted: Wanted, jobs: tuple[SeenJob, ...]) -> bool:
    """Tell whether the plan depends on the state that ended jobs left: no job is there that could be stopped with a savepoint."""
    if wanted.deleted or wanted.kind is not Kind.JOB or not wanted.definition.policy.running or _named_state(recorded, wanted):
        return False
    seen = Seen(jobs=jobs)
    if _running_already(wanted, seen):
        return _former(recorded, wanted) is not None
    return not is_first_start(recorded, wanted, jobs) and _source(recorded, seen) is None


def _ended(recorded: Recorded, wanted: Wanted, seen: Seen, next_hash: str, *, keeping: bool) -> tuple[Step, ...]:
    """End what runs, and find where its state lies when that is to be kept."""
    if not keeping or wanted.kind is not Kind.JOB:
        return (Cancel(),) if seen.alive else ()
    source = next((job for job in seen.alive if _gives_savepoint(job)), None)
    if source:
        return (Stop(job_id=source.job_id, next_hash=next_hash), Cancel())
    if seen.alive:
        return (Cancel(), FindState())
    # A job that ended before this statement was first made belongs to another life of it.
    return () if recorded.nothing else (FindState(),)


def _kept(recorded: Recorded, wanted: Wanted, seen: Seen, found: SeenJob) -> tuple[Step, ...]:
    """Go on with a job that runs what is wanted, perhaps left by a run that was killed: then it may still have to be undone."""
    others = any(job.job_id != found.job_id for job in seen.alive)
    clear = (Cancel(keep=found.job_id),) if others else ()
    window, undone = None, tuple[Step, ...]()
    if _former(recorded, wanted):
        window = wanted.definition.policy.health_window_seconds
        if wanted.kind is Kind.JOB:
            returns = _returns(recorded, wanted, seen)
            undone = (Discard(), FindState(), *((RollBack(start=Start.FOUND), WatchOld()) if returns else ()))
    return (*clear, Watch(job_id=found.job_id, window=window, otherwise=undone), Keep(job_id=found.job_id))


def _first_start(wanted: Wanted) -> tuple[Step, ...]:
    """Start a job that has no predecessor. State of a deleted one of the same name is not brought back, unless the header names it."""
    policy = wanted.definition.policy
    if policy.adopt_job:
        return (Prove(), Adopt(job_id=policy.adopt_job))
    # Nothing runs that a refused submission could harm, so the planner is asked once, by submitting.
    start, path = (Start.PATH, policy.restore_from) if policy.restore_from else (Start.NOTHING, "")
    return (Prepare(planned=False), Submit(start=start, path=path), Watch(otherwise=(Discard(),)))


def _replaced(recorded: Recorded, wanted: Wanted, seen: Seen) -> tuple[Step, ...]:
    """Put a job in the place of what is or was there. What can fail without touching that comes first."""
    if wanted.kind is Kind.BOUNDED_JOB:
        back = (RollBack(), WatchOld()) if seen.alive and _way_back(recorded, wanted) else ()
        return (*_prepared(seen), *_submitted(recorded, wanted, Submit(), back))
    source = _source(recorded, seen)
    named = _named_state(recorded, wanted)
    if source and named:
        return (Refuse(reason=Refusal.RESTORE_BESIDE_A_JOB, job_id=source.job_id),)
    if source:
        stop = Stop(job_id=source.job_id, next_hash=wanted.hash, insists=not wanted.stateless)
        submit = Submit(start=Start.NOTHING if wanted.stateless else Start.SAVEPOINT)
        back = (RollBack(start=Start.SAVEPOINT), WatchOld()) if _way_back(recorded, wanted) else ()
        return (Prepare(planned=True), stop, Cancel(), *_submitted(recorded, wanted, submit, back))
    if named:
        # Who names a state means this one: when the start fails, nothing else is started in its place.
        return (*_prepared(seen), *_submitted(recorded, wanted, Submit(start=Start.PATH, path=named), ()))
    return _replacing_ended(recorded, wanted, seen)


def _replacing_ended(recorded: Recorded, wanted: Wanted, seen: Seen) -> tuple[Step, ...]:
    """Go on from what ended jobs left, where there is some that can be read, or none is needed."""
    forward, job_id = seen.saved.forward, recorded.deployed.job_id
    may_begin_anew = wanted.stateless or wanted.definition.policy.allow_state_reset
    if not (may_begin_anew or forward.path or forward.certain):
        return (Refuse(reason=Refusal.STATE_NOT_FOUND, job_id=job_id),)
    if not is_older_line(seen.flink_line, than=forward.flink_line):
        return _restored(recorded, wanted, seen)
    if may_begin_anew:
        # Nor is there a way back: the version before could not read it either.
        unreadable = Saved(back=SavedState(certain=False))
        return _restored(recorded, replace(wanted, restore=Restore.NONE), replace(seen, saved=unreadable))
    # Tried, it would run for as long as it is watched, and what it does in that time would be done again.
    written_by, line = forward.flink_line, seen.flink_line
    return (Refuse(reason=Refusal.STATE_TOO_NEW, job_id=job_id, state=forward.path, written_by=written_by, flink_line=line),)


def _restored(recorded: Recorded, wanted: Wanted, seen: Seen) -> tuple[Step, ...]:
    """Start from what ended jobs left. Of a job that is only now cancelled, the newest checkpoint is known when it has ended."""
    returns = _returns(recorded, wanted, seen) and not _failed_before(recorded, seen)
    found = bool(seen.alive) and (returns or not wanted.stateless)
    start, path = _start(seen.saved.forward, found=found)
    submit = Submit() if wanted.stateless else Submit(start=start, path=path)
    start, path = _start(seen.saved.back, found=found)
    back = (RollBack(start=start, path=path), WatchOld()) if returns else ()
    return (*_prepared(seen), *((FindState(),) if found else ()), *_submitted(recorded, wanted, submit, back))


def _start(state: SavedState, *, found: bool) -> tuple[Start, str]:
    if found:
        return Start.FOUND, ""
    return (Start.PATH, state.path) if state.path else (Start.NOTHING, "")


def _prepared(seen: Seen) -> tuple[Step, ...]:
    return (Prepare(planned=True), *((Cancel(),) if seen.alive else ()))


def _submitted(recorded: Recorded, wanted: Wanted, submit: Submit, back: tuple[Step, ...]) -> tuple[Step, ...]:
    """Submit and watch; when that fails, leave nothing half-done and go back where there is a way back."""
    window = wanted.definition.policy.health_window_seconds if _former(recorded, wanted) else None
    return (
        Submit(start=submit.start, path=submit.path, otherwise=back),
        Watch(window=window, otherwise=(Discard(), *back)),
    )


def _running_already(wanted: Wanted, seen: Seen) -> SeenJob | None:
    """Return the job that runs what is wanted, well or not; of a bounded job a finished one too."""
    if wanted.restarts:
        return None
    done = {Life.FINISHED} if wanted.kind is Kind.BOUNDED_JOB else set()
    candidates = [job for job in seen.jobs if job.life.alive] + [job for job in seen.jobs if job.life in done]
    return next((job for job in candidates if job.definition == wanted.hash), None)


def _former(recorded: Recorded, wanted: Wanted) -> Definition | None:
    """Return the definition before this change; None when there is none, or it is the same."""
    return recorded.definition if recorded.definition and recorded.hashes - {wanted.hash} else None


def _way_back(recorded: Recorded, wanted: Wanted) -> bool:
    """Tell whether a job ran before this change that can be had back: a statement that was paused had none."""
    former = _former(recorded, wanted)
    return former is not None and former.policy.running


def _source(recorded: Recorded, seen: Seen) -> SeenJob | None:
    """Return the job whose state goes on: the recorded definition's, or when nothing is recorded whichever this project submitted."""
    ours = (job for job in seen.alive if not recorded.hashes or job.definition in recorded.hashes)
    found = next((job for job in ours if job.definition), None)
    return found if found and _gives_savepoint(found) else None


def _gives_savepoint(job: SeenJob) -> bool:
    """Tell whether a job can be asked: what somebody else runs under the name holds no state of the statement."""
    return bool(job.definition) and job.life is Life.WELL and not job.savepointless


def _named_state(recorded: Recorded, wanted: Wanted) -> str:
    """Return the path that the header names and no job was started from yet; empty when it names none."""
    path = wanted.definition.policy.restore_from
    return path if path != recorded.deployed.restore_used else ""


def _returns(recorded: Recorded, wanted: Wanted, seen: Seen) -> bool:
    """Tell whether there is a way back: not where the new version was well once, or the old one's state cannot be found."""
    saved = seen.saved
    written_by_new = saved.forward.writer == wanted.hash and wanted.hash not in recorded.hashes
    return _way_back(recorded, wanted) and not written_by_new and bool(saved.back.path or saved.back.certain)


def _failed_before(recorded: Recorded, seen: Seen) -> bool:
    """Tell whether the recorded definition's job had failed for good, so that going back to it brings nothing back."""
    newest = next((job for job in seen.jobs if job.definition in recorded.hashes), None)
    return not seen.alive and newest is not None and newest.life is Life.FAILED
