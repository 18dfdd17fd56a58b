"""Kafka's admin client without a broker: topics in memory, and a broker that shows things late, refuses, or never answers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NoReturn

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin._config import AlterConfigOpType, ConfigResource, ConfigSource
from confluent_kafka.cimpl import NewPartitions, NewTopic


@dataclass
class HeldTopic:
    """A topic that the broker holds. `static` are settings of the broker itself, which a description gives beside the topic's own."""

    partitions: int
    replicas: int = 1
    config: dict[str, str | None] = field(default_factory=dict)
    topic_id: str | None = "id 1"
    static: dict[str, str] = field(default_factory=lambda: {"retention.ms": "604800000"})


@dataclass
class Entry:
    """A setting as a description gives it."""

    value: str | None
    source: int


@dataclass
class Description:
    """A topic as the client describes it."""

    partitions: Sequence["Partition"]
    topic_id: str | None


@dataclass
class Partition:
    """A partition, of which only the number of replicas counts."""

    replicas: Sequence[int]


class Silence(Future[Any]):
    """An answer that never comes: who waits is told so at once, and for how long he would have waited is kept."""

    waited: float | None = None

    def result(self, timeout: float | None = None) -> NoReturn:
        self.waited = timeout
        raise TimeoutError


@dataclass
class FakeBroker:
    """What a broker holds and how it behaves. `hidden` descriptions pass before a change can be seen."""

    topics: dict[str, HeldTopic] = field(default_factory=dict)
    refused: dict[str, KafkaError] = field(default_factory=dict)
    """Errors by request."""
    silent: set[str] = field(default_factory=set)
    """Requests that are never answered."""
    hidden: int = 0
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    """What a group has committed, by topic and partition."""
    settings: list[Mapping[str, Any]] = field(default_factory=list)
    """Of each client."""
    requests: list[tuple[str, float]] = field(default_factory=list)
    """Every request with its time limit in seconds."""
    silences: list[Silence] = field(default_factory=list)
    pending: list[dict[str, HeldTopic]] = field(default_factory=list)
    last_shown: dict[str, HeldTopic] = field(default_factory=dict)
    quicker: HeldTopic | None = None
    """What somebody else makes at the moment of a creation."""
    before_settings: dict[str, HeldTopic] | None = None
    """What is there when settings are described, where that is something else than when the topic was."""
    closed: list[str] = field(default_factory=list)
    """The groups of consumers that were closed."""
    raised: dict[str, KafkaError] = field(default_factory=dict)
    """Errors of the library itself, by request."""

    def client(self, settings: Mapping[str, Any]) -> "FakeAdminClient":
        """Stand in for the constructor of the library's client."""
        self.settings.append(settings)
        return FakeAdminClient(self)

    def consumer(self, settings: Mapping[str, Any]) -> "FakeConsumer":
        """Stand in for the constructor of the library's consumer."""
        self.settings.append(settings)
        return FakeConsumer(self, settings["group.id"])

    def answer(self, request: str, seconds: float, value: object, error: int | None = None) -> Future[Any]:
        """Return what a request about one thing comes to."""
        self.note(request, seconds)
        return self.outcome(request, value, error)

    def note(self, request: str, seconds: float) -> None:
        """Take a request, unless the library itself refuses it."""
        self.requests.append((request, seconds))
        if request in self.raised:
            raise KafkaException(self.raised[request])

    def outcome(self, request: str, value: object, error: int | None = None) -> Future[Any]:
        """Return what a request comes to for one of the things that it asks about."""
        if request in self.silent:
            self.silences.append(Silence())
            return self.silences[-1]
        future = Future[Any]()
        refusal = self.refused.get(request) or (KafkaError(error) if error is not None else None)
        if refusal:
            future.set_exception(KafkaException(refusal))
        else:
            future.set_result(value)
        return future

    def shown(self) -> dict[str, HeldTopic]:
        """Return the topics that a description knows now."""
        if self.pending and self.hidden:
            self.hidden -= 1
            return self.pending[0]
        self.pending.clear()
        return self.topics

    def change(self, topics: dict[str, HeldTopic]) -> None:
        """Hold other topics from now on; descriptions show them when `hidden` ones have passed."""
        self.pending = [self.topics]
        self.topics = topics


@dataclass
class FakeAdminClient:
    """The requests that the product makes, with the names and shapes of the library."""

    broker: FakeBroker

    def describe_topics(self, names: TopicCollection, *, request_timeout: float) -> dict[str, Future[Any]]:
        shown = self.broker.shown()
        self.broker.note("describe_topics", request_timeout)
        self.broker.last_shown = shown if self.broker.before_settings is None else self.broker.before_settings
        return {name: self._described(shown.get(name)) for name in names.topic_names}

    def _described(self, held: HeldTopic | None) -> Future[Any]:
        missing = KafkaError.UNKNOWN_TOPIC_OR_PART if held is None else None
        described = held and Description([Partition([0] * held.replicas) for _ in range(held.partitions)], held.topic_id)
        return self.broker.outcome("describe_topics", described, missing)

    def describe_configs(self, resources: Sequence[ConfigResource], *, request_timeout: float) -> dict[ConfigResource, Future[Any]]:
        [resource] = resources
        held = self.broker.last_shown.get(resource.name)
        if held is None:
            return {resource: self.broker.answer("describe_configs", request_timeout, None, KafkaError.UNKNOWN_TOPIC_OR_PART)}
        entries = {key: Entry(value, ConfigSource.STATIC_BROKER_CONFIG.value) for key, value in held.static.items()}
        entries |= {key: Entry(value, ConfigSource.DYNAMIC_TOPIC_CONFIG.value) for key, value in held.config.items()}
        return {resource: self.broker.answer("describe_configs", request_timeout, entries)}

    def create_topics(self, topics: Sequence[NewTopic], *, request_timeout: float, validate_only: bool = False) -> dict[str, Future[Any]]:
        self.broker.note("create_topics", request_timeout)
        return {new.topic: self._created(new, validate_only=validate_only) for new in topics}

    def _created(self, new: NewTopic, *, validate_only: bool) -> Future[Any]:
        if self.broker.quicker:
            self.broker.change({**self.broker.topics, new.topic: self.broker.quicker})
        there = KafkaError.TOPIC_ALREADY_EXISTS if new.topic in self.broker.topics else None
        answer = self.broker.outcome("create_topics", None, there)
        if answer.done() and not answer.exception() and not validate_only:
            held = HeldTopic(new.num_partitions, new.replication_factor, dict(new.config or {}))
            self.broker.change({**self.broker.topics, new.topic: held})
        return answer

    def create_partitions(self, grown: Sequence[NewPartitions], *, request_timeout: float) -> dict[str, Future[Any]]:
        [new] = grown
        answer = self.broker.answer("create_partitions", request_timeout, None)
        if answer.done() and not answer.exception():
            held = self.broker.topics[new.topic]
            more = HeldTopic(new.new_total_count, held.replicas, held.config, held.topic_id)
            self.broker.change({**self.broker.topics, new.topic: more})
        return {new.topic: answer}

    def delete_topics(self, names: Sequence[str], *, request_timeout: float) -> dict[str, Future[Any]]:
        [name] = names
        missing = None if name in self.broker.topics else KafkaError.UNKNOWN_TOPIC_OR_PART
        answer = self.broker.answer("delete_topics", request_timeout, None, missing)
        if answer.done() and not answer.exception():
            self.broker.change({other: held for other, held in self.broker.topics.items() if other != name})
        return {name: answer}

    def incremental_alter_configs(
        self, resources: Sequence[ConfigResource], *, request_timeout: float
    ) -> dict[ConfigResource, Future[Any]]:
        [resource] = resources
        config = self.broker.topics[resource.name].config
        for entry in resource.incremental_configs:
            if entry.incremental_operation is AlterConfigOpType.SET:
                config[entry.name] = entry.value
            else:
                assert entry.incremental_operation is AlterConfigOpType.DELETE
                assert entry.value is None
                del config[entry.name]
        return {resource: self.broker.answer("incremental_alter_configs", request_timeout, None)}


@dataclass
class FakeConsumer:
    """A consumer that is asked what its group has committed. It must be closed."""

    broker: FakeBroker
    group: str

    def committed(self, asked: Sequence[TopicPartition], *, timeout: float) -> Sequence[TopicPartition]:
        told = [TopicPartition(one.topic, one.partition, self.broker.offsets.get((one.topic, one.partition), -1001)) for one in asked]
        found: Sequence[TopicPartition] = self.broker.answer("committed", timeout, told).result(timeout)
        return found

    def close(self) -> None:
        self.broker.closed.append(self.group)
