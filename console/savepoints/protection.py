"""Which savepoints may be deleted: one that is known to be the stack's, and that nothing needs. In doubt it is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.savepoints.facts import Claim, Facts, NeedKind, Savepoint
from flinksql.savepoints import Presence


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How many of the newest savepoints of a statement are kept, and for how many days; 0 sets no such limit.

    With both, one is kept as long as either keeps it. Without any, all are kept.
    """

    keep: int = 0
    keep_days: int = 0

    @property
    def is_set(self) -> bool:
        """Whether anything is ever deleted."""
        return bool(self.keep or self.keep_days)


def refusal(one: Savepoint, found: Sequence[Savepoint], facts: Facts, *, gives_up_undo: bool = False) -> str:
    """Return why a savepoint is not deleted; empty when it may be."""
    foreign = _foreign(one, facts)
    if foreign:
        return foreign
    if facts.jobs is None:
        return "the JobManager does not say of every job what it was restored from, and one may need it"
    if facts.named is None:
        return "the files of the bundle cannot be read, and one may name it"
    needs = [need.what for need in one.needs if need.kind is not NeedKind.UNDO or not gives_up_undo]
    if needs:
        return f"it is needed: {'; '.join(needs)}"
    return _last_state(one, found, facts)


def _foreign(one: Savepoint, facts: Facts) -> str:
    if one.is_checkpoint:
        return "it is a retained checkpoint, not a savepoint: Flink may share its files with another one"
    if one.claim is Claim.NONE:
        return "it is not known that a job of this stack wrote it"
    if one.claim is Claim.NAMED and facts.is_flink_shared:
        return "only its name says that a job of this stack wrote it, and other stacks use this Flink"
    return ""


def _last_state(one: Savepoint, found: Sequence[Savepoint], facts: Facts) -> str:
    """Return why the newest savepoint of a statement without a job stays: the next `up` may look for it."""
    if one.statement not in facts.statements or _runs(one.statement, facts):
        return ""
    if one not in _newest_first(one.statement, found)[:1]:
        return ""
    return f"no job of {one.statement} runs, and `up` may start from it"


def _runs(statement: str, facts: Facts) -> bool:
    return any(job.is_alive and job.is_own for job in facts.jobs or () if job.statement == statement)


def expired(found: Sequence[Savepoint], facts: Facts, retention: Retention, now: datetime) -> list[Savepoint]:
    """Return the savepoints that the policy deletes, oldest first: of statements whose job is well, and recorded as the stack's."""
    if not retention.is_set:
        return []
    well = {job.statement for job in facts.jobs or () if job.is_own and job.is_alive and job.is_well}
    chosen: list[Savepoint] = []
    for name in facts.statements.keys() & well:
        # The newest one stays in any case.
        beyond = _newest_first(name, found)[max(retention.keep, 1) :]
        chosen += [
            one
            for one in beyond
            if one.claim is Claim.RECORDED and _is_older(one, retention.keep_days, now) and not refusal(one, found, facts)
        ]
    return sorted(chosen, key=lambda one: one.at)


def _newest_first(statement: str, found: Iterable[Savepoint]) -> list[Savepoint]:
    own = [one for one in found if one.statement == statement and not one.is_checkpoint and one.presence is not Presence.GONE]
    return sorted(own, key=lambda one: one.at, reverse=True)


def _is_older(one: Savepoint, days: int, now: datetime) -> bool:
    try:
        taken = datetime.fromisoformat(one.at)
    except ValueError:
        return False
    return now - taken.astimezone(UTC) > timedelta(days=days)
