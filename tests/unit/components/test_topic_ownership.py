"""Whose a topic is: what this stack did not make is never configured, grown or deleted."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from components.providers.reporting import Once, ProviderError
from components.providers.topic import TopicProvider
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic
from tests.unit.components.topic_bench import FORMER, OTHER, OWNER, FakeAdmin, FakeOwners, inputs, state, topic_provider


class Note(NamedTuple):
    """What is noted of a topic, on which broker, what is named for take-over, and whether the topic is the stack's."""

    owner: TopicOwner
    own_broker: bool = False
    taken: tuple[str, ...] = ()
    ours: bool = False


@pytest.fixture
def admin() -> FakeAdmin:
    return FakeAdmin()


@pytest.fixture
def remarks() -> list[str]:
    return []


@pytest.fixture
def provider(admin: FakeAdmin, remarks: list[str]) -> TopicProvider:
    return topic_provider(admin, remarks)


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
    assert provider.diff("reviews", known, inputs()).changes is True, "so that the state and the broker say whose it is"
    marked = dict(provider.update("reviews", known, inputs(3)).outs or {})
    assert admin.topics["reviews"].partitions == 3
    assert provider.owners.find("reviews") == OWNER
    assert provider.diff("reviews", marked, inputs(3)).changes is False
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


def test_a_topic_that_somebody_makes_in_the_same_moment_is_theirs(provider: TopicProvider, admin: FakeAdmin) -> None:
    """Nothing was there when it was looked for: the broker says who was quicker."""
    admin.quicker = FOREIGN
    known = state(provider, inputs())
    assert admin.topics == {"reviews": FOREIGN}
    assert known["owned"] is False
    assert provider.owners.find("reviews") is None
    provider.delete("reviews", known)
    assert admin.topics == {"reviews": FOREIGN}


def test_a_topic_that_another_stack_makes_in_the_same_moment_stays_noted_as_that_stacks(
    provider: TopicProvider, admin: FakeAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(wanted: Topic) -> bool:
        admin.topics[wanted.name] = FOREIGN
        provider.owners.claim(wanted.name, OTHER, 1)
        return False

    monkeypatch.setattr(admin, "create", create)
    with pytest.raises(ProviderError, match=f"topic reviews belongs to stack {OTHER.stack} "):
        provider.create(inputs())
    assert provider.owners.find("reviews") == OTHER
    assert admin.topics == {"reviews": FOREIGN}


class Namesake(NamedTuple):
    """A note on a topic of another table, on which broker, what is named for take-over, and whether the stack may use the broker."""

    owner: TopicOwner
    own_broker: bool = False
    taken: tuple[str, ...] = ()
    may: bool = True


@pytest.mark.parametrize(
    "namesake",
    [
        pytest.param(Namesake(FORMER, may=False), id="the same name in another state"),
        pytest.param(Namesake(FORMER, own_broker=True), id="on the stack's own broker, where it is an earlier life"),
        pytest.param(Namesake(FORMER, taken=(FORMER.stack_id,)), id="named for take-over"),
        pytest.param(Namesake(FORMER, taken=(OTHER.stack_id,), may=False), id="another one is named for take-over"),
        pytest.param(Namesake(replace(FORMER, is_released=True)), id="it went and released them"),
        pytest.param(Namesake(OWNER), id="itself"),
        pytest.param(Namesake(OTHER), id="another name"),
    ],
)
def test_two_stacks_of_one_name_do_not_share_a_broker(provider: TopicProvider, namesake: Namesake) -> None:
    """They would end each other's transactions."""
    provider.is_own_broker, provider.taken_over = namesake.own_broker, frozenset(namesake.taken)
    provider.owners.claim("another-topic", namesake.owner, 1)
    reasons = [failure.reason for failure in provider.check({}, inputs()).failures or []]
    assert [reason.startswith("another stack named flink-reviews/dev (id 2222222222222222)") for reason in reasons] == [True] * (
        not namesake.may
    )


def test_a_topic_that_is_not_there_yet_is_nobodys_and_nothing_is_said_of_it(
    provider: TopicProvider, admin: FakeAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    assert provider.check({}, inputs()).failures == []
    assert (capsys.readouterr().out, admin.topics) == ("", {})


def test_a_topic_of_another_stack_is_refused_also_where_only_the_name_changes(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    admin.topics["theirs"] = replace(FOREIGN, name="theirs")
    provider.owners.claim("theirs", OTHER, 1)
    (failure,) = provider.check(known, {**inputs(), "topic": "theirs"}).failures
    assert "topic theirs belongs to stack flink-reviews/staging" in failure.reason


def test_the_note_of_a_topic_that_is_kept_asks_for_the_replication_of_the_topic(provider: TopicProvider) -> None:
    known = state(provider, {**inputs(delete_data=False), "replication": 3})
    owners = provider.owners
    assert isinstance(owners, FakeOwners)
    owners.replications.clear()
    provider.delete("reviews", known)
    assert (owners.replications, owners.kept) == ({"reviews": 3}, {"reviews": replace(OWNER, is_released=True)})
