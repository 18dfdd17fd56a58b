"""What the client library tells becomes an error of ours: of the right family, with what failed and why."""

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from flinksql.kafka import committed
from flinksql.kafka.admin import TopicAdmin, translate
from flinksql.kafka.committed import uncommitted_partitions
from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError, TransientTopicError
from flinksql.kafka.topic import Topic

DOING = "creating topic reviews"
SILENT = [
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError._TIMED_OUT_QUEUE,
    KafkaError.REQUEST_TIMED_OUT,
]


@pytest.mark.parametrize("code", SILENT)
def test_silence_is_a_broker_that_does_not_answer(code: int) -> None:
    error = translate(KafkaException(KafkaError(code)), DOING, "h:1")
    assert isinstance(error, BrokerUnreachableError)
    assert error.bootstrap == "h:1"
    assert str(error) == f"{DOING} failed: no Kafka broker answers at h:1. Start it, or correct the address, and try again"


def test_what_may_pass_is_transient() -> None:
    error = translate(KafkaException(KafkaError(KafkaError.NOT_CONTROLLER, "moved", retriable=True)), DOING, "h:1")
    assert isinstance(error, TransientTopicError)
    assert not isinstance(error, BrokerUnreachableError)
    assert str(error) == f"{DOING} failed for now: moved. Try again"


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(KafkaError.NOT_LEADER_FOR_PARTITION, id="not leader"),
        pytest.param(KafkaError.LEADER_NOT_AVAILABLE, id="no leader yet"),
        pytest.param(KafkaError.COORDINATOR_LOAD_IN_PROGRESS, id="coordinator loads"),
        pytest.param(KafkaError.NOT_COORDINATOR, id="coordinator moved"),
        pytest.param(KafkaError.NOT_ENOUGH_REPLICAS, id="replicas missing"),
    ],
)
def test_what_a_starting_broker_says_is_transient_without_the_mark_of_the_library(code: int) -> None:
    assert isinstance(translate(KafkaException(KafkaError(code, "later")), DOING, "h:1"), TransientTopicError)


def test_what_does_not_pass_is_permanent_and_named() -> None:
    error = translate(KafkaException(KafkaError(KafkaError.POLICY_VIOLATION, "too many")), DOING, "h:1")
    assert isinstance(error, PermanentTopicError)
    assert str(error) == f"{DOING} failed: too many (POLICY_VIOLATION)"


def test_an_error_without_a_code_is_told_as_it_is() -> None:
    error = translate(KafkaException("no idea"), DOING, "h:1")
    assert isinstance(error, PermanentTopicError)
    assert str(error) == f"{DOING} failed: no idea"


def test_the_partitions_of_every_topic_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = {"one": Topic(name="one", partitions=2), "two": Topic(name="two", partitions=1)}
    monkeypatch.setattr(TopicAdmin, "describe", lambda _self, name: topics.get(name))

    def nothing(bootstrap: str, group: str, partitions: list[TopicPartition]) -> list[TopicPartition]:
        assert (bootstrap, group) == ("h:1", "group")
        for one in partitions:
            one.offset = 0 if (one.topic, one.partition) == ("one", 1) else -1001
        return partitions

    monkeypatch.setattr(committed, "committed_offsets", nothing)
    assert uncommitted_partitions("h:1", "group", ["one", "gone", "two"]) == ("gone", "one-0", "two-0")
