"""Speaking to Flink's JobManager over REST: which jobs there are, how they are, and ending them."""

from flinksql.jobmanager.client import JobManagerClient
from flinksql.jobmanager.errors import JobNotFoundError, SavepointFailedError
from flinksql.jobmanager.wire import Checkpoints, ExceptionEntry, JobDetails, JobState, JobSummary, Overview

__all__ = [
    "Checkpoints",
    "ExceptionEntry",
    "JobDetails",
    "JobManagerClient",
    "JobNotFoundError",
    "JobState",
    "JobSummary",
    "Overview",
    "SavepointFailedError",
]
