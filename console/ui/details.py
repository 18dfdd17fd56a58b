"""One statement: its SQL, its job, what was done to it, and where in the file its last error is."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from components.statement_history import Entry, Outcome
from console.errors import ConsoleError
from console.health.report import JobHealth, plain_fields
from console.history import as_json, promotions, statement_entries
from console.show.links import pages
from console.ui.collector import Reading
from console.ui.graph import Links, NodeKind
from console.ui.snapshot import lags_of
from console.ui.sources import JOBS, KAFKA, KafkaFacts
from console.ui.stack import StackFacts
from console.ui.trends import Trends
from flinksql.statement import Definition, Statement

_PLACE = re.compile(r"(?P<file>[^\s:'\"(]+\.sql):(?P<line>\d+):(?P<column>\d+)")
_MOST_ENTRIES = 30


class UnknownStatementError(ConsoleError):
    """The stack has no such job."""


def details(facts: StackFacts, readings: Mapping[str, Reading], trends: Trends, name: str) -> dict[str, Any]:
    """Return all that is known of a job without asking anybody. Raises UnknownStatementError."""
    definition = job_definition(facts, name)
    jobs: tuple[JobHealth, ...] = readings[JOBS].value or ()
    kafka: KafkaFacts = readings[KAFKA].value or KafkaFacts()
    job = next((one for one in jobs if one.statement == name), None)
    entries = statement_entries(facts.project, facts.state, name)
    error, at = last_error(job, entries)
    links = facts.links.get(name) or Links()
    return {
        "statement": name,
        "sql": _sql(definition.statement),
        "behind": [_sql(one) for one in definition.closure],
        "job": {**plain_fields(job), "healthy": job.healthy} if job else None,
        "flink": _flink_page(facts.outputs, job),
        "lag": lags_of(facts, kafka.groups).get(name),
        "error": error,
        "errorAt": at,
        "places": _places(error, definition.statement, *definition.closure),
        "history": as_json(entries[-_MOST_ENTRIES:], [], promotions(facts.state))["statements"][::-1],
        "reads": [{"kind": one.kind, "name": one.name, "label": one.label} for one in links.reads],
        "writes": [{"kind": one.kind, "name": one.name, "label": one.label} for one in links.writes],
        "problem": links.problem,
        "trend": trends.of(name),
    }


def job_definition(facts: StackFacts, name: str) -> Definition:
    """Return the definition of a statement that runs as a job. Raises UnknownStatementError."""
    try:
        return facts.definitions[name]
    except KeyError:
        raise UnknownStatementError(f"stack {facts.project.stack} has no statement {name[:80]} that runs as a job") from None


def topics_in(facts: StackFacts) -> frozenset[str]:
    """Return the topics of the graph: whose rows may be shown."""
    return frozenset(node.name for node in facts.graph.nodes if node.kind is NodeKind.TOPIC)


def last_error(job: JobHealth | None, entries: Iterable[Entry]) -> tuple[str, str]:
    """Return the newest error of a statement, and when it was (ISO 8601) where that is known.

    It is what its job says, else why the newest change failed. A change that succeeded since ends the matter.
    """
    if job is not None and (job.last_error or job.no_output):
        return job.last_error or job.no_output, ""
    newest = next((one for one in reversed(list(entries)) if not one.is_of_savepoints), None)
    return (newest.error, newest.at) if newest is not None and newest.outcome == Outcome.FAILED else ("", "")


def _places(error: str, *among: Statement) -> list[dict[str, Any]]:
    """Return the places in files that an error names, each once, as far as the files are the statement's own or behind it."""
    files = {one.file for one in among}
    found = {(match["file"], int(match["line"]), int(match["column"])): None for match in _PLACE.finditer(error) if match["file"] in files}
    return [{"file": file, "line": line, "column": column} for file, line, column in found]


def _sql(statement: Statement) -> dict[str, str]:
    """Return the text as it was written: placeholders of parameters and secrets stand there by their names."""
    return {"name": statement.name, "file": statement.file, "text": statement.written or statement.text}


def _flink_page(outputs: Mapping[str, Any], job: JobHealth | None) -> str:
    """Return the address of the job in Flink's own UI; empty where it has none that opens from here."""
    address = pages(outputs).get("Flink", "")
    if not address or job is None or not job.job_id:
        return ""
    # Flink's UI takes the job after the `#`, which no server gets.
    return f"{address}#/job/running/{job.job_id}/overview"
