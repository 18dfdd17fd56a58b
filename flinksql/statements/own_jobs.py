"""The jobs of a Flink that many use, as one stack may see them: a job of its name that it did not submit bears another name for it.

A job belongs to who submitted it: its id follows from its name, its definition and the stack's salt. Another stack of the same name, of
another checkout or state, submits jobs of the same names. They are neither watched nor replaced nor ended here; by its id a job is found
whoever's it is, for a header may name one that is to be taken over.
"""

from collections.abc import Collection

from flinksql.flink.jobmanager import JobManagerClient, JobSummary
from flinksql.statements.orphaned_jobs import was_submitted_here

FOREIGN = "not this stack's: "
"""What the names of such jobs begin with."""


class OwnJobs:
    """Renames what was submitted elsewhere. `prefix` is what the names of all stacks' jobs begin with; others are not looked at."""

    def __init__(self, prefix: str, salt: str) -> None:
        self._prefix = prefix
        self._salt = salt
        self._own: dict[str, bool] = {}

    def __call__(self, client: JobManagerClient, jobs: tuple[JobSummary, ...]) -> tuple[JobSummary, ...]:
        """Return the jobs under the names by which this stack may know them. Raises TransientError."""
        return tuple(job if self._is_own(client, job) else job.model_copy(update={"name": f"{FOREIGN}{job.name}"}) for job in jobs)

    def _is_own(self, client: JobManagerClient, job: JobSummary) -> bool:
        if not job.name.startswith(self._prefix):
            return True  # no stack's name, so nobody takes it for a statement's
        # An id never means another job, so it is asked for once.
        if job.job_id not in self._own:
            self._own[job.job_id] = was_submitted_here(job, client, self._salt)
        return self._own[job.job_id]


def namesake(job_name: str, jobs: Collection[JobSummary], but: Collection[str] = ()) -> JobSummary | None:
    """Return the job that runs under a statement's name and was submitted elsewhere; `but` are ids that it may have."""
    theirs = (job for job in jobs if job.name == f"{FOREIGN}{job_name}" and not job.state.terminal)
    return next((job for job in theirs if job.job_id not in but), None)
