"""What happens to a topic is decided before the broker is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinksql.kafka.errors import PermanentTopicError, RefusedChangeError
from flinksql.kafka.topic import Change, Topic, plan

WANTED = Topic(name="reviews", partitions=2, config={"retention.ms": "1000"})
NAMES = st.from_regex(r"[a-z]{1,8}\.ms", fullmatch=True)
TOPICS = st.builds(
    Topic, name=st.just("reviews"), partitions=st.integers(1, 9), replication=st.just(1), config=st.dictionaries(NAMES, st.text(max_size=3))
)


def topic(partitions: int = 2, replication: int = 1, **config: str) -> Topic:
    return Topic(
        name="reviews", partitions=partitions, replication=replication, config={key.replace("_", "."): config[key] for key in config}
    )


@pytest.mark.parametrize(
    ("current", "change"),
    [
        pytest.param(None, Change(create=True), id="there is none"),
        pytest.param(topic(retention_ms="1000"), Change(), id="it is as wanted"),
        pytest.param(topic(1, retention_ms="1000"), Change(partitions=2), id="too few partitions"),
        pytest.param(topic(2, 3, retention_ms="1000"), Change(), id="another replication"),
        pytest.param(topic(retention_ms="5"), Change(set={"retention.ms": "1000"}), id="another value"),
        pytest.param(topic(), Change(set={"retention.ms": "1000"}), id="a setting is missing"),
        pytest.param(topic(retention_ms="1000", segment_ms="7"), Change(unset=("segment.ms",)), id="a setting too many"),
        pytest.param(
            topic(1, retention_ms="5", segment_ms="7"),
            Change(partitions=2, set={"retention.ms": "1000"}, unset=("segment.ms",)),
            id="everything at once",
        ),
    ],
)
def test_the_change_is_what_differs(current: Topic | None, change: Change) -> None:
    assert plan(current, WANTED) == change


@pytest.mark.parametrize(
    ("current", "message"),
    [
        pytest.param(
            topic(3, retention_ms="1000"), "has 3 partitions and is asked to have 2: Kafka cannot take partitions away", id="shrink"
        ),
    ],
)
def test_what_would_lose_data_is_refused(current: Topic, message: str) -> None:
    with pytest.raises(RefusedChangeError, match=message):
        plan(current, WANTED)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(Topic(name="", partitions=1), id="no name"),
        pytest.param(Topic(name="..", partitions=1), id="two dots"),
        pytest.param(Topic(name="a b", partitions=1), id="a space"),
        pytest.param(Topic(name="a" * 250, partitions=1), id="too long"),
        pytest.param(Topic(name="a", partitions=0), id="no partition"),
        pytest.param(Topic(name="a", partitions=1, replication=0), id="no replica"),
        pytest.param(Topic(name="a", partitions=100_001), id="more partitions than can be asked for"),
        pytest.param(Topic(name="a", partitions=1, replication=10_001), id="more replicas than can be asked for"),
    ],
)
def test_what_kafka_never_accepts_is_refused_without_asking_it(wanted: Topic) -> None:
    with pytest.raises(PermanentTopicError):
        plan(None, wanted)


def test_a_number_out_of_range_is_told_with_the_range() -> None:
    with pytest.raises(PermanentTopicError, match=r"^topic a is asked to have partitions 0: it must be 1 to 100000$"):
        plan(None, Topic(name="a", partitions=0))


def test_the_longest_name_and_the_largest_numbers_are_accepted() -> None:
    assert plan(None, Topic(name="a" * 249, partitions=100_000, replication=10_000)) == Change(create=True)


@pytest.mark.parametrize(
    "change", [Change(create=True), Change(partitions=2), Change(set={"a": "1"}), Change(unset=("a",))], ids=lambda change: change.summary
)
def test_one_step_is_a_change(change: Change) -> None:
    assert change
    assert not Change()


@given(TOPICS)
def test_a_topic_that_is_as_wanted_needs_no_change(wanted: Topic) -> None:
    assert not plan(wanted, wanted)


@given(TOPICS, TOPICS)
def test_carrying_out_a_change_leaves_nothing_to_do(current: Topic, wanted: Topic) -> None:
    if wanted.partitions < current.partitions:
        return
    change = plan(current, wanted)
    config = {key: value for key, value in {**current.config, **change.set}.items() if key not in change.unset}
    assert not plan(Topic(name="reviews", partitions=change.partitions or current.partitions, config=config), wanted)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(Change(create=True), "create", id="create"),
        pytest.param(Change(), "nothing", id="nothing"),
        pytest.param(Change(partitions=4, set={"b": "2"}, unset=("c",)), "grow to 4 partitions, set b=2, unset c", id="all"),
    ],
)
def test_a_change_can_be_told_in_words(change: Change, words: str) -> None:
    assert change.summary == words
