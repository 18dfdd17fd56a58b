"""What the page is sent: everything that is known at one moment, as plain values, each source with its age and its trouble."""

from collections.abc import Iterable, Mapping
from typing import Any

from console.health.report import GroupHealth, JobHealth, TopicHealth, plain_fields
from console.ui.collector import Reading
from console.ui.sources import CHECKS, DEPLOYMENT, JOBS, KAFKA, MODEL, SERVICES, KafkaFacts
from console.ui.stack import StackFacts
from console.ui.trends import Trends
from platforms.registry import platform_named

_LONGEST_TEXT = 2000
"""Of an error in a list. The whole of it stands with its statement."""
_MOST_SPARKLINES = 200
"""Of statements. A page with more shows figures only in its list."""
_SPARKLINE_SAMPLES = 40


def snapshot(facts: StackFacts, readings: Mapping[str, Reading], trends: Trends, *, drawn: int = 0) -> dict[str, Any]:
    """Return the page's data. The graph is left out for a page that has drawn it already (`drawn`)."""
    jobs: tuple[JobHealth, ...] = readings[JOBS].value or ()
    kafka: KafkaFacts = readings[KAFKA].value or KafkaFacts()
    model, deployment = readings[MODEL].value, readings[DEPLOYMENT].value
    return {
        "stack": facts.project.stack,
        "bundle": str(facts.outputs.get("bundle") or ""),
        "platform": platform_named(facts.outputs).name,
        "flinkLine": str(facts.outputs.get("flinkLine") or ""),
        "sources": [{"name": name, "at": one.at, "error": one.error} for name, one in readings.items()],
        "statements": statements(facts, jobs, kafka.groups, trends),
        "topics": [_topic(one, facts) for one in kafka.topics],
        "services": [{**plain_fields(one), "remark": _cut(one.remark), "healthy": one.healthy} for one in readings[SERVICES].value or ()],
        "model": {**plain_fields(model), "healthy": model.healthy} if model else None,
        "deployment": deployment.reason if deployment else "",
        "checks": [{**plain_fields(one), "good": one.good} for one in readings[CHECKS].value or ()],
        "drawn": facts.drawn,
        "graph": graph(facts) if drawn != facts.drawn else None,
    }


def graph(facts: StackFacts) -> dict[str, Any]:
    """Return nodes with their places, and edges as pairs of ids."""
    nodes = [
        {
            "id": node.id,
            "kind": node.kind,
            "name": node.name,
            "label": node.label,
            "layer": facts.places[node.id].layer,
            "slot": facts.places[node.id].slot,
            "part": facts.places[node.id].part,
        }
        for node in facts.graph.nodes
    ]
    return {"nodes": nodes, "edges": facts.graph.edges}


def statements(facts: StackFacts, jobs: Iterable[JobHealth], groups: Iterable[GroupHealth], trends: Trends) -> list[dict[str, Any]]:
    """Return a row for each job, and for each statement of which nothing is known yet, by their names."""
    lags = lags_of(facts, groups)
    known = {job.statement: job for job in jobs}
    names = sorted({*known, *facts.definitions})
    small = len(names) <= _MOST_SPARKLINES
    return [
        {
            **(_job(known[name]) if name in known else {"statement": name, "state": "", "healthy": None}),
            "lag": lags.get(name),
            "isOwn": name in facts.definitions,
            "trend": [one[2] for one in trends.of(name)[-_SPARKLINE_SAMPLES:]] if small else [],
        }
        for name in names
    ]


def lags_of(facts: StackFacts, groups: Iterable[GroupHealth]) -> dict[str, int | None]:
    """Return the lag of each statement over all its consumer groups; None for one of which a part is not known."""
    by_job = {str(about.get("jobName") or ""): name for name, about in facts.statements.items()}
    found: dict[str, int | None] = {}
    for group in groups:
        statement = by_job.get(group.group) or next((name for job, name in by_job.items() if job and group.group.startswith(f"{job}/")), "")
        if statement:
            before = found.get(statement, 0)
            found[statement] = None if before is None or group.lag is None else before + group.lag
    return found


def _job(job: JobHealth) -> dict[str, Any]:
    return {
        **plain_fields(job),
        "healthy": job.healthy,
        "lastError": _cut(job.last_error),
        "noOutput": _cut(job.no_output),
    }


def _topic(topic: TopicHealth, facts: StackFacts) -> dict[str, Any]:
    about = (facts.outputs.get("topics") or {}).get(topic.name) or {}
    return {**plain_fields(topic), "healthy": topic.healthy, "external": bool(about.get("external")), "public": bool(about.get("public"))}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
