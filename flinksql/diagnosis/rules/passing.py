"""Where rows stop: the operator into which rows go and out of which none comes, in the words of the SQL."""

from flinksql.diagnosis.evidence import Evidence, Findings
from flinksql.diagnosis.finding import Finding, Kind, Verdict
from flinksql.diagnosis.formatting import count, span
from flinksql.diagnosis.job_graph import SOURCE, WRITER, Operator
from flinksql.diagnosis.rules.event_time import BY_EVENT_TIME, WINDOWED, event_time_findings, window_open
from flinksql.diagnosis.rules.pressure import MODEL, model_waits
from flinksql.diagnosis.rules.reading import source_findings

ENOUGH_ROWS = 100
"""From fewer rows nothing is concluded about a condition that lets none through."""
_JOINS = frozenset({"Join", "IntervalJoin", "TemporalJoin", "LookupJoin", "WindowJoin", "DeltaJoin", "MultiJoin"})
_OUTER = ("LeftOuterJoin", "FullOuterJoin", "RightOuterJoin")
_AHEAD_SECONDS = 15.0
"""Figures of operators arrive up to ten seconds apart."""


def sink_findings(evidence: Evidence, sink: Operator) -> Findings:
    """Return why a sink got no rows."""
    return _stopped(evidence, sink, set())


def _stopped(evidence: Evidence, operator: Operator, seen: set[int]) -> Findings:
    """Return where the rows stop that should come out of an operator."""
    if operator.index in seen:
        return []
    seen.add(operator.index)
    rows = evidence.rows_in(operator)
    if operator.kind == SOURCE:
        return source_findings(evidence, operator)
    if rows and operator.kind != WRITER:
        return _within(evidence, operator, seen)
    before = evidence.graph.inputs(operator)
    if any(evidence.rows_out(one) for one in before):
        return [_in_flight(evidence, operator)]
    return [finding for one in before for finding in _stopped(evidence, one, seen)]


def _within(evidence: Evidence, operator: Operator, seen: set[int]) -> Findings:
    """Return why an operator that has rows gives none."""
    if operator.kind in _JOINS:
        return _join(evidence, operator, seen)
    if operator.kind == MODEL:
        return [model_waits(evidence, operator)]
    if operator.kind in BY_EVENT_TIME:
        found = event_time_findings(evidence, operator)
        return found or ([window_open(evidence, operator)] if operator.kind in WINDOWED else [_passes_nothing(evidence, operator)])
    return [_passes_nothing(evidence, operator)]


def _join(evidence: Evidence, operator: Operator, seen: set[int]) -> Findings:
    if operator.kind in BY_EVENT_TIME:
        found = event_time_findings(evidence, operator)
        if found:
            return found
    before = evidence.graph.inputs(operator)
    without = [one for one in before if evidence.rows_out(one) == 0]
    if not without or len(before) == 1 or operator.attribute("joinType") in _OUTER:
        return [_passes_nothing(evidence, operator)]
    clause = evidence.clause(operator)
    found = [finding for one in without for finding in _stopped(evidence, one, seen)]
    tables = ", ".join(dict.fromkeys(source.table for one in without for source in evidence.graph.sources(one)))
    figures = tuple(f"{_sources(evidence, one)}: {count(evidence.rows_out(one) or 0, 'row')} into the join" for one in before)
    waiting = Finding(
        kind=Kind.NOTHING_PASSES,
        verdict=Verdict.INPUT,
        what=f"{clause.text} has rows of one input only: none came from {tables}.",
        place=clause.place,
        figures=figures,
    )
    return [*found, waiting]


def _sources(evidence: Evidence, operator: Operator) -> str:
    return ", ".join(dict.fromkeys(one.table for one in evidence.graph.sources(operator))) or operator.kind


def _passes_nothing(evidence: Evidence, operator: Operator) -> Finding:
    rows = evidence.rows_in(operator) or 0
    clause = evidence.clause(operator)
    condition = operator.attribute("where")
    figures = (
        f"{clause.text}: {rows:,} rows in, 0 out",
        *_inputs(evidence, operator),
        *([f"Flink's condition: {condition}"] if condition else []),
    )
    if rows < ENOUGH_ROWS:
        return Finding(
            kind=Kind.FEW_ROWS,
            verdict=Verdict.WAIT,
            what=f"{clause.text} let none of {count(rows, 'row')} through. That is too few to say that it never does.",
            place=clause.place,
            figures=figures,
        )
    if evidence.written_somewhere:
        return Finding(
            kind=Kind.NOTHING_PASSES,
            verdict=Verdict.WAIT,
            what=f"{clause.text} let none of {count(rows, 'row')} through, while other results of the job have rows.",
            place=clause.place,
            figures=figures,
        )
    joins = operator.kind in _JOINS
    return Finding(
        kind=Kind.NOTHING_PASSES,
        verdict=Verdict.PROBLEM,
        what=f"{clause.text} let none of {count(rows, 'row')} through." if not joins else f"{clause.text}: no two rows of {rows:,} match.",
        place=clause.place,
        figures=figures,
        advice=(
            "compare a key of each input: types, letter case, blanks and units differ most often"
            if joins
            else "compare the condition with a few records: NULL, letter case and units are the usual reasons"
        ),
    )


def _inputs(evidence: Evidence, operator: Operator) -> tuple[str, ...]:
    before = evidence.graph.inputs(operator)
    if len(before) == 1:
        return ()
    return tuple(f"{_sources(evidence, one)}: {count(evidence.rows_out(one) or 0, 'row')}" for one in before)


def _in_flight(evidence: Evidence, operator: Operator) -> Finding:
    uptime = evidence.snapshot.uptime_seconds
    clause = evidence.clause(operator)
    place = clause.place if operator.kind != WRITER else evidence.sql.insertion(operator.table)
    name = operator.table if operator.kind == WRITER else clause.text
    before = evidence.graph.inputs(operator)
    given = sum(evidence.rows_out(one) or 0 for one in before)
    return Finding(
        kind=Kind.IN_FLIGHT,
        verdict=Verdict.WAIT,
        what=f"{count(given, 'row')} {'is' if given == 1 else 'are'} on the way to {name}: Flink's figures are some seconds old.",
        place=place,
        figures=(f"the job has run for {span(uptime)}",),
        advice="ask again in a few seconds" if uptime < _AHEAD_SECONDS else "",
    )
