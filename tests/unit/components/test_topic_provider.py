"""A topic's resource over a broker that is a dictionary."""

import time
from dataclasses import replace
from typing import Any

import pytest

from components.providers.reporting import ProviderError
from components.providers.topic import TopicProvider
from components.providers.topic_inputs import topic_inputs
from flinksql.kafka.errors import BrokerUnreachableError
from flinksql.kafka.topic import Topic
from tests.unit.components.topic_bench import OWNER, FakeAdmin, inputs, state, topic_provider


@pytest.fixture
def admin() -> FakeAdmin:
    return FakeAdmin()


@pytest.fixture
def remarks() -> list[str]:
    return []


@pytest.fixture
def provider(admin: FakeAdmin, remarks: list[str]) -> TopicProvider:
    return topic_provider(admin, remarks)


def test_a_topic_is_made_and_then_needs_nothing(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    assert admin.topics == {"reviews": Topic(name="reviews", partitions=2)}
    assert provider.diff("reviews", known, inputs()).changes is False


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(inputs(3), Topic(name="reviews", partitions=3), id="more partitions"),
        pytest.param(
            inputs(retention_ms="5"), Topic(name="reviews", partitions=2, config={"retention.ms": "5"}), id="another configuration"
        ),
    ],
)
def test_a_change_is_made_in_place(provider: TopicProvider, admin: FakeAdmin, wanted: dict[str, Any], found: Topic) -> None:
    known = state(provider, inputs())
    difference = provider.diff("reviews", known, wanted)
    assert (difference.changes, difference.replaces) == (True, None)
    provider.update("reviews", known, wanted)
    assert admin.topics["reviews"] == found


@pytest.mark.parametrize(
    ("drifted", "said"),
    [
        pytest.param(None, "Topic reviews is gone, and its data with it", id="removed by hand"),
        pytest.param(Topic(name="reviews", partitions=1), "changed by hand: grow to 2 partitions", id="made again smaller"),
        pytest.param(
            Topic(name="reviews", partitions=2, config={"retention.ms": "5"}),
            "changed by hand: unset retention.ms",
            id="configured by hand",
        ),
    ],
)
def test_what_was_changed_by_hand_is_named_and_set_right(
    provider: TopicProvider, admin: FakeAdmin, drifted: Topic | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = state(provider, inputs())
    admin.topics = {"reviews": replace(drifted, topic_id=known["topic_id"])} if drifted else {}
    assert provider.diff("reviews", known, inputs()).changes is True
    assert said in capsys.readouterr().out
    provider.update("reviews", known, inputs())
    assert admin.topics["reviews"] == Topic(name="reviews", partitions=2)


def test_what_we_change_ourselves_is_not_called_changed_by_hand(
    provider: TopicProvider, admin: FakeAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    known = state(provider, inputs())
    assert admin.topics
    assert provider.diff("reviews", known, inputs(3)).changes is True
    assert capsys.readouterr().out == ""


def test_partitions_added_by_hand_are_named_with_the_setting_to_raise(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    admin.topics["reviews"] = Topic(name="reviews", partitions=4, topic_id=known["topic_id"])
    with pytest.raises(ProviderError, match=r"has 4 partitions and is asked to have 2.*`topics\.partitions`"):
        provider.diff("reviews", known, inputs())


def test_another_name_replaces_the_topic(provider: TopicProvider) -> None:
    known = state(provider, inputs())
    other = topic_inputs(Topic(name="other", partitions=2), OWNER, delete_data=True)
    difference = provider.diff("reviews", known, other)
    assert (difference.changes, difference.replaces, difference.delete_before_replace) == (True, ["topic"], True)


@pytest.mark.parametrize("down", [pytest.param(True, id="no broker answers"), pytest.param(False, id="the broker answers")])
def test_fewer_partitions_are_refused_before_anything(provider: TopicProvider, admin: FakeAdmin, down: bool) -> None:
    known = state(provider, inputs(3))
    admin.down = down
    with pytest.raises(ProviderError, match=r"Kafka cannot take partitions away.*`topics\.partitions`"):
        provider.diff("reviews", known, inputs(2))


@pytest.mark.parametrize(("own", "asked"), [pytest.param(True, 1, id="own broker"), pytest.param(False, 3, id="external broker")])
def test_an_own_broker_that_does_not_answer_is_asked_once_about_topics_not_made_yet(
    provider: TopicProvider, admin: FakeAdmin, own: bool, asked: int
) -> None:
    """Each question waits for its time-out where a port-forward listens and no pod is behind it."""
    provider.is_own_broker, admin.down = own, True
    for name in ("reviews", "contexts", "summaries"):
        wanted = topic_inputs(Topic(name=name, partitions=2), OWNER, delete_data=True)
        assert provider.check({}, wanted).failures == []
    assert admin.asked == asked


@pytest.mark.parametrize(("own", "asked"), [pytest.param(True, 1, id="own broker"), pytest.param(False, 6, id="external broker")])
def test_an_own_broker_that_does_not_answer_is_asked_once_about_topics_that_are_compared(
    provider: TopicProvider, admin: FakeAdmin, own: bool, asked: int
) -> None:
    """As a preview does of a stack whose broker was scaled to 0: it reads them, and compares them."""
    wanted = {name: topic_inputs(Topic(name=name, partitions=2), OWNER, delete_data=True) for name in ("reviews", "contexts", "summaries")}
    known = {name: dict(provider.create(one).outs or {}) for name, one in wanted.items()}
    provider.is_own_broker, admin.down, admin.asked = own, True, 0
    for name, one in wanted.items():
        assert provider.read(name, known[name]).id == name
        assert not provider.diff(name, known[name], one).changes
    assert admin.asked == asked


def test_an_own_broker_that_answers_again_is_asked_again(
    provider: TopicProvider, admin: FakeAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = state(provider, inputs())
    provider.is_own_broker, admin.down = True, True
    provider.diff("reviews", known, inputs())
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 60)
    admin.down = False
    admin.topics.clear()
    assert provider.diff("reviews", known, inputs()).changes


def test_another_replication_is_accepted(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    admin.topics["reviews"] = replace(admin.topics["reviews"], replication=3)
    wanted = {**inputs(), "replication": 2.0}
    assert provider.check(known, wanted).failures == []
    assert provider.diff("reviews", known, wanted).changes is False


def test_reading_tells_the_topic_as_it_is(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    admin.topics["reviews"] = Topic(name="reviews", partitions=5, config={"retention.ms": "5"}, topic_id=known["topic_id"])
    seen = provider.read("reviews", known)
    assert seen.inputs == {**inputs(), "partitions": 5, "replication": 1, "config": {"retention.ms": "5"}}
    assert seen.outs == {**(seen.inputs or {}), "owned": True, "topic_id": known["topic_id"]}


def test_a_topic_that_is_not_there_is_gone(provider: TopicProvider, admin: FakeAdmin, capsys: pytest.CaptureFixture[str]) -> None:
    known = state(provider, inputs())
    admin.topics.clear()
    seen = provider.read("reviews", known)
    assert (seen.id, seen.outs) == ("", {})
    assert "Topic reviews is gone, and its data with it" in capsys.readouterr().out


def test_a_broker_that_is_down_is_no_drift(provider: TopicProvider, admin: FakeAdmin, remarks: list[str]) -> None:
    known = state(provider, inputs())
    admin.down = True
    assert provider.diff("reviews", known, inputs()).changes is False
    assert provider.diff("reviews", known, inputs(3)).changes is True
    seen = provider.read("reviews", known)
    assert (seen.outs, seen.inputs) == (known, inputs())
    assert len(remarks) == 1  # the two say the same, and each is said once


def test_data_is_deleted_only_when_told_to(provider: TopicProvider, admin: FakeAdmin, capsys: pytest.CaptureFixture[str]) -> None:
    known = state(provider, inputs(delete_data=False))
    provider.delete("reviews", known)
    assert "reviews" in admin.topics
    assert "are kept" in capsys.readouterr().out
    assert provider.diff("reviews", known, inputs()).changes is True
    provider.delete("reviews", {**known, **inputs()})
    assert admin.topics == {}


def test_a_killed_broker_does_not_keep_the_stack_from_going(provider: TopicProvider, admin: FakeAdmin, remarks: list[str]) -> None:
    known = state(provider, inputs())
    admin.down = True
    provider.delete("reviews", known)
    assert "could not be deleted" in remarks[0]


def test_a_broker_that_its_supervisor_brings_back_is_waited_for(provider: TopicProvider, admin: FakeAdmin, remarks: list[str]) -> None:
    known = state(provider, inputs())
    admin.down = True

    def comes_back() -> bool:
        admin.down = False
        return True

    provider.is_coming_back = comes_back
    provider.delete("reviews", known)
    assert (admin.topics, remarks) == ({}, [])


def test_what_the_way_to_the_broker_complains_of_is_said_while_a_topic_waits_for_it(
    provider: TopicProvider, admin: FakeAdmin, remarks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client goes on connecting in the background when `down` takes the broker away."""

    def describe(_name: str) -> None:
        provider.broker("no pod of service kafka is ready")
        raise BrokerUnreachableError("reading topics", "h:1")

    known = state(provider, inputs())
    provider.delete("reviews", known)
    provider.broker("there is no service kafka")
    assert remarks == []
    monkeypatch.setattr(admin, "describe", describe)
    provider.read("reviews", known)
    assert remarks[0] == "no pod of service kafka is ready"
