"""A job that runs and has no file any more, beside a statement that is new: perhaps the same one under another name."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from flinksql.flink.jobmanager import JobDetails, JobManagerClient, JobNotFoundError, JobSummary
from flinksql.sql import definition_hash
from flinksql.sql.placeholders import render
from flinksql.sql.references import read_references
from flinksql.statement import Definition
from flinksql.statements.values import DEFINITION_TAG

_WRITER = re.compile(r"(?P<table>[^\s(),>]+)\[\d+\]: ?Writer")
"""How a vertex is named after what writes in it; several stand in one name when they are chained."""


@dataclass(frozen=True, kw_only=True)
class Former:
    """What may be the job of a statement before its file was renamed. `same` says that it runs the very definition."""

    statement: str
    job_id: str
    same: bool
    table: str = ""


@dataclass(frozen=True, kw_only=True)
class Successor:
    """What a statement runs and the tables that it writes: by them a job under another name is known as its predecessor."""

    definition_hash: str
    tables: frozenset[str]


def successor(definition: Definition) -> Successor:
    """Return what a new statement would run. Raises StatementError."""
    statement = definition.statement
    references = read_references(render(statement.text, statement.file, definition.parameters))
    tables = frozenset(written.name.name for written in references.writes)
    return Successor(definition_hash=definition_hash(definition), tables=tables)


def former_job(
    definition: Definition, beside: Collection[str], before: Collection[JobSummary], jobmanager: JobManagerClient
) -> Former | None:
    """Return the running job of the stack that has no file and either runs the definition or writes where it would write.

    `beside` names the jobs that the bundle has, `before` are those that Flink had when the run began. Raises TransientError.
    """
    stack, _, _ = definition.job_name.rpartition("/")
    found = possible_predecessors(successor(definition), stack, beside, before, jobmanager)
    return next((former for former in found if former.same), found[0] if found else None)


def possible_predecessors(
    new: Successor, stack: str, beside: Collection[str], before: Collection[JobSummary], jobmanager: JobManagerClient
) -> list[Former]:
    """Return the running jobs of the stack that have no file and may be the new statement's.

    Where several ran and none of them has a file any more, another bundle was chosen: then only the very definition counts.
    Raises TransientError.
    """
    running = [job for job in before if not job.state.terminal and job.name.rpartition("/")[0] == stack]
    orphans = [job for job in running if job.name.rpartition("/")[2] not in beside]
    another_bundle = len(orphans) == len(running) > 1
    return [former for job in orphans if (former := _former(new, job, jobmanager)) and (former.same or not another_bundle)]


def _former(new: Successor, job: JobSummary, jobmanager: JobManagerClient) -> Former | None:
    name = job.name.rpartition("/")[2]
    try:
        runs = jobmanager.tags(job.job_id).get(DEFINITION_TAG, "")
        if runs == new.definition_hash:
            return Former(statement=name, job_id=job.job_id, same=True)
        if not runs:
            return None
        common = _written(jobmanager.details(job.job_id)) & new.tables
    except JobNotFoundError:
        return None
    return Former(statement=name, job_id=job.job_id, same=False, table=min(common)) if common else None


def _written(details: JobDetails) -> set[str]:
    texts = [vertex.name for vertex in details.vertices] + [node.description for node in details.plan.nodes]
    return {found["table"] for text in texts for found in _WRITER.finditer(text)}
