"""Brokers with ten thousand topics of others: how many requests they take, and how long messages about them are."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from flinksql.kafka import committed, positions
from flinksql.kafka.committed import CommittedOffsets
from flinksql.kafka.errors import BrokerUnreachableError
from flinksql.kafka.positions import BrokerPositions
from tests.fakes.kafka_admin import FakeBroker

MANY = 10_000
TOPICS = {f"team-{number}.orders.v{number}": SimpleNamespace(partitions={0: None}) for number in range(MANY)}


class LargeBroker:
    """An administrative client. `offsets` are the requests for offsets, with the places of each."""

    def __init__(self) -> None:
        self.offsets: list[list[TopicPartition]] = []
        self.topics = dict(TOPICS)

    def list_topics(self, timeout: float) -> SimpleNamespace:
        assert timeout
        return SimpleNamespace(topics=self.topics)

    def list_offsets(self, asked: Mapping[TopicPartition, object], **_: object) -> Mapping[TopicPartition, Future[Any]]:
        self.offsets.append(list(asked))
        answers = dict[TopicPartition, Future[Any]]()
        for place in asked:
            answers[place] = Future()
            answers[place].set_result(SimpleNamespace(offset=place.partition, timestamp=-1))
        return answers


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> LargeBroker:
    broker = LargeBroker()
    monkeypatch.setattr(positions, "AdminClient", lambda _settings: broker)
    monkeypatch.setattr(positions, "require_broker", lambda *_: None)
    return broker


def test_what_a_group_committed_of_all_topics_is_asked_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client library looks through all places of a request for each place that is answered."""
    double = FakeBroker(offsets={("team-7.orders.v7", 0): 12, ("team-9999.orders.v9999", 0): 5})
    asked: list[int] = []

    def consumer(settings: Mapping[str, Any]) -> SimpleNamespace:
        fake = double.consumer(settings)

        def told(places: list[TopicPartition], timeout: float) -> Sequence[TopicPartition]:
            asked.append(len(places))
            return fake.committed(places, timeout=timeout)

        return SimpleNamespace(committed=told, close=fake.close)

    monkeypatch.setattr(committed, "AdminClient", lambda _settings: LargeBroker())
    monkeypatch.setattr(committed, "Consumer", consumer)
    found = CommittedOffsets("h:1").of("group")
    assert [(one.topic, one.offset) for one in found] == [("team-7.orders.v7", 12), ("team-9999.orders.v9999", 5)]
    assert (sum(asked), max(asked)) == (MANY, 500)
    assert double.closed == ["group"]


def test_offsets_of_the_topics_of_a_pattern_are_asked_in_parts(broker: LargeBroker) -> None:
    broker.topics["two"] = SimpleNamespace(partitions={0: None, 1: None})
    found = BrokerPositions("h:1").topics([*broker.topics, "gone"])
    assert len(found) == MANY + 2
    assert [sorted(found[name].partitions) for name in ("two", "gone", "team-0.orders.v0")] == [[0, 1], [], [0]]
    # Four questions in 21 parts each, and four more for what resembles each of the first ten empty topics.
    assert len(broker.offsets) == 4 * 21 + 4 * 10
    assert max(map(len, broker.offsets)) == 500


def test_few_empty_topics_are_compared_with_all_others(broker: LargeBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def matches(name: str, others: list[str], *_: object) -> list[str]:
        compared.append(name)
        assert len(others) == MANY - 1
        return []

    monkeypatch.setattr(positions, "get_close_matches", matches)
    BrokerPositions("h:1").topics(sorted(broker.topics))
    assert compared == sorted(broker.topics)[:10]


def test_a_topic_that_is_gone_is_told_with_the_three_that_resemble_it_most(broker: LargeBroker) -> None:
    broker.topics |= {name: SimpleNamespace(partitions={3: None}) for name in ("payments-eu", "payments-us", "payment-eu", "payments-e")}
    found = BrokerPositions("h:1").topics(["payments-eu2"])["payments-eu2"]
    assert found.similar == {"payments-eu": 0, "payment-eu": 0, "payments-e": 0}


def test_a_failure_names_few_of_many_topics(broker: LargeBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> object:
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    monkeypatch.setattr(broker, "list_topics", refused)
    with pytest.raises(BrokerUnreachableError, match=r"team-1000\.orders\.v1000, .* and 9,990 more failed") as caught:
        BrokerPositions("h:1").topics(list(TOPICS))
    assert len(str(caught.value)) < 500
