"""Topics on a broker: what a missing broker gives, and on a real one the whole life of a topic."""

import os
import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from confluent_kafka import Consumer, TopicPartition

from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.committed import uncommitted_partitions
from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError, RefusedChangeError
from flinksql.kafka.ownership import OWNERS, TopicOwner, TopicOwners
from flinksql.kafka.topic import Change, Topic


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address that is taken and does not listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(scope="module")
def real_kafka(request: pytest.FixtureRequest) -> str:
    """The address of a real broker."""
    bootstrap = os.environ.get("FLINK_REVIEWS_KAFKA")
    if bootstrap:
        return bootstrap
    try:
        address: str = request.getfixturevalue("embedded_kafka")
    except pytest.FixtureLookupError:
        pytest.skip("no real Kafka: set FLINK_REVIEWS_KAFKA to host:port")
    return address


@pytest.fixture
def admin(real_kafka: str) -> TopicAdmin:
    return TopicAdmin(real_kafka)


@pytest.fixture
def name(admin: TopicAdmin) -> Iterator[str]:
    topic = f"test-{uuid.uuid4().hex[:12]}"
    yield topic
    admin.delete(topic)


@pytest.mark.parametrize("address", [pytest.param("", id="no address"), pytest.param("127.0.0.1", id="no port")])
def test_an_address_that_is_none_is_unreachable(address: str) -> None:
    with pytest.raises(BrokerUnreachableError):
        TopicAdmin(address).describe("reviews")


def test_a_broker_that_is_down_is_told_at_once_with_its_address(nobody: str, capfd: pytest.CaptureFixture[str]) -> None:
    admin = TopicAdmin(nobody)
    for action in (
        lambda: admin.describe("reviews"),
        lambda: admin.apply(Topic(name="reviews", partitions=1)),
        lambda: admin.delete("reviews"),
    ):
        with pytest.raises(BrokerUnreachableError, match=f"no Kafka broker answers at {nobody}"):
            action()
    assert "Connection refused" not in capfd.readouterr().err


@pytest.mark.real
def test_a_topic_is_made_adopted_grown_configured_and_removed(admin: TopicAdmin, name: str) -> None:
    first = Topic(name=name, partitions=2)
    assert admin.apply(first) == Change(create=True)
    assert admin.describe(name) == first
    assert admin.apply(first) == Change()
    grown = Topic(name=name, partitions=3, config={"retention.ms": "60000"})
    assert admin.apply(grown) == Change(partitions=3, set={"retention.ms": "60000"})
    assert admin.describe(name) == grown
    assert admin.apply(Topic(name=name, partitions=3)) == Change(unset=("retention.ms",))
    assert admin.describe(name) == Topic(name=name, partitions=3)
    assert admin.delete(name) is True
    assert admin.describe(name) is None
    assert admin.delete(name) is False


@pytest.mark.real
def test_a_refused_change_leaves_the_topic_as_it_is(admin: TopicAdmin, name: str) -> None:
    admin.apply(Topic(name=name, partitions=2))
    with pytest.raises(RefusedChangeError):
        admin.apply(Topic(name=name, partitions=1, config={"retention.ms": "60000"}))
    assert admin.describe(name) == Topic(name=name, partitions=2)


@pytest.mark.real
def test_a_setting_that_kafka_does_not_know_is_told_as_kafka_tells_it(admin: TopicAdmin, name: str) -> None:
    with pytest.raises(PermanentTopicError, match=r"retentoin\.ms"):
        admin.apply(Topic(name=name, partitions=1, config={"retentoin.ms": "1"}))
    assert admin.describe(name) is None


@pytest.mark.real
def test_who_makes_a_topic_that_is_there_leaves_it(admin: TopicAdmin, name: str) -> None:
    theirs = Topic(name=name, partitions=1, config={"retention.ms": "-1"})
    assert admin.create(theirs) is True
    assert admin.create(Topic(name=name, partitions=3)) is False
    assert admin.describe(name) == theirs
    with pytest.raises(PermanentTopicError, match="1 to 249 letters"):
        admin.create(Topic(name="no name", partitions=1))


@pytest.mark.real
def test_a_change_that_kafka_refuses_says_what_was_to_change(admin: TopicAdmin, name: str) -> None:
    admin.apply(Topic(name=name, partitions=1))
    refused = rf"^changing the configuration of topic {name} \(set retention\.ms=soon\) failed: "
    with pytest.raises(PermanentTopicError, match=refused):
        admin.apply(Topic(name=name, partitions=1, config={"retention.ms": "soon"}))


@pytest.mark.real
def test_several_at_once_make_one_topic(admin: TopicAdmin, name: str) -> None:
    wanted = Topic(name=name, partitions=2)
    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(lambda _: admin.apply(wanted), range(4)))
    assert changes.count(Change(create=True)) == 1
    assert admin.describe(name) == wanted


def test_what_a_group_has_committed_is_told_by_partition(admin: TopicAdmin, real_kafka: str, name: str) -> None:
    group = f"{name}-group"
    assert uncommitted_partitions(real_kafka, group, [name]) == (name,), "a topic that is not there"
    admin.apply(Topic(name=name, partitions=2))
    assert uncommitted_partitions(real_kafka, group, [name]) == (f"{name}-0", f"{name}-1"), "a group that is not there"
    commit(real_kafka, group, name, 1)
    assert uncommitted_partitions(real_kafka, group, [name]) == (f"{name}-0",)
    commit(real_kafka, group, name, 0)
    assert uncommitted_partitions(real_kafka, group, [name]) == ()


def commit(bootstrap: str, group: str, topic: str, partition: int) -> None:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    try:
        consumer.commit(offsets=[TopicPartition(topic, partition, 0)], asynchronous=False)
    finally:
        consumer.close()


def test_whose_a_topic_is_is_read_back_by_everybody(real_kafka: str, admin: TopicAdmin, name: str) -> None:
    mine, other = TopicOwners(real_kafka, admin), TopicOwners(real_kafka, TopicAdmin(real_kafka))
    one, two = (TopicOwner(stack=f"flink-reviews/{stack}", stack_id=stack * 4) for stack in ("dev1", "dev2"))
    assert other.find(name) is None
    mine.claim(name, one, 1)
    assert other.find(name) == one
    other.claim(name, two, 1)
    assert mine.find(name) == two
    mine.claim(name, replace(one, is_released=True, topic_id="id"), 1)
    released = other.notes()[name]
    assert (released.stack, released.is_released, released.topic_id) == (one.stack, True, "id")
    mine.release(name)
    assert other.find(name) is None
    notes = admin.describe(OWNERS)
    assert notes is not None
    assert notes.config == {"cleanup.policy": "compact", "min.insync.replicas": "1"}, "one replica, whatever the brokers ask of others"


def test_a_topic_made_again_under_its_name_has_another_id(admin: TopicAdmin, name: str) -> None:
    ids = set()
    for _ in range(2):
        admin.apply(Topic(name=name, partitions=1))
        found = admin.describe(name)
        assert found is not None
        ids.add(found.topic_id)
        admin.delete(name)
    assert len(ids - {""}) == 2
