"""Topics on a broker that is a double: what is asked of it, how long is waited, and what its refusals and silences become."""

import re
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient

from flinksql.kafka import admin as admin_module
from flinksql.kafka.admin import TopicAdmin, require_broker
from flinksql.kafka.committed import uncommitted_partitions
from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError, RefusedChangeError, TransientTopicError
from flinksql.kafka.topic import Change, Topic
from tests.fakes.kafka_admin import FakeBroker, HeldTopic

SETTINGS = {"log_level": 0, "socket.connection.setup.timeout.ms": 5000}
REFUSED = KafkaError(KafkaError.POLICY_VIOLATION, "not here")


def test_options_of_the_client_come_beside_our_own_and_the_address_is_ours(broker: FakeBroker) -> None:
    TopicAdmin("h:1", {"security.protocol": "SSL", "bootstrap.servers": "other:1", "log_level": "7"})
    assert broker.settings == [{**SETTINGS, "security.protocol": "SSL", "bootstrap.servers": "h:1", "log_level": "7"}]


def test_a_topic_is_described_with_its_own_settings_alone(broker: FakeBroker, topics: TopicAdmin) -> None:
    assert topics.describe("reviews") is None
    broker.topics["reviews"] = HeldTopic(2, 3, {"cleanup.policy": "compact", "odd": None})
    found = topics.describe("reviews")
    assert found == Topic(name="reviews", partitions=2, replication=3, config={"cleanup.policy": "compact", "odd": ""})
    assert found.topic_id == "id 1"
    broker.topics["reviews"] = HeldTopic(0, topic_id=None)
    found = topics.describe("reviews")
    assert found == Topic(name="reviews", partitions=0, replication=1)
    assert found.topic_id == "", "an older broker gives no id"
    assert {seconds for _, seconds in broker.requests} == {10.0}


def test_options_that_the_client_refuses_are_told_without_a_traceback(topics: TopicAdmin) -> None:
    del topics
    refused = (
        r'^the options of the Kafka client for h:1 are refused: Invalid value "bogus" for configuration property "security\.protocol"$'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admin_module, "AdminClient", AdminClient)
        with pytest.raises(PermanentTopicError, match=refused):
            TopicAdmin("h:1", {"security.protocol": "bogus"})


def test_a_topic_that_goes_or_comes_while_it_is_described_is_none(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.topics["reviews"] = HeldTopic(2)
    broker.before_settings = {}
    assert topics.describe("reviews") is None
    broker.topics, broker.before_settings = {}, {"reviews": HeldTopic(2)}
    assert topics.describe("reviews") is None


def test_a_request_that_the_library_refuses_is_told_as_one_of_the_broker(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.raised["describe_topics"] = KafkaError(KafkaError._INVALID_ARG, "no such thing")
    with pytest.raises(PermanentTopicError, match=r"^reading topic reviews failed: no such thing \(_INVALID_ARG\)$"):
        topics.describe("reviews")
    broker.raised["describe_topics"] = KafkaError(KafkaError._TRANSPORT)
    with pytest.raises(BrokerUnreachableError, match=r"^reading topic reviews failed: no Kafka broker answers at h:1"):
        topics.describe("reviews")


@pytest.mark.parametrize("hidden", [0, 3])
def test_the_life_of_a_topic_whenever_the_broker_shows_a_change(broker: FakeBroker, topics: TopicAdmin, hidden: int) -> None:
    first = Topic(name="reviews", partitions=2, replication=3, config={"retention.ms": "1"})
    broker.hidden = hidden
    assert topics.apply(first) == Change(create=True)
    assert broker.hidden == 0, "it is waited until the topic can be seen"
    assert topics.describe("reviews") == first
    assert topics.apply(first) == Change()
    broker.hidden = hidden
    grown = Topic(name="reviews", partitions=5, replication=3, config={"segment.ms": "2"})
    assert topics.apply(grown) == Change(partitions=5, set={"segment.ms": "2"}, unset=("retention.ms",))
    assert topics.describe("reviews") == grown
    broker.hidden = hidden
    assert topics.delete("reviews") is True
    assert broker.hidden == 0
    assert topics.delete("reviews") is False
    assert {seconds for _, seconds in broker.requests} == {10.0}


def test_a_topic_of_one_partition_is_waited_for_as_well(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.hidden = 4
    topics.create(Topic(name="reviews", partitions=1))
    assert topics.describe("reviews") == Topic(name="reviews", partitions=1)


def test_only_what_differs_is_asked_for(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.topics["reviews"] = HeldTopic(2, config={"retention.ms": "1"})
    for wanted, asked in (
        (Topic(name="reviews", partitions=2, config={"retention.ms": "1"}), set[str]()),
        (Topic(name="reviews", partitions=3, config={"retention.ms": "1"}), {"create_partitions"}),
        (Topic(name="reviews", partitions=3, config={"retention.ms": "2"}), {"incremental_alter_configs"}),
        (Topic(name="reviews", partitions=3), {"incremental_alter_configs"}),
    ):
        broker.requests.clear()
        topics.apply(wanted)
        assert {request for request, _ in broker.requests} - {"describe_topics", "describe_configs"} == asked
    with pytest.raises(RefusedChangeError):
        topics.apply(Topic(name="reviews", partitions=1))
    broker.requests.clear()
    with pytest.raises(PermanentTopicError, match="1 to 249 letters"):
        topics.apply(Topic(name="no name", partitions=1))
    with pytest.raises(PermanentTopicError, match="1 to 249 letters"):
        topics.create(Topic(name="no name", partitions=1))
    assert broker.requests == [], "a wish that is no topic is not sent"


def test_who_makes_a_topic_that_somebody_made_just_now_leaves_it(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.quicker, broker.hidden = HeldTopic(1, config={"retention.ms": "-1"}), 2
    assert topics.create(Topic(name="reviews", partitions=3)) is False
    assert broker.hidden == 0, "it is there when this returns"
    assert topics.describe("reviews") == Topic(name="reviews", partitions=1, config={"retention.ms": "-1"})
    broker.quicker = None
    assert topics.create(Topic(name="other", partitions=3)) is True
    assert topics.describe("other") == Topic(name="other", partitions=3)


def test_a_topic_that_somebody_made_just_now_and_never_shows_is_told(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.quicker, broker.hidden = HeldTopic(1), 10**6
    with pytest.raises(TransientTopicError, match=r"^creating topic reviews: the broker accepted it and does not show it after 30 s"):
        topics.create(Topic(name="reviews", partitions=3))


def test_a_topic_that_somebody_makes_at_the_same_moment_is_changed_to_what_is_wanted(broker: FakeBroker, topics: TopicAdmin) -> None:
    broker.quicker = HeldTopic(1)
    assert topics.apply(Topic(name="reviews", partitions=3)) == Change(partitions=3)


Action = Callable[[TopicAdmin], object]
WANTED = Topic(name="new", partitions=2)
GROWN = Topic(name="held", partitions=4)
CHANGED = Topic(name="held", partitions=2, config={"retention.ms": "1"})
REQUESTS: list[tuple[str, Action, str]] = [
    ("describe_topics", lambda topics: topics.describe("held"), "reading topic held"),
    ("describe_configs", lambda topics: topics.describe("held"), "reading topic held"),
    ("create_topics", lambda topics: topics.apply(WANTED), "creating topic new"),
    ("create_topics", lambda topics: topics.create(WANTED), "creating topic new"),
    ("create_partitions", lambda topics: topics.apply(GROWN), "growing topic held to 4 partitions"),
    ("incremental_alter_configs", lambda topics: topics.apply(CHANGED), "changing the configuration of topic held (set retention.ms=1)"),
    ("delete_topics", lambda topics: topics.delete("held"), "deleting topic held"),
]
each_request = pytest.mark.parametrize(
    ("request_name", "action", "doing"), REQUESTS, ids=[f"{one[0]}, {one[2].split()[0]}" for one in REQUESTS]
)


@each_request
def test_a_refusal_says_what_was_being_done(broker: FakeBroker, topics: TopicAdmin, request_name: str, action: Action, doing: str) -> None:
    broker.topics["held"] = HeldTopic(2)
    broker.refused[request_name] = REFUSED
    with pytest.raises(PermanentTopicError) as caught:
        action(topics)
    assert str(caught.value) == f"{doing} failed: not here (POLICY_VIOLATION)"


@each_request
def test_a_broker_that_the_library_does_not_reach_is_named(
    broker: FakeBroker, topics: TopicAdmin, request_name: str, action: Action, doing: str
) -> None:
    broker.topics["held"] = HeldTopic(2)
    broker.refused[request_name] = KafkaError(KafkaError._TRANSPORT)
    with pytest.raises(BrokerUnreachableError, match=f"^{re.escape(doing)} failed: no Kafka broker answers at h:1"):
        action(topics)


@each_request
def test_a_broker_that_does_not_answer_is_given_up_in_time(
    broker: FakeBroker, topics: TopicAdmin, request_name: str, action: Action, doing: str
) -> None:
    broker.topics["held"] = HeldTopic(2)
    broker.silent.add(request_name)
    with pytest.raises(BrokerUnreachableError, match=f"^{re.escape(doing)} failed: no Kafka broker answers at h:1"):
        action(topics)
    assert [one.waited for one in broker.silences] == [20.0]


@pytest.mark.parametrize(
    ("action", "doing"),
    [
        pytest.param(lambda topics: topics.apply(WANTED), "creating topic new", id="apply"),
        pytest.param(lambda topics: topics.create(WANTED), "creating topic new", id="create"),
        pytest.param(lambda topics: topics.apply(GROWN), "growing topic held to 4 partitions", id="grow"),
        pytest.param(lambda topics: topics.delete("held"), "deleting topic held", id="delete"),
    ],
)
def test_a_change_that_never_shows_is_said_to_be_tried_again(broker: FakeBroker, topics: TopicAdmin, action: Action, doing: str) -> None:
    broker.topics["held"] = HeldTopic(2)
    broker.hidden = 10**6
    with pytest.raises(TransientTopicError) as caught:
        action(topics)
    assert str(caught.value) == f"{doing}: the broker accepted it and does not show it after 30 s. Try again"
    assert 50 <= sum(request == "describe_topics" for request, _ in broker.requests) <= 70, "half a second a look, on this clock"


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(lambda topics: topics.describe("held"), id="describe"),
        pytest.param(lambda topics: topics.create(WANTED), id="create"),
        pytest.param(lambda topics: topics.apply(WANTED), id="apply"),
        pytest.param(lambda topics: topics.delete("held"), id="delete"),
    ],
)
def test_nothing_is_asked_where_nobody_listens(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch, action: Action) -> None:
    monkeypatch.setattr(admin_module, "require_broker", require_broker)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(BrokerUnreachableError, match=f"topic (held|new) failed: no Kafka broker answers at {address}"):
            action(TopicAdmin(address))
    assert broker.requests == []


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        pytest.param("[::1]:9092", ("::1", 9092), id="IPv6"),
        pytest.param("SASL_SSL://broker.example.com:9093", ("broker.example.com", 9093), id="with its protocol"),
        pytest.param("SSL://[2001:db8::7]:9093", ("2001:db8::7", 9093), id="both"),
    ],
)
def test_addresses_are_read_as_the_library_reads_them(monkeypatch: pytest.MonkeyPatch, address: str, reached: tuple[str, int]) -> None:
    tried: list[tuple[str, int]] = []

    def connecting(place: tuple[str, int], timeout: float) -> AbstractContextManager[None]:
        tried.append(place)
        return nullcontext()

    monkeypatch.setattr(socket, "create_connection", connecting)
    require_broker(address, "reading topic reviews")
    assert tried == [reached]


def test_one_broker_of_several_that_listens_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[tuple[str, int], float]] = []
    connect = socket.create_connection

    def connecting(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append((address, timeout))
        return connect(address, timeout)

    monkeypatch.setattr(socket, "create_connection", connecting)
    with socket.socket() as closed, socket.create_server(("127.0.0.1", 0)) as open_one:
        closed.bind(("127.0.0.1", 0))
        dead, alive = closed.getsockname()[1], open_one.getsockname()[1]
        require_broker(f"no port, 127.0.0.1:{dead} , 127.0.0.1:{alive},127.0.0.1:{dead}", "reading topic reviews")
        assert tried == [(("127.0.0.1", dead), 2.0), (("127.0.0.1", alive), 2.0)]
        with pytest.raises(BrokerUnreachableError, match=f"^reading topic reviews failed: no Kafka broker answers at 127.0.0.1:{dead}. "):
            require_broker(f"127.0.0.1:{dead}", "reading topic reviews")


def test_what_a_group_committed_is_asked_once_for_all_topics(broker: FakeBroker) -> None:
    broker.topics |= {"one": HeldTopic(2), "two": HeldTopic(1)}
    broker.offsets = {("one", 0): 0, ("two", 0): 7}
    assert uncommitted_partitions("h:1", "group", ["one", "gone", "two"]) == ("gone", "one-1")
    assert broker.requests.count(("committed", 10.0)) == 1
    admin = {**SETTINGS, "bootstrap.servers": "h:1"}
    # An administrative client of librdkafka crashes on some answers; what a transaction has not committed yet counts as nothing.
    assert broker.settings == [admin, {**admin, "group.id": "group", "enable.auto.commit": False, "isolation.level": "read_uncommitted"}]
    assert broker.closed == ["group"]
    broker.requests.clear()
    assert uncommitted_partitions("h:1", "group", ["gone"]) == ("gone",)
    assert ("committed", 10.0) not in broker.requests, "of no partition there is nothing to ask"


def test_what_a_group_committed_and_the_broker_does_not_tell_is_an_error_of_the_broker(broker: FakeBroker) -> None:
    broker.topics["one"] = HeldTopic(1)
    broker.refused["committed"] = KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED, "not yours")
    with pytest.raises(PermanentTopicError, match=r"^reading what group ours has committed failed: not yours "):
        uncommitted_partitions("h:1", "ours", ["one"])
    broker.refused["committed"] = KafkaError(KafkaError._TRANSPORT)
    with pytest.raises(BrokerUnreachableError, match="no Kafka broker answers at h:1"):
        uncommitted_partitions("h:1", "ours", ["one"])
    broker.silent.add("committed")
    with pytest.raises(BrokerUnreachableError, match=r"^reading what group ours has committed failed: no Kafka broker answers at h:1"):
        uncommitted_partitions("h:1", "ours", ["one"])
    assert [one.waited for one in broker.silences] == [10.0]
    assert broker.closed == ["ours"] * 3
