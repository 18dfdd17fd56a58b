"""Why an operator that waits for event time gives no rows: which source holds it back, by which partition, or which rows came too late.

Event time of an operator is the least of what its inputs have reached, that of a source the least of its partitions. A partition without
records holds back all others unless it counts as idle (`scan.watermark.idle-timeout`).
"""

import re
from collections.abc import Mapping
from statistics import median

from flinksql.diagnosis.counters import NONE
from flinksql.diagnosis.evidence import Evidence, Findings
from flinksql.diagnosis.finding import Finding, Kind, Verdict
from flinksql.diagnosis.formatting import count, event_moment, span
from flinksql.diagnosis.job_graph import Operator
from flinksql.diagnosis.rules.reading import end_reached, source_findings
from flinksql.diagnosis.rules.windows import Window, window_of
from flinksql.diagnosis.snapshot import Topic
from flinksql.listing import listed

WINDOWED = frozenset(
    {"WindowAggregate", "LocalWindowAggregate", "GlobalWindowAggregate", "GroupWindowAggregate", "WindowRank", "WindowDeduplicate"}
)
BY_EVENT_TIME = WINDOWED | {"WindowJoin", "IntervalJoin", "TemporalJoin", "Match", "TemporalSort", "OverAggregate"}
IDLE = "scan.watermark.idle-timeout"
IDLE_OF_JOB = "table.exec.source.idle-timeout"
_AHEAD_SECONDS = 3_600.0
"""Event time that is ahead of the clock by more comes from a timestamp of the future."""
_OFF = re.compile(r"0+\s*\w*")


def event_time_findings(evidence: Evidence, operator: Operator) -> Findings:
    """Return what holds an operator up that waits for event time; nothing where event time is not what it waits for."""
    sources = evidence.graph.sources(operator)
    if not sources or window_of(evidence, operator).processing_time:
        return []
    reached = evidence.counters(operator).input_watermark
    if reached is None:
        return []
    late = evidence.counters(operator).late
    if late:
        return [late_rows(evidence, operator)]
    # The source that is furthest back holds up all others.
    outputs = {_output(evidence, one) for one in sources}
    slowest = [one for one in sources if _output(evidence, one) == min(outputs)]
    if reached > NONE and len(outputs) == 1 and NONE not in outputs and not _held(evidence, slowest[0]):
        return []
    return [finding for source in slowest for finding in _of_source(evidence, operator, source)]


def late_rows(evidence: Evidence, operator: Operator) -> Finding:
    """Return how many rows came after their window, and how late."""
    figures = evidence.counters(operator)
    reached = figures.input_watermark or NONE
    clause = evidence.clause(operator)
    sources = evidence.graph.sources(operator)
    ahead = (reached - evidence.snapshot.now) / 1000
    rows = count(figures.late, "row")
    all_of = f"all {rows}" if figures.late >= (evidence.rows_in(operator) or 0) else f"at least {rows}"
    watermark = next((found for one in sources if (found := evidence.sql.watermark(one.table))), None)
    tables = ", ".join(dict.fromkeys(one.table for one in sources))
    advice = (
        f"a record with a timestamp {span(ahead)} in the future moved event time: keep such timestamps out of the WATERMARK, for example "
        "CASE WHEN ts <= CURRENT_TIMESTAMP + INTERVAL '1' MINUTE THEN ts END"
        if ahead > _AHEAD_SECONDS
        else "allow for more disorder in the WATERMARK (it also delays each result), or let the topic stamp records on arrival "
        "(message.timestamp.type=LogAppendTime)"
    )
    return Finding(
        kind=Kind.LATE_ROWS,
        verdict=Verdict.PROBLEM if not evidence.rows_out(operator) else Verdict.NOTE,
        what=f"{all_of.capitalize()} came after the window had closed and were dropped by {clause.text}.",
        place=watermark.place if watermark else clause.place,
        figures=(
            f"event time of {tables} stands at {event_moment(reached)}",
            *_lateness(evidence, sources, reached),
            "rows that were added up before the window count once",
        ),
        advice=advice,
    )


def _lateness(evidence: Evidence, sources: tuple[Operator, ...], reached: int) -> tuple[str, ...]:
    found: list[str] = []
    for source in sources:
        late = [reached - one for one in evidence.snapshot.event_times.get(source.table, ()) if one < reached]
        if late:
            found.append(
                f"of the newest records of {source.table}, {len(late):,} of {len(evidence.snapshot.event_times[source.table]):,} are "
                f"{span(median(late) / 1000)} behind event time (median), at most {span(max(late) / 1000)}"
            )
    return tuple(found)


def _output(evidence: Evidence, source: Operator) -> int:
    watermark = evidence.counters(source).output_watermark
    return NONE if watermark is None else watermark


def _held(evidence: Evidence, source: Operator) -> Mapping[str, int]:
    """Return the partitions that hold a source's event time back: behind the others, and without anything left to read."""
    if _idle_timeout(evidence, source):
        return {}
    figures = evidence.counters(source)
    watermarks = figures.watermarks
    furthest = max(watermarks.values(), default=NONE)
    topics = evidence.topics(source.table) or {}
    held: dict[str, int] = {}
    for split, watermark in watermarks.items():
        topic, _, number = split.rpartition("-")
        partition = topics[topic].partitions.get(int(number)) if topic in topics else None
        unread = figures.waiting not in {0, None} and (partition is None or figures.read.get(split, partition.begin) < partition.end)
        if watermark < furthest and watermark == min(watermarks.values()) and not unread:
            held[split] = watermark
    return held


def _of_source(evidence: Evidence, operator: Operator, source: Operator) -> Findings:
    if not evidence.rows_out(source):
        return [_without_rows(evidence, operator, source), *source_findings(evidence, source)]
    held = _held(evidence, source)
    if held:
        return [_idle_partition(evidence, operator, source, held)]
    figures = evidence.counters(source)
    if (figures.output_watermark or NONE) == NONE and not figures.watermarks:
        return [_not_begun(evidence, operator, source)]
    if (figures.output_watermark or NONE) == NONE:
        return [_no_watermark(evidence, operator, source)]
    others = [one for one in evidence.graph.sources(operator) if _output(evidence, one) > _output(evidence, source)]
    return [_slow_source(evidence, operator, source, others)] if others else []


def _without_rows(evidence: Evidence, operator: Operator, source: Operator) -> Finding:
    clause = evidence.clause(operator)
    rows = evidence.rows_collected(operator)
    waiting = f"{count(rows, 'row')} {'waits' if rows == 1 else 'wait'} for it" if rows else "no row came to it either"
    idle = _idle_timeout(evidence, source)
    return Finding(
        kind=Kind.NO_EVENT_TIME,
        verdict=Verdict.INPUT,
        what=f"Event time of {clause.text} has not begun: {source.table} gave no row, and so no watermark.",
        place=evidence.sql.table_place(source.table),
        figures=(f"{clause.text}: {waiting}",),
        advice=""
        if idle
        else f"a record in {source.table} begins it; '{IDLE}' = '10 s' in that table lets the others go on without it, where late rows of "
        "it may be lost",
    )


def _not_begun(evidence: Evidence, operator: Operator, source: Operator) -> Finding:
    """Return that a source has rows and no event time, where Flink does not report the event time of its partitions."""
    topics = evidence.topics(source.table) or {}
    empty = [f"{name}-{number}" for name, topic in topics.items() for number, one in topic.partitions.items() if not one.records]
    watermark = evidence.sql.watermark(source.table)
    holding = f"has no record in {listed(empty)}" if empty else "gave no watermark"
    return Finding(
        kind=Kind.NO_EVENT_TIME,
        verdict=Verdict.PROBLEM if empty and not _idle_timeout(evidence, source) else Verdict.UNKNOWN,
        what=f"Event time of {evidence.clause(operator).text} has not begun: {source.table} {holding}.",
        place=watermark.place if watermark else evidence.sql.table_place(source.table),
        figures=(f"{count(evidence.rows_out(source) or 0, 'row')} read from {source.table}",),
        advice=f"write '{IDLE}' = '10 s' into {source.table}, or look whether the column of its WATERMARK is NULL",
    )


def _idle_partition(evidence: Evidence, operator: Operator, source: Operator, held: Mapping[str, int]) -> Finding:
    figures = evidence.counters(source)
    furthest = max(figures.watermarks.values())
    names = listed(sorted(held))
    topics = evidence.topics(source.table) or {}
    since = max((_last_written(topics, split) for split in held), default=0)
    never = all(watermark == NONE for watermark in held.values())
    idle = "never had a record" if never and not since else f"had no record since {evidence.at(since)}" if since else "gave no event time"
    stands = "has not begun" if never else f"stands at {event_moment(min(held.values()))}"
    clause = evidence.clause(operator)
    rows = evidence.rows_collected(operator)
    watermark = evidence.sql.watermark(source.table)
    return Finding(
        kind=Kind.IDLE_PARTITION,
        verdict=Verdict.PROBLEM,
        what=f"Event time of {source.table} {stands}: {'partition' if len(held) == 1 else 'partitions'} {names} {idle}.",
        place=watermark.place if watermark else evidence.sql.table_place(source.table),
        figures=(
            *(f"{split} {_stands(one)}" for split, one in sorted(figures.watermarks.items())),
            f"{count(rows, 'row')} {'waits' if rows == 1 else 'wait'} in {clause.text}",
        ),
        advice=(
            f"write '{IDLE}' = '10 s' into {source.table}: event time then goes on without such a partition, now as far as "
            f"{event_moment(furthest)}, and its next records may be late. Or write records to each partition, or have fewer partitions"
        ),
    )


def _last_written(topics: Mapping[str, Topic], split: str) -> int:
    topic, _, number = split.rpartition("-")
    partition = topics[topic].partitions.get(int(number)) if topic in topics else None
    return partition.last_written if partition else 0


def _stands(watermark: int) -> str:
    return "has none" if watermark == NONE else f"is at {event_moment(watermark)}"


def _no_watermark(evidence: Evidence, operator: Operator, source: Operator) -> Finding:
    clause, watermark = evidence.clause(operator), evidence.sql.watermark(source.table)
    rows = evidence.rows_out(source) or 0
    partitions = len(evidence.counters(source).watermarks)
    subtasks = evidence.parallelism(source)
    highest = evidence.counters(source).highest_watermark or NONE
    if highest > NONE and subtasks > partitions:
        return Finding(
            kind=Kind.IDLE_SUBTASK,
            verdict=Verdict.PROBLEM,
            what=f"Event time of {source.table} has not begun: {subtasks} subtasks read {count(partitions, 'partition')}.",
            place=watermark.place if watermark else evidence.sql.table_place(source.table),
            figures=(f"the furthest subtask {_stands(highest)}", f"{count(rows, 'row')} read"),
            advice=f"`-- parallelism: {partitions}` at the top of the statement's file, or '{IDLE}' = '10 s' in {source.table}",
        )
    if watermark is None:
        what = f"{source.table} has no WATERMARK, and {clause.text} waits for event time: it never gives a row."
    else:
        what = f"{count(rows, 'row')} of {source.table} gave no event time: the column of its WATERMARK is NULL in each."
    return Finding(
        kind=Kind.NO_WATERMARK,
        verdict=Verdict.PROBLEM,
        what=what,
        place=watermark.place if watermark else evidence.sql.table_place(source.table),
        figures=(f"{source.table}: {rows:,} rows read, no watermark", *([watermark.text] if watermark else [])),
        advice="look at a record: is the field named and written as the table says ('json.timestamp-format.standard')?"
        if watermark
        else f"declare one: WATERMARK FOR ts AS ts - INTERVAL '5' SECOND in {source.table}",
    )


def _slow_source(evidence: Evidence, operator: Operator, source: Operator, others: list[Operator]) -> Finding:
    clause = evidence.clause(operator)
    reached = end_reached(evidence, source)
    return Finding(
        kind=Kind.SLOW_SOURCE,
        verdict=Verdict.INPUT if reached else Verdict.WAIT,
        what=f"Event time of {clause.text} stands at {event_moment(_output(evidence, source))}: that is how far {source.table} has come.",
        place=evidence.sql.table_place(source.table),
        figures=(*(f"{one.table} is at {event_moment(_output(evidence, one))}" for one in others), *([reached] if reached else [])),
        advice=f"a later record in {source.table} moves it; '{IDLE}' = '10 s' in that table lets the others go on without it"
        if reached
        else "",
    )


def window_open(evidence: Evidence, operator: Operator) -> Finding:
    """Return that a window has rows and is not over."""
    window = window_of(evidence, operator)
    clause = evidence.clause(operator)
    rows = evidence.rows_collected(operator)
    collected = f"{count(rows, 'row')} in {clause.text}"
    if window.processing_time:
        ends = window.end_after(evidence.snapshot.now)
        when = f"it gives its rows at {evidence.at(ends)}" if ends else "it gives its rows when it is over"
        return Finding(
            kind=Kind.WINDOW_OPEN, verdict=Verdict.WAIT, what=f"The window is open: {when}.", place=clause.place, figures=(collected,)
        )
    reached = evidence.counters(operator).input_watermark or NONE
    sources = evidence.graph.sources(operator)
    idle = [text for one in sources if (text := end_reached(evidence, one))]
    return Finding(
        kind=Kind.WINDOW_OPEN,
        verdict=Verdict.INPUT if idle else Verdict.WAIT,
        what=f"The window is open: event time stands at {event_moment(reached)}{_until(window, reached)}.",
        place=clause.place,
        figures=(collected, *idle, *(found.text for one in sources if (found := evidence.sql.watermark(one.table)))),
        advice="event time moves only with records: a later one closes the window, in a demonstration a last record with a later timestamp"
        if idle
        else "",
    )


def _until(window: Window, reached: int) -> str:
    ends = window.end_after(reached) if reached > NONE else 0
    return f", and no window ends before {event_moment(ends)}" if ends else ""


def _idle_timeout(evidence: Evidence, source: Operator) -> str:
    value = evidence.options(source.table).get(IDLE) or evidence.definition.options.get(IDLE_OF_JOB, "")
    return "" if _OFF.fullmatch(value.strip()) else value
