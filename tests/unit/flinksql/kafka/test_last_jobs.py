"""Notes of jobs that ended with their stack, beside those of whose topics there are: neither is taken for the other."""

import json

import pytest

from flinksql.kafka.last_jobs import LastJob, LastJobs
from flinksql.kafka.notes import NOTES
from flinksql.kafka.ownership import TopicOwner, TopicOwners
from flinksql.kafka.topic import Topic
from flinksql.statement import Deployed
from tests.unit.flinksql.kafka.notes_log import BROKER, Admin, Log, Message

OWNER = TopicOwner(stack="p/dev", stack_id="0123", topic_id="id 1")
DEPLOYED = Deployed(definition_hash="ab", job_id="cd", generation=3, savepoint="file:/s", restore_used="file:/r", flink_line="2.2")
COPY = LastJob(job_name="p/dev/copy", deployed=DEPLOYED, topics={"reviews": "id 1"}, ended=True)
PLAIN = LastJob(job_name="p/dev/plain", deployed=Deployed(definition_hash="ef", job_id="ab"))


@pytest.fixture
def owners(log: Log) -> TopicOwners:
    return TopicOwners(BROKER, Admin(log))


@pytest.fixture
def jobs(log: Log, owners: TopicOwners) -> LastJobs:
    owners.claim("reviews", OWNER, 1)
    return LastJobs(BROKER, Admin(log))


def test_every_part_of_a_note_is_read_back(jobs: LastJobs, owners: TopicOwners) -> None:
    jobs.record(COPY, PLAIN)
    assert jobs.all() == {"p/dev/copy": COPY, "p/dev/plain": PLAIN}
    assert COPY.stack == "p/dev"
    assert owners.notes() == {"reviews": OWNER}, "a job is no topic"


def test_a_note_that_is_forgotten_is_none(jobs: LastJobs) -> None:
    jobs.record(COPY, PLAIN)
    jobs.forget("p/dev/copy", "p/dev/never")
    assert jobs.all() == {"p/dev/plain": PLAIN}
    jobs.forget()
    jobs.record()
    assert jobs.all() == {"p/dev/plain": PLAIN}


def test_on_a_broker_without_notes_none_is_made(log: Log) -> None:
    """Who makes no topic there has nothing to lose by it, and may not be allowed to make one."""
    jobs = LastJobs(BROKER, Admin(log))
    jobs.record(COPY)
    assert (jobs.all(), log.made, log.records) == ({}, [], [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"7",
        b"{}",
        b'{"job": "a"}',
        json.dumps({**dict.fromkeys(("job", "definition", "savepoint", "restoreUsed"), ""), "generation": 1, "topics": 7}).encode(),
    ],
)
def test_a_record_of_somebody_else_says_nothing(log: Log, content: bytes) -> None:
    log.made.append(Topic(name=NOTES, partitions=1))
    log.records += [Message(0, b"job:p/dev/copy", content), Message(1, b"reviews", content)]
    assert LastJobs(BROKER, Admin(log)).all() == {}
