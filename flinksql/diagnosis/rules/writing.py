"""Rows that were written and cannot be read yet: a transaction of an exactly-once sink is committed with the job's checkpoint."""

from flinksql.diagnosis.evidence import Evidence, Findings
from flinksql.diagnosis.finding import Finding, Kind, Verdict
from flinksql.diagnosis.formatting import count, span
from flinksql.diagnosis.job_graph import Operator

_GUARANTEE, _EXACTLY_ONCE = "sink.delivery-guarantee", "exactly-once"
_SOON_SECONDS = 60.0
"""Whoever waits for a checkpoint that is due within so long has nothing to change."""
_LATE_INTERVALS = 3


def hidden_findings(evidence: Evidence, sink: Operator) -> Findings:
    """Return that what a sink wrote is not committed."""
    options = evidence.options(sink.table)
    if options.get(_GUARANTEE) != _EXACTLY_ONCE or not evidence.rows_in(sink):
        return []
    topics = evidence.topics(sink.table)
    hidden = sum(one.end - one.stable for topic in (topics or {}).values() for one in topic.partitions.values())
    if topics is not None and not hidden:
        return []
    snapshot = evidence.snapshot
    interval = snapshot.interval
    completed = snapshot.checkpoints.latest.completed
    last = max(completed.trigger_timestamp if completed else 0, snapshot.since)
    waited = evidence.seconds_since(last)
    due = None if interval is None else interval - waited
    done = (
        f"the last checkpoint was {span(waited)} ago" if completed else f"no checkpoint was completed since {evidence.at(snapshot.since)}"
    )
    rows = count(hidden, "record") if hidden else count(evidence.rows_in(sink) or 0, "row")
    soon = due is not None and interval is not None and due <= _SOON_SECONDS and waited < interval * _LATE_INTERVALS + _SOON_SECONDS
    until = "before the job's next checkpoint" + (f", in {span(due)}" if due is not None and due > 0 else "")
    if interval is None:
        until = "at all: the job makes no checkpoints"
    what = f"{rows} of {sink.table} lie in an open transaction: readers of committed records do not see them {until}."
    if soon and due is not None:
        what = f"{rows} of {sink.table} become visible with the job's next checkpoint, within {span(max(due, 1))}."
    failed = snapshot.checkpoints.counts.failed
    return [
        Finding(
            kind=Kind.NEXT_CHECKPOINT if soon else Kind.OPEN_TRANSACTION,
            verdict=Verdict.WAIT if soon else Verdict.PROBLEM,
            what=what,
            place=evidence.sql.option_place(sink.table, _GUARANTEE),
            figures=(
                done,
                f"one is due every {span(interval)}" if interval is not None else "checkpoints are off",
                *([f"{failed} have failed"] if failed else []),
                *_offsets(evidence, sink),
            ),
            advice=""
            if soon
            else "a shorter `-- checkpoint_interval_seconds` at the top of the statement's file; or "
            f"'{_GUARANTEE}' = 'at-least-once' if a repeated row after a failure does no harm",
        )
    ]


def _offsets(evidence: Evidence, sink: Operator) -> tuple[str, ...]:
    topics = evidence.topics(sink.table) or {}
    return tuple(
        f"{name}-{number}: written up to {one.end:,}, committed up to {one.stable:,}"
        for name, topic in topics.items()
        for number, one in topic.partitions.items()
        if one.end > one.stable
    )
