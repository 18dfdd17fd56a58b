"""The client of Flink's JobManager over REST: jobs, their health, and stopping them."""

from flinksql.flink.jobmanager.client import DisposalFailedError, JobManagerClient, JobNotFoundError, JobsView, SavepointFailedError
from flinksql.flink.jobmanager.wire import Checkpoints, ExceptionEntry, JobDetails, JobState, JobSummary, Overview

__all__ = [
    "Checkpoints",
    "DisposalFailedError",
    "ExceptionEntry",
    "JobDetails",
    "JobManagerClient",
    "JobNotFoundError",
    "JobState",
    "JobSummary",
    "JobsView",
    "Overview",
    "SavepointFailedError",
]
