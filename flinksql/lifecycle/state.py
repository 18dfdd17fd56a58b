"""Where the state of an ended job lies: what the JobManager remembers, else what is in the platform's folders."""

import re
from dataclasses import dataclass
from pathlib import Path

from flinksql.jobmanager import Checkpoints, JobManagerClient, JobNotFoundError, JobSummary
from flinksql.lifecycle.observing import DEFINITION_TAG
from flinksql.lifecycle.values import LifecycleSettings
from flinksql.statement import Deployed

METADATA = "_metadata"
"""Written last: a checkpoint or savepoint folder without it is incomplete."""
SAVEPOINT_DIGITS = 6
"""Flink names a savepoint's folder `savepoint-<first six digits of the job id>-<random>`."""


@dataclass(frozen=True, kw_only=True)
class StateFinder:
    """Finds the state to go on from."""

    jobmanager: JobManagerClient
    settings: LifecycleSettings

    def latest(self, job_name: str, deployed: Deployed) -> str:
        """Return the path of the newest savepoint or retained checkpoint of the statement's last job, or empty when none is known.

        A statement that was paused has told where its state lies. What somebody else ran under the name does not count, and a job that
        never got past its initialisation has no state of its own: the one before it is looked at.
        """
        if deployed.savepoint:
            return deployed.savepoint
        job_ids = [job.job_id for job in self.jobmanager.jobs() if job.name == job_name and self._is_ours(job, deployed)]
        if deployed.job_id and deployed.job_id not in job_ids:
            job_ids.append(deployed.job_id)
        for job_id in job_ids:
            path = self._of_job(job_id)
            if path is not None:
                return path
        return ""

    def _is_ours(self, job: JobSummary, deployed: Deployed) -> bool:
        if job.job_id == deployed.job_id:
            return True
        try:
            return DEFINITION_TAG in self.jobmanager.tags(job.job_id)
        except JobNotFoundError:
            return False

    def _of_job(self, job_id: str) -> str | None:
        """Return the job's state, empty for a job that ran and has none, None for a job that cannot have any."""
        try:
            remembered = newest_path(self.jobmanager.checkpoints(job_id))
            ran = self.jobmanager.details(job_id).ever_ran
        except JobNotFoundError:
            return self._in_folders(job_id)
        return remembered or self._in_folders(job_id) or ("" if ran else None)

    def _in_folders(self, job_id: str) -> str | None:
        candidates = [*self._checkpoints(job_id), *self._savepoints(job_id)]
        newest = max(candidates, key=lambda metadata: metadata.stat().st_mtime_ns, default=None)
        # Flink takes percent signs as they stand: an escaped space would name another folder.
        return f"file://{newest.parent}" if newest else None

    def _checkpoints(self, job_id: str) -> list[Path]:
        folder = self.settings.checkpoints_folder
        if folder is None or not (folder / job_id).is_dir():
            return []
        return [
            path / METADATA for path in (folder / job_id).iterdir() if re.fullmatch(r"chk-\d+", path.name) and (path / METADATA).is_file()
        ]

    def _savepoints(self, job_id: str) -> list[Path]:
        folder = self.settings.savepoints_folder
        if folder is None or not folder.is_dir():
            return []
        return [path for path in folder.glob(f"savepoint-{job_id[:SAVEPOINT_DIGITS]}-*/{METADATA}") if path.is_file()]


def newest_path(checkpoints: Checkpoints) -> str:
    """Return the newest of what a job wrote, else what it started from; empty when there is neither."""
    latest = checkpoints.latest
    written = [entry for entry in (latest.completed, latest.savepoint) if entry and entry.external_path and not entry.discarded]
    if written:
        return max(written, key=lambda entry: entry.trigger_timestamp).external_path or ""
    return (latest.restored.external_path if latest.restored else None) or ""
