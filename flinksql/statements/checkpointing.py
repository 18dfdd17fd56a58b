"""Whether a running job's checkpoints come as they should: one whose checkpoints never complete looks healthy and can lose hours."""

from flinksql.flink.jobmanager import Checkpoints, JobDetails, JobState

STALE_INTERVALS = 5
"""So many intervals without a completed checkpoint are no chance any more: a busy machine misses one or two."""
STALE_SECONDS = 60.0
"""With a short interval, a minute is still waited: a TaskManager that restarts takes some seconds."""
MILLISECONDS = 1_000


def checkpoint_trouble(details: JobDetails, checkpoints: Checkpoints, interval_seconds: float | None) -> str:
    """Return what is wrong with the checkpoints of a running job, as a line for people; empty when they come, or when it makes none.

    `interval_seconds` is None for a job without checkpoints. All times are the JobManager's own.
    """
    if interval_seconds is None or details.state is not JobState.RUNNING:
        return ""
    completed = checkpoints.latest.completed
    newest = max(completed.trigger_timestamp if completed else 0, details.timestamps.get(JobState.RUNNING, 0))
    age = (details.now - newest) / MILLISECONDS
    if age <= max(interval_seconds * STALE_INTERVALS, STALE_SECONDS):
        return ""
    failed = f", {checkpoints.counts.failed} have failed" if checkpoints.counts.failed else ""
    return (
        f"no checkpoint was completed for {age:.0f} s, and one is due every {interval_seconds:g} s{failed}: "
        "after a failure everything since then is done again"
    )
