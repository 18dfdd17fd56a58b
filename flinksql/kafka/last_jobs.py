"""Which jobs ran when a stack began to go, noted on its broker: a teardown that is interrupted leaves topics, and nobody who knows.

The note goes with what it is about: it lies beside the topics whose offsets the job's state holds, and says which they were.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.notes import Notes
from flinksql.statement import Deployed

_JOB = "job:"
"""Begins the key of such a note. No topic's name can hold a colon."""


@dataclass(frozen=True, kw_only=True)
class LastJob:
    """A job that was ended together with its stack.

    `topics` are the ids that Kafka had given the topics of the stack that it read and wrote, by name. `ended` tells that all jobs of the
    stack have gone as they should, and that its topics were kept.
    """

    job_name: str
    deployed: Deployed
    topics: Mapping[str, str] = field(default_factory=dict)
    ended: bool = False

    @property
    def stack(self) -> str:
        """Whose it was: `<project>/<stack>`."""
        return self.job_name.rpartition("/")[0]


class LastJobs:
    """The notes of jobs on the brokers at `bootstrap`. May be used from several threads; raises TopicError."""

    def __init__(self, bootstrap: str, admin: TopicAdmin, options: Mapping[str, str] | None = None) -> None:
        self._notes = Notes(bootstrap, admin, _job, options)

    def all(self) -> Mapping[str, LastJob]:
        """Return the noted jobs of all stacks by name."""
        return {job.job_name: job for job in self._notes.read("reading which jobs ran last").values()}

    def record(self, *jobs: LastJob) -> None:
        """Note jobs that are about to be ended. Where no stack ever noted a topic, nothing is."""
        notes = {f"{_JOB}{job.job_name}": _note(job) for job in jobs}
        self._notes.write(notes, f"noting the last jobs ({', '.join(sorted(job.job_name for job in jobs))})")

    def forget(self, *job_names: str) -> None:
        """Take notes away: their jobs run again, or are gone for good."""
        self._notes.write({f"{_JOB}{name}": None for name in job_names}, f"forgetting the last jobs ({', '.join(sorted(job_names))})")


def _note(job: LastJob) -> bytes:
    known = job.deployed
    told = {
        "job": known.job_id,
        "definition": known.definition_hash,
        "generation": known.generation,
        "savepoint": known.savepoint,
        "restoreUsed": known.restore_used,
        "flinkLine": known.flink_line,
        "topics": dict(job.topics),
        "ended": job.ended,
    }
    return json.dumps(told).encode()


def _job(key: str, note: bytes) -> LastJob | None:
    if not key.startswith(_JOB):
        return None
    try:
        told = json.loads(note)
        return LastJob(
            job_name=key.removeprefix(_JOB),
            deployed=Deployed(
                definition_hash=str(told["definition"]),
                job_id=str(told["job"]),
                generation=int(told["generation"]),
                savepoint=str(told["savepoint"]),
                restore_used=str(told["restoreUsed"]),
                flink_line=str(told.get("flinkLine") or ""),
            ),
            topics={str(name): str(topic_id) for name, topic_id in dict(told["topics"]).items()},
            ended=told.get("ended") is True,
        )
    except (ValueError, KeyError, TypeError):
        return None
