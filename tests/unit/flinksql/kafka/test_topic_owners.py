"""Notes of whose a topic is, over a log in memory: what is written is read back, and what cannot be read says nothing."""

import json

import pytest
from confluent_kafka import KafkaError, KafkaException

from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError, TopicError, TransientTopicError
from flinksql.kafka.ownership import OWNERS, TopicOwner, TopicOwners
from flinksql.kafka.topic import Topic
from tests.unit.flinksql.kafka.notes_log import BROKER, UNKNOWN, Admin, Log, Message

ONE = TopicOwner(stack="flink-reviews/dev", stack_id="0123", topic_id="id 1")


@pytest.fixture
def noting(log: Log) -> TopicOwners:
    return TopicOwners(BROKER, Admin(log))


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param(ONE, id="made"),
        pytest.param(TopicOwner(stack="flink-reviews/dev", stack_id="0123"), id="not made yet"),
        pytest.param(TopicOwner(stack="flink-reviews/dev", stack_id="0123", is_released=True), id="left on purpose"),
    ],
)
def test_every_part_of_a_note_is_read_back(noting: TopicOwners, log: Log, owner: TopicOwner) -> None:
    noting.claim("reviews", owner, 3)
    noting.claim("summaries", ONE, 3)
    found = noting.find("reviews")
    assert found == owner
    assert found.topic_id == owner.topic_id
    assert noting.notes().keys() == {"reviews", "summaries"}
    assert log.made == [Topic(name=OWNERS, partitions=1, replication=3, config={"cleanup.policy": "compact"})], "made once"
    assert log.closed == 2


def test_a_broker_that_does_not_lead_the_notes_yet_is_asked_again(noting: TopicOwners, log: Log) -> None:
    noting.claim("reviews", ONE, 1)
    log.unreadable = KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION))
    log.unreadable_times = 2
    assert noting.find("reviews") == ONE
    assert log.unreadable_times == 0


def test_the_newest_note_counts_and_one_that_is_taken_back_is_none(noting: TopicOwners) -> None:
    noting.claim("reviews", ONE, 1)
    noting.claim("reviews", TopicOwner(stack="other", stack_id="1"), 1)
    assert noting.find("reviews") == TopicOwner(stack="other", stack_id="1")
    noting.release("reviews")
    assert noting.find("reviews") is None
    noting.release("reviews")


def test_where_nobody_noted_anything_there_is_nothing_to_read_or_take_back(noting: TopicOwners, log: Log) -> None:
    assert noting.find("reviews") is None
    noting.release("reviews")
    assert (log.records, log.settings) == ([], []), "the broker is not asked"
    log.made.append(Topic(name=OWNERS, partitions=1))
    assert noting.notes() == {}
    log.records.append(Message(0, b"reviews", None))
    assert noting.notes() == {}, "compaction leaves the end of a note for a while without its beginning"


@pytest.mark.parametrize(
    "content",
    [b"", b"no JSON", b"[]", b'"text"', b"7", b"{}", b'{"stack": "a"}', b'{"stackId": "a"}', b"\xff\xfe"],
)
def test_a_record_of_somebody_else_says_nothing(noting: TopicOwners, log: Log, content: bytes) -> None:
    noting.claim("reviews", ONE, 1)
    log.records.append(Message(1, b"reviews", content))
    log.records.append(Message(2, b"\xff", json.dumps({"stack": "a", "stackId": "b"}).encode()))
    log.records.append(Message(3, None, json.dumps({"stack": "a", "stackId": "b"}).encode()))
    assert noting.find("reviews") == ONE
    assert noting.notes().keys() == {"reviews", "\ufffd", ""}


def test_a_note_of_an_earlier_version_has_no_id_and_is_not_released(noting: TopicOwners, log: Log) -> None:
    log.made.append(Topic(name=OWNERS, partitions=1))
    log.records.append(Message(0, b"reviews", json.dumps({"stack": "a", "stackId": "b"}).encode()))
    found = noting.find("reviews")
    assert found is not None
    assert (found.stack, found.stack_id, found.is_released, found.topic_id) == ("a", "b", False, "")


@pytest.mark.parametrize("place", [0, 4])
def test_offsets_that_compaction_left_without_a_record_are_passed(noting: TopicOwners, log: Log, place: int) -> None:
    noting.claim("reviews", ONE, 1)
    log.records[0].place = place
    log.end = 6
    assert noting.find("reviews") == ONE


def test_a_broker_that_gives_no_record_is_told(noting: TopicOwners, log: Log) -> None:
    log.made.append(Topic(name=OWNERS, partitions=1))
    log.end = 2
    with pytest.raises(TransientTopicError, match=r"^reading whose topics there are failed: the broker gives no record\. Try again$"):
        noting.find("reviews")
    assert log.closed == 1


def test_what_the_broker_refuses_is_told(noting: TopicOwners, log: Log) -> None:
    noting.claim("reviews", ONE, 1)
    log.records.append(Message(1, failure=KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)))
    with pytest.raises(PermanentTopicError, match=r"^reading whose topics there are failed: .*TOPIC_AUTHORIZATION_FAILED"):
        noting.find("reviews")
    log.unreadable = KafkaException(KafkaError(KafkaError._TIMED_OUT))
    with pytest.raises(BrokerUnreachableError, match=f"reading whose topics there are failed: no Kafka broker answers at {BROKER}"):
        noting.notes()
    assert log.closed == 2


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        pytest.param("the broker said no", "the broker said no", id="refused"),
        pytest.param(None, "no answer", id="silence"),
    ],
)
def test_a_note_that_is_not_kept_is_told(noting: TopicOwners, log: Log, trouble: str | None, told: str) -> None:
    log.trouble = trouble
    with pytest.raises(TopicError, match=rf"^noting whose topic reviews is failed: {told}\. Try again$"):
        noting.claim("reviews", ONE, 1)


def test_a_note_is_acknowledged_by_all_and_given_up_in_time(noting: TopicOwners, log: Log) -> None:
    noting.claim("reviews", ONE, 1)
    noting.find("reviews")
    written, read = log.settings
    assert written == {"bootstrap.servers": BROKER, "acks": "all", "message.timeout.ms": 10_000, "log_level": 0}
    group = {"group.id": OWNERS, "enable.auto.commit": False, "enable.partition.eof": False}
    assert read == {"bootstrap.servers": BROKER, **group, "isolation.level": "read_committed", "log_level": 0}


def test_a_broker_that_does_not_say_where_the_notes_end_is_not_taken_for_one_without_notes(noting: TopicOwners, log: Log) -> None:
    noting.claim("reviews", ONE, 1)
    log.end = UNKNOWN
    silent = r"^reading whose topics there are failed: the broker does not say how many records there are\. Try again$"
    for look in (noting.notes, lambda: noting.find("reviews")):
        with pytest.raises(TransientTopicError, match=silent):
            look()
    assert log.closed == 2


def test_each_record_is_read_once_however_often_it_is_asked(noting: TopicOwners, log: Log) -> None:
    log.made.append(Topic(name=OWNERS, partitions=1, topic_id="id of the notes"))
    for number in range(300):
        noting.claim(f"topic-{number}", ONE, 1)
        assert noting.find(f"topic-{number}") == ONE
    noting.release("topic-0")
    assert noting.notes().keys() == {f"topic-{number}" for number in range(1, 300)}
    assert log.read == 301
    assert log.closed == 301


def test_what_is_returned_is_the_askers_own(noting: TopicOwners, log: Log) -> None:
    log.made.append(Topic(name=OWNERS, partitions=1, topic_id="id of the notes"))
    noting.claim("reviews", ONE, 1)
    before = noting.notes()
    noting.claim("summaries", ONE, 1)
    assert noting.notes().keys() == {"reviews", "summaries"}
    assert before.keys() == {"reviews"}


@pytest.mark.parametrize(
    ("topic_id", "begin"),
    [
        pytest.param("another id", 0, id="made again"),
        pytest.param("", 0, id="of a broker that gives no ids"),
        pytest.param("id of the notes", 1, id="whose beginning was deleted"),
    ],
)
def test_notes_that_were_read_are_forgotten_with_their_topic(noting: TopicOwners, log: Log, topic_id: str, begin: int) -> None:
    log.made.append(Topic(name=OWNERS, partitions=1, topic_id="id of the notes"))
    noting.claim("reviews", ONE, 1)
    assert noting.notes().keys() == {"reviews"}
    log.made.append(Topic(name=OWNERS, partitions=1, topic_id=topic_id))
    log.begin = begin * 2
    log.records[:] = [Message(log.begin, b"summaries", json.dumps({"stack": "a", "stackId": "b"}).encode())]
    log.end = log.begin + 1
    assert noting.notes().keys() == {"summaries"}


def test_notes_that_the_log_lost_are_forgotten(noting: TopicOwners, log: Log) -> None:
    log.made.append(Topic(name=OWNERS, partitions=1, topic_id="id of the notes"))
    for name in ("reviews", "summaries"):
        noting.claim(name, ONE, 1)
    assert noting.notes().keys() == {"reviews", "summaries"}
    del log.records[1]
    assert noting.notes().keys() == {"reviews"}
