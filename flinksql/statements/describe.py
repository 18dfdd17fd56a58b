"""Plans in words: one line for a preview, and a line a step for whoever wants all of it."""

from collections.abc import Iterator
from itertools import pairwise

from flinksql.statements import steps as step
from flinksql.statements.steps import Refusal, Start, Step, StepName, otherwise

NOTHING_RUNS = frozenset({StepName.PROVE, StepName.PREPARE, StepName.SUBMIT, StepName.WATCH, StepName.FORGET, StepName.PAUSE})
"""Steps of plans for statements of which nothing runs yet."""

_REFUSALS = {
    Refusal.STATE_NOT_FOUND: "is refused: the last state of job {job_id} cannot be found",
    Refusal.STATE_TOO_NEW: "is refused: Flink {written_by} wrote its last state, and Flink {flink_line} reads none of a newer one",
    Refusal.RESTORE_BESIDE_A_JOB: "is refused: `restore_from` is for a job that does not run, and job {job_id} does",
}


_WORDS = {
    StepName.STOP: "stop job {0.job_id} with a savepoint",
    StepName.CANCEL: "cancel what else runs under its name",
    StepName.KEEP: "keep job {0.job_id}",
    StepName.ADOPT: "adopt job {0.job_id}",
    StepName.PAUSE: "leave it paused",
    StepName.PROVE: "check it",
    StepName.FORGET: "forget it",
}
_STARTS = {
    Start.NOTHING: "without state",
    Start.SAVEPOINT: "from the savepoint",
    Start.FOUND: "from the newest state",
    Start.PATH: "from {}",
}


def is_plain_start(steps: tuple[Step, ...]) -> bool:
    """Tell whether a plan neither touches nor keeps anything that is there: there is nothing to tell of it."""
    return all(one.name in NOTHING_RUNS and not (isinstance(one, step.Submit) and one.path) for one in steps)


def in_one_line(steps: tuple[Step, ...]) -> str:
    """Return what a plan does, to follow the statement's name: its steps in order, without those that only look or check."""
    if isinstance(steps[0], step.Refuse):
        return _REFUSALS[steps[0].reason].format(**vars(steps[0]))
    # What was stopped only has to end.
    told = (one for before, one in pairwise((None, *steps)) if not (isinstance(before, step.Stop) and isinstance(one, step.Cancel)))
    words = [said for one in told if one and (said := _said(one))]
    back = any(other.name is StepName.ROLL_BACK for one in steps for other in otherwise(one))
    return f"{', '.join(words)}{'; if that fails, roll back' if back else ''}"


def in_detail(steps: tuple[Step, ...]) -> list[str]:
    """Return every step of a plan, with the steps that follow where one fails."""
    return [line for number, one in enumerate(steps, start=1) for line in _lines(f"{number}.", one)]


def _lines(mark: str, one: Step) -> Iterator[str]:
    yield f"{mark} {one.name}{_details(one)}"
    branch = otherwise(one)
    if branch:
        yield f"   if it fails: {', '.join(f'{other.name}{_details(other)}' for other in branch)}"


def _said(one: Step) -> str:
    if isinstance(one, step.Submit):
        return f"start {_STARTS[one.start].format(one.path)}"
    if isinstance(one, step.Watch):
        return f"watch it{_seconds(one)}"
    return _WORDS.get(one.name, "").format(one)


def _details(one: Step) -> str:
    match one:
        case step.Stop(job_id=job_id) | step.Keep(job_id=job_id) | step.Adopt(job_id=job_id) | step.Refuse(job_id=job_id):
            return f" (job {job_id})"
        case step.Cancel(keep=job_id) if job_id:
            return f" (all but job {job_id})"
        case step.Submit(start=start, path=path) | step.RollBack(start=start, path=path):
            return f" (from {path or start})"
        case step.Watch():
            return f" ({f'job {one.job_id}' if one.job_id else 'the new job'}{_seconds(one)})"
        case _:
            return ""


def _seconds(one: step.Watch) -> str:
    return f" for at most {one.window:g} s" if one.window is not None else ""
