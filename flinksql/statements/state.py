"""Where the state of a statement's ended jobs lies: what the JobManager remembers, else what is in the platform's folders."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flinksql.errors import StateNotFoundError, TransientError
from flinksql.flink.jobmanager import Checkpoints, JobManagerClient, JobNotFoundError, JobSummary
from flinksql.flink.jobmanager.wire import CheckpointEntry
from flinksql.sql import job_id
from flinksql.statement import Deployed
from flinksql.statements.situation import SavedState
from flinksql.statements.values import DEFINITION_TAG, LifecycleSettings, WrittenState

METADATA = "_metadata"
"""Written last: a checkpoint or savepoint folder without it is incomplete."""
SAVEPOINT_DIGITS = 6
"""Flink names a savepoint's folder `savepoint-<first six digits of the job id>-<random>`."""
CHECKPOINTS_KEYS = ("execution.checkpointing.dir", "state.checkpoints.dir")
"""Where Flink writes checkpoints: the key of today, and the one before Flink 1.20."""
FORGOTTEN_GENERATIONS = 10
"""How many generations beyond the known one are looked for in the folders: each run that is killed in the middle uses up one or two."""


@dataclass(frozen=True, kw_only=True)
class StateFinder:
    """Finds the state to go on from."""

    jobmanager: JobManagerClient
    settings: LifecycleSettings

    def latest(self, job_name: str, deployed: Deployed, definitions: Collection[str] = ()) -> SavedState:
        """Return the newest savepoint or retained checkpoint of the statement's last job.

        `definitions` are the hashes whose jobs count; without them every one does that this project submitted or took over. A job that
        never got past its initialisation has no state of its own: the one before it is looked at. A statement that was paused has told
        where its state lies; a job that went on from there since has newer state.
        """
        jobs = [job for job in self.jobmanager.jobs() if job.name == job_name or (deployed.job_id and job.job_id == deployed.job_id)]
        counting = {job.job_id: writer for job in jobs if (writer := self._writer(job, deployed, definitions)) is not None}
        for identity, writer in counting.items():
            found = self._of_job(identity, writer)
            if found is not None and (found.path or not deployed.savepoint):
                return found
        forgotten = identities(job_name, deployed, definitions, self.settings.salt)
        writers = {identity: writer for identity, writer in forgotten.items() if identity not in counting}
        listed = self._listed(writers)
        newest = self._in_folders(writers) or _newest_listed(listed or (), writers)
        if newest is None and deployed.savepoint:
            return SavedState(path=deployed.savepoint, writer=deployed.definition_hash, flink_line=deployed.flink_line)
        # A job makes its folder when it starts. Where even that is missing, the folder was lost, and with it what was in it.
        seen_empty = any(one.job_id == deployed.job_id for one in listed or ())
        known_to_have_none = not deployed.job_id or deployed.job_id in counting or self._folders_readable or seen_empty
        # What this JobManager remembers was written by the Flink that runs.
        return replace(newest, flink_line=deployed.flink_line) if newest else SavedState(certain=known_to_have_none)

    def _listed(self, writers: Mapping[str, str]) -> Sequence[WrittenState] | None:
        """Return what the platform says that the jobs left; None where it is not asked, or cannot tell."""
        return self.settings.listing(tuple(writers)) if self.settings.listing and writers else None

    def _writer(self, job: JobSummary, deployed: Deployed, definitions: Collection[str]) -> str | None:
        """Return the definition that a job runs, or None when it does not count."""
        if job.job_id == deployed.job_id:
            definition: str | None = deployed.definition_hash
        else:
            try:
                definition = self.jobmanager.tags(job.job_id).get(DEFINITION_TAG)
            except JobNotFoundError:
                return None
        return definition if not definitions or definition in definitions else None

    def _of_job(self, identity: str, writer: str) -> SavedState | None:
        """Return the job's state, an empty one for a job that ran and has none, None for a job that cannot have any.

        A job that completed checkpoints, none of which the JobManager names as kept, may have left one all the same: what it started from
        is older, and nothing at all would be a loss unasked.
        """
        try:
            checkpoints = self.jobmanager.checkpoints(identity)
            ran = self.jobmanager.details(identity).ever_ran
        except JobNotFoundError:
            return self._in_folders({identity: writer}) or _newest_listed(self._listed({identity: writer}) or (), {identity: writer})
        remembered, written = newest_state(checkpoints, writer), bool(kept(checkpoints))
        if not written and checkpoints.counts.completed:
            return self._in_folders({identity: writer}) or SavedState(certain=False)
        return remembered or self._in_folders({identity: writer}) or (SavedState() if ran else None)

    def not_found(self, statement: str, job_id: str) -> StateNotFoundError:
        """Return the error of a job that is gone and may have left state where nobody can look."""
        root = self._checkpoints_root()
        example = f"{root or 'file:///<folder>/checkpoints'}/{job_id or '<job id>'}/chk-<number>"
        return StateNotFoundError(
            f"statement {statement}: its job {job_id} is gone, and its last state cannot be found: the JobManager forgot it, and "
            f"{self._where_it_was_sought(root)}. It is not started without state unasked. Where you have its state, write "
            f"`-- restore_from: {example}` at the top of its file; to start without, which reads everything again: "
            "`-- allow_state_reset: true`."
        )

    def _where_it_was_sought(self, root: str) -> str:
        if self._folders_readable or self.settings.state_root.startswith("file:"):
            return f"{f'below {root}' if root else 'in its folders'} no checkpoint or savepoint of it was found"
        # Of an object store, and of another machine's disk, nobody here can say what is on it.
        return f"what Flink wrote{f' below {root}' if root else ''} cannot be looked at from here"

    def _checkpoints_root(self) -> str:
        """Return where Flink writes checkpoints, by the platform's settings or its own; empty where neither tells."""
        if self.settings.state_root:
            return f"{self.settings.state_root}/checkpoints"
        try:
            options = self.jobmanager.configuration()
        except TransientError:
            return ""
        return next((options[key].rstrip("/") for key in CHECKPOINTS_KEYS if options.get(key)), "")

    @property
    def _folders_readable(self) -> bool:
        return self.settings.checkpoints_folder is not None and self.settings.savepoints_folder is not None

    def _in_folders(self, writers: dict[str, str]) -> SavedState | None:
        """Return the newest state that any of the jobs (id to definition) left in the folders."""
        candidates = [
            (metadata.stat().st_mtime_ns, metadata.parent, writer)
            for identity, writer in writers.items()
            for metadata in (*self._checkpoints(identity), *self._savepoints(identity))
        ]
        if not candidates:
            return None
        _, newest, writer = max(candidates)
        # Flink takes percent signs as they stand: an escaped space would name another folder.
        return SavedState(path=f"file://{newest}", writer=writer)

    def _checkpoints(self, identity: str) -> list[Path]:
        folder = self.settings.checkpoints_folder
        if folder is None or not (folder / identity).is_dir():
            return []
        return [
            path / METADATA for path in (folder / identity).iterdir() if re.fullmatch(r"chk-\d+", path.name) and (path / METADATA).is_file()
        ]

    def _savepoints(self, identity: str) -> list[Path]:
        folder = self.settings.savepoints_folder
        if folder is None or not folder.is_dir():
            return []
        return [path for path in folder.glob(f"savepoint-{identity[:SAVEPOINT_DIGITS]}-*/{METADATA}") if path.is_file()]


def _newest_listed(listed: Sequence[WrittenState], writers: Mapping[str, str]) -> SavedState | None:
    complete = [one for one in listed if one.path]
    if not complete:
        return None
    newest = max(complete, key=lambda one: one.modified)
    return SavedState(path=newest.path, writer=writers.get(newest.job_id, ""))


def kept(checkpoints: Checkpoints) -> list[CheckpointEntry]:
    """Return what a job wrote and Flink kept: the newest checkpoint, the newest savepoint."""
    latest = checkpoints.latest
    return [entry for entry in (latest.completed, latest.savepoint) if entry and entry.external_path and not entry.discarded]


def newest_state(checkpoints: Checkpoints, writer: str) -> SavedState | None:
    """Return the newest of what a job wrote, else what it started from; None when there is neither."""
    latest, written = checkpoints.latest, kept(checkpoints)
    if written:
        newest = max(written, key=lambda entry: entry.trigger_timestamp)
        return SavedState(path=newest.external_path or "", writer=writer)
    restored = (latest.restored.external_path if latest.restored else None) or ""
    return SavedState(path=restored) if restored else None


def identities(job_name: str, deployed: Deployed, definitions: Collection[str], salt: str) -> dict[str, str]:
    """Return the ids, with their definitions, under which jobs may have run that the JobManager forgot; earlier ones had no salt."""
    hashes = {digest for digest in (*definitions, deployed.definition_hash) if digest and (not definitions or digest in definitions)}
    last = deployed.generation + FORGOTTEN_GENERATIONS
    salts = {"", salt}
    identities = {job_id(job_name, digest, number, each): digest for digest in hashes for number in range(1, last + 1) for each in salts}
    if deployed.job_id and deployed.definition_hash in hashes:
        identities[deployed.job_id] = deployed.definition_hash
    return identities
