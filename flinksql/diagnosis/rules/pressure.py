"""Back pressure and by whom: the first operator, seen from the sources, that does not keep up."""

from flinksql.diagnosis.evidence import Evidence, Findings
from flinksql.diagnosis.finding import Finding, Kind, Verdict
from flinksql.diagnosis.formatting import count, span
from flinksql.diagnosis.job_graph import SOURCE, WRITER, Operator

MODEL = "MLPredictTableFunction"
_PRESSED = 500.0
"""Milliseconds of a second that a task waits for the next one: half of its time."""
_FIRST_ANSWER_SECONDS = 120.0
"""An answer may take so long before it counts as missing: a model that is loaded first takes a minute."""


def pressure_findings(evidence: Evidence) -> Findings:
    """Return the vertex that holds back those before it."""
    pressed = {one: _milliseconds(evidence, one, "backPressuredTimeMsPerSecond") for one in _vertices(evidence)}
    waiting = [vertex for vertex, milliseconds in pressed.items() if milliseconds >= _PRESSED]
    after = {edge.id: node.id for node in evidence.snapshot.job.plan.nodes for edge in node.inputs} if evidence.snapshot.job else {}
    found: Findings = []
    for vertex in waiting:
        holding = after.get(vertex)
        if holding is None or holding in waiting:
            # What follows in the chain of the last one that waits, such as a call of a model, holds it up itself.
            holding = vertex if holding is None else ""
        if holding:
            found.append(_pressing(evidence, holding, [one for one in waiting if one != holding] or waiting, max(pressed.values())))
    return found[:1]


def _vertices(evidence: Evidence) -> tuple[str, ...]:
    return tuple(node.id for node in evidence.snapshot.job.plan.nodes) if evidence.snapshot.job else ()


def _milliseconds(evidence: Evidence, vertex: str, name: str) -> float:
    value = evidence.snapshot.metrics.get(vertex, {}).get(name)
    return value.max if value else 0.0


def _pressing(evidence: Evidence, vertex: str, waiting: list[str], milliseconds: float) -> Finding:
    operators = [one for one in evidence.graph.operators if one.vertex == vertex]
    slowest = _slowest(evidence, operators)
    clause = evidence.clause(slowest)
    is_sink = slowest.kind == WRITER
    name = f"the sink {slowest.table}" if is_sink else clause.text
    sources = [one.table for one in evidence.graph.operators if one.kind == SOURCE and one.vertex in waiting]
    busy = _milliseconds(evidence, vertex, "busyTimeMsPerSecond") / 10
    return Finding(
        kind=Kind.BACK_PRESSURE,
        verdict=Verdict.NOTE if evidence.written_somewhere else Verdict.PROBLEM,
        what=f"{', '.join(dict.fromkeys(sources)) or 'What comes before'} waits {milliseconds / 10:.0f} % of the time for {name}.",
        place=evidence.sql.insertion(slowest.table) if is_sink else clause.place,
        figures=(
            f"{name}: {evidence.rows_in(slowest) or 0:,} rows in, {evidence.rows_out(slowest) or 0:,} out",
            f"its task is {busy:.0f} % busy",
        ),
        advice="the model takes that long: more `-- lanes`, a quicker model or fewer rows help"
        if slowest.kind == MODEL
        else "does the system that it writes to answer?"
        if is_sink
        else "more `-- parallelism`, if its keys and the topic's partitions allow it",
    )


def _slowest(evidence: Evidence, operators: list[Operator]) -> Operator:
    """Return the operator of a task that most rows are stuck in: a call of a model, else the one that gives least of what it gets."""
    model = next((one for one in operators if one.kind == MODEL), None)
    if model:
        return model
    working = [one for one in operators if one.kind not in {"Committer", SOURCE}] or operators
    return max(working, key=lambda one: (evidence.rows_in(one) or 0) - (evidence.rows_out(one) or 0))


def model_waits(evidence: Evidence, operator: Operator) -> Finding:
    """Return that a model was asked and has not answered."""
    rows = evidence.rows_in(operator) or 0
    clause = evidence.clause(operator)
    idle = [evidence.counters(one).idle_milliseconds or 0 for one in evidence.graph.sources(operator)]
    # The last row cannot have waited longer than the sources are idle, nor any row longer than the job runs.
    least = min(min(idle, default=0) / 1000, evidence.snapshot.uptime_seconds)
    missing = least > _FIRST_ANSWER_SECONDS
    return Finding(
        kind=Kind.MODEL_WAITS,
        verdict=Verdict.PROBLEM if missing else Verdict.WAIT,
        what=f"The model was asked for {count(rows, 'row')} and has given no answer yet ({clause.text}).",
        place=clause.place,
        figures=(
            f"{rows:,} rows in, 0 out",
            f"the job has run for {span(evidence.snapshot.uptime_seconds)}",
            f"no new row for {span(least)}",
        ),
        advice="does the model's server answer, and does it take so many questions?" if missing else "",
    )
