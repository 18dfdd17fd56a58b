"""Jobs that this stack submitted and that belong to no statement any more: a run was killed before it recorded them, and their file went.

Nothing else knows of such a job. Only a job whose id follows from what it says of itself is the stack's: the id is derived from name,
definition, generation and the installation's salt, so a job that somebody started by hand, or another installation, never has one.
"""

from collections.abc import Collection
from dataclasses import dataclass

from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError, JobSummary
from flinksql.sql import job_id
from flinksql.statements.renames import Successor, possible_predecessors
from flinksql.statements.values import DEFINITION_TAG, GENERATION_TAG

_GENERATION_DIGITS = 9


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What of a stack's jobs belongs to somebody. `stack` is `<project>/<stack>`.

    `declared` and `recorded` are the jobs of statements that have a file, and a resource: each its name, its id, or both. `successors` are
    statements that are new: a job that one of them may go on with, under another name, is not ended.
    """

    stack: str
    declared: Collection[str] = ()
    recorded: Collection[str] = ()
    successors: Collection[Successor] = ()


def orphaned_jobs(claims: Claims, jobmanager: JobManagerClient, salt: str) -> tuple[JobSummary, ...]:
    """Return the stack's running jobs that belong to nobody, newest first. Raises TransientError."""
    jobs = jobmanager.jobs()
    named = [job for job in jobs if not job.state.terminal and job.name.rpartition("/")[0] == claims.stack]
    claimed = {*claims.declared, *claims.recorded}
    unclaimed = [job for job in named if claimed.isdisjoint({job.name, job.job_id})]
    orphaned = [job for job in unclaimed if was_submitted_here(job, jobmanager, salt)]
    if not orphaned:
        return ()
    # By the same rule by which such a statement is refused: see `former_job`.
    beside = [name.rpartition("/")[2] for name in claims.declared]
    spared = {former.job_id for one in claims.successors for former in possible_predecessors(one, claims.stack, beside, jobs, jobmanager)}
    return tuple(job for job in orphaned if job.job_id not in spared)


def was_submitted_here(job: JobSummary, jobmanager: JobManagerClient, salt: str) -> bool:
    """Tell whether a job's id is the one that this installation derives for it. Raises TransientError."""
    try:
        tags = jobmanager.tags(job.job_id)
    except JobNotFoundError:
        return False
    definition, generation = tags.get(DEFINITION_TAG, ""), tags.get(GENERATION_TAG, "")
    if not definition or not generation.isdecimal() or len(generation) > _GENERATION_DIGITS:
        return False
    return job_id(job.name, definition, int(generation), salt) == job.job_id
