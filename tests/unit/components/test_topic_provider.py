"""A topic's resource over a broker that is a dictionary."""

from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

import pytest

from components.providers.speech import Once, ProviderError, WhileAsked
from components.providers.topic import TopicProvider, topic_inputs
from topics.admin import TopicAdmin
from topics.errors import BrokerUnreachableError
from topics.owners import TopicOwner, TopicOwners
from topics.plan import Change, plan
from topics.topic import Topic

OWNER = TopicOwner(stack="flink-reviews/dev", stack_id="0123456789abcdef")
FORMER = TopicOwner(stack="flink-reviews/dev", stack_id="2222222222222222")
OTHER = TopicOwner(stack="flink-reviews/staging", stack_id="fedcba9876543210")


class Note(NamedTuple):
    """What is noted of a topic, on which broker, what is named for take-over, and whether the topic is the stack's."""

    owner: TopicOwner
    own_broker: bool = False
    taken: tuple[str, ...] = ()
    ours: bool = False


class FakeOwners(TopicOwners):
    """Notes in memory."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1:1", TopicAdmin("127.0.0.1:1"))
        self.notes: dict[str, TopicOwner] = {}

    def find(self, topic: str) -> TopicOwner | None:
        return self.notes.get(topic)

    def claim(self, topic: str, owner: TopicOwner, replication: int) -> None:
        assert replication > 0
        self.notes[topic] = owner

    def release(self, topic: str) -> None:
        self.notes.pop(topic, None)


class FakeAdmin(TopicAdmin):
    """Topics in memory, with the same planning; `down` makes it unreachable."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1:1")
        self.topics: dict[str, Topic] = {}
        self.ids = count(1)
        self.down = False

    def describe(self, name: str) -> Topic | None:
        self._answer()
        return self.topics.get(name)

    def apply(self, wanted: Topic) -> Change:
        found = self.describe(wanted.name)
        change = plan(found, wanted)
        self.topics[wanted.name] = replace(wanted, topic_id=found.topic_id if found else f"id {next(self.ids)}")
        return change

    def delete(self, name: str) -> bool:
        self._answer()
        return self.topics.pop(name, None) is not None

    def _answer(self) -> None:
        if self.down:
            raise BrokerUnreachableError("reading topics", "h:1")


@pytest.fixture
def admin() -> FakeAdmin:
    return FakeAdmin()


@pytest.fixture
def remarks() -> list[str]:
    return []


@pytest.fixture
def provider(admin: FakeAdmin, remarks: list[str]) -> TopicProvider:
    provider = TopicProvider()
    provider.admin = admin
    provider.owners = FakeOwners()
    provider.remark, provider.named = Once(remarks.append), Once()
    provider.broker = WhileAsked(provider.remark)
    provider.is_coming_back = lambda: False
    provider.is_own_broker = False
    provider.taken_over = frozenset()
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


def test_a_topic_is_made_and_then_needs_nothing(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    assert admin.topics == {"reviews": Topic(name="reviews", partitions=2)}
    assert provider.diff("reviews", known, inputs()).changes is False


FOREIGN = Topic(name="reviews", partitions=4, replication=3, config={"cleanup.policy": "compact", "retention.ms": "-1"}, topic_id="theirs")
SAID = "is used as it is and left alone (4 partitions, replication 3, cleanup.policy=compact, retention.ms=-1)"


def test_a_foreign_topic_is_never_changed_nor_deleted(
    provider: TopicProvider, admin: FakeAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.topics["reviews"] = FOREIGN
    assert provider.check({}, inputs()).failures == []
    assert SAID in capsys.readouterr().out, "a preview names it"
    known = state(provider, inputs())
    assert capsys.readouterr().out == "", "`up` names it once, not again when it is taken note of"
    provider.named = Once()
    assert provider.check(known, inputs(9)).failures == []
    assert provider.diff("reviews", known, inputs(9, retention_ms="5")).changes is False
    assert SAID in capsys.readouterr().out, "so does every later run"
    updated = provider.update("reviews", known, inputs(9, retention_ms="5")).outs or {}
    assert provider.read("reviews", known).inputs == inputs()
    provider.delete("reviews", {**known, **updated})
    assert admin.topics == {"reviews": FOREIGN}
    assert admin.topics["reviews"].topic_id == "theirs"
    assert "are left: this stack did not make it" in capsys.readouterr().out


def test_a_topic_that_a_killed_run_made_is_taken_up(provider: TopicProvider, admin: FakeAdmin) -> None:
    """It was noted before it was made, and the state does not know it."""
    provider.create(inputs())
    known = state(provider, inputs(3))
    assert admin.topics["reviews"].partitions == 3
    provider.delete("reviews", known)
    assert admin.topics == {}
    assert provider.owners.find("reviews") is None


def test_a_topic_made_anew_by_somebody_is_theirs(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    admin.topics["reviews"] = FOREIGN
    assert provider.diff("reviews", known, inputs()).changes is True
    left = dict(provider.update("reviews", known, inputs()).outs or {})
    assert admin.topics["reviews"] == FOREIGN
    assert provider.diff("reviews", left, inputs()).changes is False
    for last in (known, left):
        provider.delete("reviews", last)
        assert admin.topics["reviews"] == FOREIGN


def test_a_topic_of_an_earlier_version_is_the_stacks_own(provider: TopicProvider, admin: FakeAdmin) -> None:
    """Its state recorded neither an id nor whose the topic is."""
    admin.topics["reviews"] = Topic(name="reviews", partitions=2, topic_id="old")
    known = {key: value for key, value in inputs().items() if key not in {"written", "stack", "stack_id"}}
    assert provider.diff("reviews", known, inputs()).changes is False
    provider.update("reviews", known, inputs(3))
    assert admin.topics["reviews"].partitions == 3
    provider.delete("reviews", known)
    assert admin.topics == {}


def test_the_topic_of_another_stack_is_refused_where_this_one_would_write(provider: TopicProvider, admin: FakeAdmin) -> None:
    admin.topics["reviews"] = FOREIGN
    provider.owners.claim("reviews", OTHER, 1)
    (failure,) = provider.check({}, inputs()).failures
    assert "belongs to stack flink-reviews/staging" in failure.reason
    assert "pulumi config set topics.prefix dev." in failure.reason
    with pytest.raises(ProviderError, match="belongs to stack flink-reviews/staging"):
        provider.create(inputs())
    assert admin.topics == {"reviews": FOREIGN}


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(Note(OTHER), id="another stack's"),
        pytest.param(Note(FORMER), id="the same stack of another state, on a shared broker"),
        pytest.param(Note(FORMER, own_broker=True, ours=True), id="an earlier life of the stack, on its own broker"),
        pytest.param(Note(replace(FORMER, is_released=True), ours=True), id="left on purpose by an earlier life"),
        pytest.param(Note(replace(OTHER, is_released=True)), id="left by another stack"),
        pytest.param(Note(OTHER, taken=(OTHER.stack_id,), ours=True), id="named for take-over"),
    ],
)
def test_what_an_earlier_life_of_the_stack_left_is_its_own(provider: TopicProvider, admin: FakeAdmin, note: Note) -> None:
    admin.topics["reviews"] = Topic(name="reviews", partitions=1, topic_id="old")
    provider.owners.claim("reviews", note.owner, 1)
    provider.is_own_broker, provider.taken_over = note.own_broker, frozenset(note.taken)
    if not note.ours:
        assert provider.check({}, inputs()).failures
        return
    known = state(provider, inputs())
    assert admin.topics["reviews"].partitions == 2
    assert provider.owners.find("reviews") == OWNER
    provider.delete("reviews", known)
    assert admin.topics == {}


def test_kept_data_wait_for_the_next_life_of_the_stack(provider: TopicProvider, admin: FakeAdmin) -> None:
    provider.delete("reviews", state(provider, inputs(delete_data=False)))
    assert provider.owners.find("reviews") == replace(OWNER, is_released=True)
    reborn = {**inputs(), "stack_id": "1111111111111111"}
    provider.delete("reviews", state(provider, reborn))
    assert admin.topics == {}


def test_the_topic_of_another_stack_may_be_read(provider: TopicProvider, admin: FakeAdmin) -> None:
    admin.topics["reviews"] = FOREIGN
    provider.owners.claim("reviews", OTHER, 1)
    reading = {**inputs(), "written": False}
    assert provider.check({}, reading).failures == []
    provider.delete("reviews", state(provider, reading))
    assert admin.topics == {"reviews": FOREIGN}


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


def test_fewer_partitions_are_refused_in_the_check(provider: TopicProvider) -> None:
    (failure,) = provider.check(inputs(3), inputs(2)).failures or []
    assert "Kafka cannot take partitions away" in failure.reason


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


def test_a_topic_that_is_not_there_is_gone(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    admin.topics.clear()
    seen = provider.read("reviews", known)
    assert (seen.id, seen.outs) == ("", {})


def test_a_broker_that_is_down_is_no_drift(provider: TopicProvider, admin: FakeAdmin, remarks: list[str]) -> None:
    known = state(provider, inputs())
    admin.down = True
    assert provider.diff("reviews", known, inputs()).changes is False
    assert provider.diff("reviews", known, inputs(3)).changes is True
    assert provider.read("reviews", known).outs == known
    assert len(remarks) == 2


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
