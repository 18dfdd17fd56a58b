"""Whether topics could be made, asked of a broker that is a double: nothing is made, and each cause of a refusal is told once."""

import pytest
from confluent_kafka import KafkaError

from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import BrokerUnreachableError, TransientTopicError
from flinksql.kafka.topic import Topic
from tests.fakes.kafka_admin import FakeBroker, HeldTopic


def test_a_rehearsal_makes_nothing_and_tells_each_cause_once(broker: FakeBroker, topics: TopicAdmin) -> None:
    wanted = [Topic(name=name, partitions=1) for name in ("there", "reviews", "summaries")]
    broker.topics["there"] = HeldTopic(1)
    assert topics.rehearse(wanted) == []
    broker.refused["create_topics"] = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "no")
    [told] = topics.rehearse(wanted)
    assert told.startswith("creating topics reviews, summaries failed: no (TOPIC_AUTHORIZATION_FAILED). This user may not do that")
    broker.refused = {"describe_topics": KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "no")}
    [told] = topics.rehearse(wanted[:1])
    assert told.startswith("reading topic there failed: no")
    assert set(broker.topics) == {"there"}


@pytest.mark.parametrize(
    ("there", "missing", "requests"),
    [
        pytest.param(0, 0, [], id="no topics"),
        pytest.param(300, 0, ["describe_topics"], id="all are there"),
        pytest.param(0, 300, ["describe_topics", "create_topics"], id="all are missing"),
        pytest.param(150, 150, ["describe_topics", "create_topics"], id="half of them"),
    ],
)
def test_a_rehearsal_takes_as_many_requests_for_many_topics_as_for_one(
    broker: FakeBroker, topics: TopicAdmin, there: int, missing: int, requests: list[str]
) -> None:
    broker.topics = {f"there-{number}": HeldTopic(1) for number in range(there)}
    wanted = [Topic(name=name, partitions=1) for name in broker.topics]
    wanted += [Topic(name=f"missing-{number}", partitions=1) for number in range(missing)]
    assert topics.rehearse([*wanted, *wanted]) == []
    assert [request for request, _ in broker.requests] == requests
    assert len(broker.topics) == there


def test_a_rehearsal_names_few_of_many_topics_that_are_refused(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.refused["create_topics"] = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "no")
    [told] = topics.rehearse([Topic(name=f"reviews-{number}", partitions=1) for number in range(300)])
    assert told.startswith("creating topics reviews-0, ")
    assert "reviews-9 and 290 more failed: no" in told
    assert "reviews-10" not in told


def test_a_rehearsal_that_the_library_refuses_is_told_as_one_of_the_broker(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.raised["describe_topics"] = KafkaError(KafkaError._TRANSPORT)
    with pytest.raises(BrokerUnreachableError, match=r"^asking whether topics can be created failed: no Kafka broker answers at h:1"):
        topics.rehearse([Topic(name="reviews", partitions=1)])


def test_a_rehearsal_that_somebody_was_quicker_than_or_that_passes_is_no_refusal(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.refused["create_topics"] = KafkaError(KafkaError.TOPIC_ALREADY_EXISTS, "there")
    assert topics.rehearse([Topic(name="reviews", partitions=1)]) == []
    broker.refused["create_topics"] = KafkaError(KafkaError.COORDINATOR_LOAD_IN_PROGRESS, "in a moment", retriable=True)
    with pytest.raises(TransientTopicError):
        topics.rehearse([Topic(name="reviews", partitions=1)])
    broker.silent.add("describe_topics")
    with pytest.raises(BrokerUnreachableError):
        topics.rehearse([Topic(name="reviews", partitions=1)])
