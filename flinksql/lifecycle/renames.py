"""A job that runs and has no file any more, beside a statement that is new: perhaps the same one under another name."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from flinksql.bundle import definition_hash
from flinksql.bundle.placeholders import render
from flinksql.bundle.references import read_references
from flinksql.jobmanager import JobDetails, JobManagerClient, JobNotFoundError, JobSummary
from flinksql.lifecycle.observing import DEFINITION_TAG
from flinksql.statement import Definition

_WRITER = re.compile(r"(?P<table>[^\s(),>]+)\[\d+\]: ?Writer")
"""How a vertex is named after what writes in it; several stand in one name when they are chained."""


@dataclass(frozen=True, kw_only=True)
class Former:
    """What may be the job of a statement before its file was renamed. `same` says that it runs the very definition."""

    statement: str
    job_id: str
    same: bool
    table: str = ""


def former_job(
    definition: Definition, beside: Collection[str], before: Collection[JobSummary], jobmanager: JobManagerClient
) -> Former | None:
    """Return the running job of the stack that has no file and either runs the definition or writes where it would write.

    `beside` names the jobs that the bundle has, `before` are those that Flink had when the run began. Where several ran and none of them
    has a file any more, another bundle was chosen: then only the very definition counts. Raises TransientError.
    """
    stack, _, _ = definition.job_name.rpartition("/")
    running = [job for job in before if not job.state.terminal and job.name.rpartition("/")[0] == stack]
    orphans = [job for job in running if job.name.rpartition("/")[2] not in beside]
    another_bundle = len(orphans) == len(running) > 1
    found = [former for job in orphans if (former := _former(definition, job, jobmanager)) and (former.same or not another_bundle)]
    return next((former for former in found if former.same), found[0] if found else None)


def _former(definition: Definition, job: JobSummary, jobmanager: JobManagerClient) -> Former | None:
    name = job.name.rpartition("/")[2]
    try:
        runs = jobmanager.tags(job.job_id).get(DEFINITION_TAG, "")
        if runs == definition_hash(definition):
            return Former(statement=name, job_id=job.job_id, same=True)
        if not runs:
            return None
        common = _written(jobmanager.details(job.job_id)) & _tables_written(definition)
    except JobNotFoundError:
        return None
    return Former(statement=name, job_id=job.job_id, same=False, table=min(common)) if common else None


def _written(details: JobDetails) -> set[str]:
    texts = [vertex.name for vertex in details.vertices] + [node.description for node in details.plan.nodes]
    return {found["table"] for text in texts for found in _WRITER.finditer(text)}


def _tables_written(definition: Definition) -> set[str]:
    statement = definition.statement
    references = read_references(render(statement.text, statement.file, definition.parameters))
    return {written.name.name for written in references.writes}
