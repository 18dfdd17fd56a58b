"""A broker that is a dictionary, and notes in memory, under the provider of topics."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from pulumi.dynamic import Config, ConfigureRequest

from components.names import PROJECT
from components.providers.broker_silence import BrokerSilence
from components.providers.reporting import Once, WhileAsked
from components.providers.topic import TopicProvider
from components.providers.topic_inputs import topic_inputs
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import BrokerUnreachableError
from flinksql.kafka.last_jobs import LastJob, LastJobs
from flinksql.kafka.ownership import TopicOwner, TopicOwners
from flinksql.kafka.topic import Change, Topic, plan

OWNER = TopicOwner(stack="flink-reviews/dev", stack_id="0123456789abcdef")
FORMER = TopicOwner(stack="flink-reviews/dev", stack_id="2222222222222222")
OTHER = TopicOwner(stack="flink-reviews/staging", stack_id="fedcba9876543210")


class FakeOwners(TopicOwners):
    """Notes in memory."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1:1", TopicAdmin("127.0.0.1:1"))
        self.kept: dict[str, TopicOwner] = {}
        self.replications: dict[str, int] = {}
        """Of the topic of the notes, as each note asked for it."""

    def find(self, topic: str) -> TopicOwner | None:
        return self.kept.get(topic)

    def notes(self) -> Mapping[str, TopicOwner]:
        return dict(self.kept)

    def claim(self, topic: str, owner: TopicOwner, replication: int) -> None:
        assert replication > 0
        self.replications[topic] = replication
        self.kept[topic] = owner

    def release(self, topic: str) -> None:
        self.kept.pop(topic, None)


class FakeLastJobs(LastJobs):
    """Notes of jobs in memory."""

    def __init__(self, *jobs: LastJob) -> None:
        super().__init__("127.0.0.1:1", TopicAdmin("127.0.0.1:1"))
        self.kept = {job.job_name: job for job in jobs}

    def all(self) -> Mapping[str, LastJob]:
        return dict(self.kept)

    def record(self, *jobs: LastJob) -> None:
        self.kept |= {job.job_name: job for job in jobs}

    def forget(self, *job_names: str) -> None:
        for name in job_names:
            self.kept.pop(name, None)


class FakeAdmin(TopicAdmin):
    """Topics in memory, with the same planning; `down` makes it unreachable."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1:1")
        self.topics: dict[str, Topic] = {}
        self.ids = count(1)
        self.quicker: Topic | None = None
        """What somebody else makes at the moment of a creation."""
        self.down = False
        self.asked = 0

    def describe(self, name: str) -> Topic | None:
        self.asked += 1
        self._answer()
        return self.topics.get(name)

    def apply(self, wanted: Topic) -> Change:
        found = self.describe(wanted.name)
        change = plan(found, wanted)
        self.topics[wanted.name] = replace(wanted, topic_id=found.topic_id if found else f"id {next(self.ids)}")
        return change

    def create(self, wanted: Topic) -> bool:
        self._answer()
        if self.quicker is not None:
            self.topics[wanted.name] = self.quicker
        if wanted.name in self.topics:
            return False
        self.topics[wanted.name] = replace(wanted, topic_id=f"id {next(self.ids)}")
        return True

    def delete(self, name: str) -> bool:
        self._answer()
        return self.topics.pop(name, None) is not None

    def _answer(self) -> None:
        if self.down:
            raise BrokerUnreachableError("reading topics", "h:1")


def topic_provider(admin: FakeAdmin, remarks: list[str]) -> TopicProvider:
    """Return a provider over a broker; what it remarks is kept."""
    provider = TopicProvider()
    provider.configure(ConfigureRequest(config=Config({}, PROJECT)))
    provider.serve(provider)
    provider.admin = admin
    provider.owners = FakeOwners()
    provider.remark, provider.named = Once(remarks.append), Once()
    provider.broker = WhileAsked(provider.remark)
    provider.is_coming_back = lambda: False
    provider.is_own_broker = False
    provider.taken_over = frozenset()
    provider.silence = BrokerSilence()
    return provider


def inputs(partitions: int = 2, *, delete_data: bool = True, **config: str) -> dict[str, Any]:
    named = {key.replace("_", "."): value for key, value in config.items()}
    return topic_inputs(Topic(name="reviews", partitions=partitions, config=named), OWNER, delete_data=delete_data)


def state(provider: TopicProvider, given: dict[str, Any]) -> dict[str, Any]:
    """Create the topic; return its state as Pulumi gives it back."""
    created = provider.create(given)
    assert created.id == "reviews"
    assert created.outs is not None
    return {key: float(value) if type(value) is int else value for key, value in created.outs.items()}
