"""The diagnosis: rules in the order in which one rules out the next. Pure: it uses a definition and a snapshot, and asks nobody."""

from flinksql.diagnosis.evidence import Evidence, Findings
from flinksql.diagnosis.finding import Diagnosis, Finding, Kind, Verdict, ordered
from flinksql.diagnosis.formatting import count, span
from flinksql.diagnosis.job_graph import SOURCE, Operator, read_graph
from flinksql.diagnosis.rules.event_time import late_rows
from flinksql.diagnosis.rules.job import job_findings
from flinksql.diagnosis.rules.passing import sink_findings
from flinksql.diagnosis.rules.pressure import pressure_findings
from flinksql.diagnosis.rules.reading import end_reached, skipped
from flinksql.diagnosis.rules.state import state_findings
from flinksql.diagnosis.rules.writing import hidden_findings
from flinksql.diagnosis.snapshot import Snapshot
from flinksql.diagnosis.sql_text import SqlText
from flinksql.statement import Definition

_QUIET_SECONDS = 60.0
"""A source that got nothing for so long has none at the moment."""


def diagnose(definition: Definition, snapshot: Snapshot) -> Diagnosis:
    """Say why nothing comes out of a statement, or that rows do. Raises StatementError for a definition that cannot be read."""
    found = job_findings(definition, snapshot)
    if not found and snapshot.job is not None:
        graph = read_graph(snapshot.job)
        found = _of_running(Evidence(definition=definition, snapshot=snapshot, graph=graph, sql=SqlText(definition)))
    return Diagnosis(statement=definition.name, findings=ordered(found), since=snapshot.since, now=snapshot.now)


def _of_running(evidence: Evidence) -> Findings:
    graph = evidence.graph
    if not graph.operators or all(evidence.rows_in(one) is None and evidence.rows_out(one) is None for one in graph.operators):
        return [_no_figures(evidence)]
    found: Findings = []
    for sink in graph.sinks:
        if evidence.rows_in(sink):
            found += hidden_findings(evidence, sink)
            found.append(_flows(evidence, sink))
        else:
            found += sink_findings(evidence, sink)
    found += [*pressure_findings(evidence), *state_findings(evidence), *_losses(evidence)]
    kept = {(one.kind, one.place) for one in found if one.verdict is not Verdict.NOTE}
    # A loss that explains the silence is told already.
    return [one for one in found if one.verdict is not Verdict.NOTE or (one.kind, one.place) not in kept]


def _losses(evidence: Evidence) -> Findings:
    """Return what is lost on the way although rows come out."""
    found: Findings = [
        late_rows(evidence, one) for one in evidence.graph.operators if evidence.counters(one).late and evidence.rows_out(one)
    ]
    for source in (one for one in evidence.graph.operators if one.kind == SOURCE):
        figures = evidence.counters(source)
        ignoring = any(key.endswith("ignore-parse-errors") and value == "true" for key, value in evidence.options(source.table).items())
        if ignoring and figures.records_in and figures.records_out and figures.records_in > figures.records_out:
            loss = skipped(evidence, source)
            found.append(Finding(**{**vars(loss), "verdict": Verdict.NOTE}))
    return found


def _flows(evidence: Evidence, sink: Operator) -> Finding:
    read = {one.table: evidence.rows_out(one) or 0 for one in evidence.graph.sources(sink)}
    sources = ", ".join(f"{count(rows, 'row')} from {table}" for table, rows in read.items())
    written = evidence.rows_in(sink) or 0
    quiet = [
        text
        for one in evidence.graph.sources(sink)
        if (evidence.counters(one).idle_milliseconds or 0) > _QUIET_SECONDS * 1000 and (text := end_reached(evidence, one))
    ]
    return Finding(
        kind=Kind.FLOWS,
        verdict=Verdict.INPUT if quiet and len(quiet) == len(read) else Verdict.FLOWING,
        what=f"{count(written, 'row')} went to {sink.table or sink.kind} since {evidence.at(evidence.snapshot.since)}.",
        place=evidence.sql.insertion(sink.table),
        figures=(*([sources] if sources else []), *quiet),
    )


def _no_figures(evidence: Evidence) -> Finding:
    uptime = evidence.snapshot.uptime_seconds
    return Finding(
        kind=Kind.NO_FIGURES,
        verdict=Verdict.WAIT if uptime < _QUIET_SECONDS else Verdict.UNKNOWN,
        what=f"Flink reports no figures of the job's operators yet. It has run for {span(uptime)}.",
        place=evidence.definition.statement.file,
        advice="ask again in a few seconds",
    )
