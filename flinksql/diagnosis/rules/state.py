"""State that never expires and grows: shown by the sizes of the job's last checkpoints, and by operators that forget nothing."""

from flinksql.diagnosis.evidence import Evidence, Findings
from flinksql.diagnosis.finding import Finding, Kind, Verdict
from flinksql.diagnosis.formatting import span
from flinksql.diagnosis.job_graph import Operator

TTL = "table.exec.state.ttl"
KEEPS_EVERYTHING = frozenset(
    {"Join", "GroupAggregate", "GlobalGroupAggregate", "Rank", "Deduplicate", "ChangelogNormalize", "SinkMaterializer"}
)
"""Kinds whose state has a row or an accumulator for each key that ever came, unless a time to live is set."""
_CHECKPOINTS = 5
_GROWTH = 1.2
_KILO = 1024


def state_findings(evidence: Evidence) -> Findings:
    """Return that a job's state grows and never expires."""
    if evidence.definition.options.get(TTL):
        return []
    keeping = [one for one in evidence.graph.operators if one.kind in KEEPS_EVERYTHING and "STATE_TTL" not in one.description]
    made = [one for one in evidence.snapshot.checkpoints.history if one.status == "COMPLETED" and not one.is_savepoint]
    sizes = [one.state_size for one in reversed(made)]
    growing = len(sizes) >= _CHECKPOINTS and sizes == sorted(sizes) and sizes[0] > 0 and sizes[-1] >= sizes[0] * _GROWTH
    if not keeping or not growing:
        return []
    seconds = (made[0].trigger_timestamp - made[-1].trigger_timestamp) / 1000
    clauses = [evidence.clause(one) for one in keeping]
    texts = ", ".join(dict.fromkeys(one.text for one in clauses))
    return [
        Finding(
            kind=Kind.STATE_GROWS,
            verdict=Verdict.NOTE,
            what=f"The state grows and nothing in it expires: {texts} keeps each key for ever.",
            place=clauses[0].place,
            figures=(
                f"{_size(sizes[0])} to {_size(sizes[-1])} in the last {len(sizes)} checkpoints ({span(seconds)})",
                *_rows(evidence, keeping),
            ),
            advice=f"if keys end one day: `-- {TTL}: 1 d` at the top of the statement's file, or a window or interval in the SQL",
        )
    ]


def _rows(evidence: Evidence, operators: list[Operator]) -> tuple[str, ...]:
    return tuple(f"{evidence.clause(one).text}: {evidence.rows_in(one) or 0:,} rows in" for one in operators)


def _size(size: int) -> str:
    for unit, name in ((_KILO**3, "GiB"), (_KILO**2, "MiB"), (_KILO, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"
