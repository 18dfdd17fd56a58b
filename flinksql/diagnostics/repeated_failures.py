"""Whether a job fails repeatedly at the same place. Pure: derived from the failures and checkpoints that the JobManager reports.

A record that a job cannot stand is in the state that it restores, so every restart meets it again. That shows as the same exception from
the same task, and no completed checkpoint since the first of them. Three unlike failures, or three with work done in between, are no
repetition.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile

from flinksql.diagnostics.symptoms import Symptom, symptom_of, with_advice
from flinksql.flink.jobmanager.wire import Checkpoints, ExceptionEntry

AGAIN = 3
"""So many failures at one place are a repetition: the first can be a TaskManager that just went, the second its echo."""
REMEMBERED = 8
"""The platforms let the JobManager remember so many failures of a job; where all of them are alike, there may have been more."""
CURRENT_MILLISECONDS = 600_000
"""A job that ran on for so long since its last failure is past it: that is when Flink, too, starts its pauses anew."""
_ATTEMPT = re.compile(r" \(\d+/\d+\).*\Z", re.DOTALL)
"""Which subtask and which attempt, at the end of a task's name."""


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """`count` failures of one kind in one task, the first at `since`. With `more` there may have been earlier ones.

    `last_work` is when the newest completed checkpoint was begun, 0 when there is none. Times are ms since 1970.
    """

    symptom: Symptom
    count: int
    since: int
    last_work: int = 0
    more: bool = False


def repetition(failures: Sequence[ExceptionEntry], checkpoints: Checkpoints, *, now: int = 0) -> Repetition | None:
    """Return the repetition that the newest failure belongs to, None when it belongs to none.

    `failures` come newest first. `now` (ms since 1970, the JobManager's clock) tells a repetition from one that ended; 0 leaves that open.
    """
    if not failures:
        return None
    newest = failures[0]
    if now and now - newest.timestamp > CURRENT_MILLISECONDS:
        return None
    last_work = progress(checkpoints)
    place = _place(newest)
    same = list(takewhile(lambda entry: entry.timestamp > last_work and _place(entry) == place, failures))
    if len(same) < AGAIN:
        return None
    more = len(same) == len(failures) >= REMEMBERED
    return Repetition(
        symptom=symptom_of(_trace(newest), newest.task_name or ""),
        count=len(same),
        since=same[-1].timestamp,
        last_work=last_work,
        more=more,
    )


def progress(checkpoints: Checkpoints) -> int:
    """Return when the newest completed checkpoint or savepoint of a job was begun, in ms since 1970; 0 when it completed none."""
    completed = (checkpoints.latest.completed, checkpoints.latest.savepoint)
    return max((entry.trigger_timestamp for entry in completed if entry), default=0)


def describe(repeated: Repetition) -> str:
    """Return one line: which failure repeats, since when, and what to do about it."""
    count = f"at least {repeated.count} times" if repeated.more else f"{repeated.count} times"
    work = "no checkpoint since" + (f" {_moment(repeated.last_work)}" if repeated.more and repeated.last_work else "")
    again = "fails again and again" if repeated.symptom.lost else "fails again and again at the same place"
    line = f"{again}: {repeated.symptom.cause.rstrip('.')}, {count} since {_moment(repeated.since)}, {work}"
    return with_advice(line, repeated.symptom)


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M UTC")


def _place(entry: ExceptionEntry) -> tuple[str, str]:
    return symptom_of(_trace(entry)).exception, _ATTEMPT.sub("", entry.task_name or "")


def _trace(entry: ExceptionEntry) -> str:
    return entry.stacktrace or entry.exception_name
