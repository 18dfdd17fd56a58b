"""Topics that somebody else owns: they must be there, and nothing of them is ever changed."""

from typing import Any

import pytest

from components.providers.reporting import ProviderError
from components.providers.topic import TopicProvider
from components.providers.topic_inputs import topic_inputs
from flinksql.kafka.topic import Topic
from tests.unit.components.topic_bench import OTHER, OWNER, FakeAdmin, inputs, state, topic_provider

FOREIGN = Topic(name="reviews", partitions=6, config={"retention.ms": "5"}, topic_id="theirs")


def external(partitions: int = 0) -> dict[str, Any]:
    return topic_inputs(Topic(name="reviews", partitions=partitions), OWNER, delete_data=True, external=True)


@pytest.fixture
def admin() -> FakeAdmin:
    return FakeAdmin()


@pytest.fixture
def remarks() -> list[str]:
    return []


@pytest.fixture
def provider(admin: FakeAdmin, remarks: list[str]) -> TopicProvider:
    return topic_provider(admin, remarks)


@pytest.mark.parametrize("partitions", [pytest.param(0, id="as it is"), pytest.param(6, id="as expected")])
def test_an_external_topic_is_used_and_left(provider: TopicProvider, admin: FakeAdmin, partitions: int) -> None:
    admin.topics["reviews"] = FOREIGN
    given = external(partitions)
    assert provider.check({}, given).failures == []
    known = state(provider, given)
    assert known["owned"] is False
    assert provider.diff("reviews", known, given).changes is False
    provider.update("reviews", known, given)
    provider.delete("reviews", known)
    assert admin.topics == {"reviews": FOREIGN}


@pytest.mark.parametrize(
    ("found", "partitions", "told"),
    [
        pytest.param(None, 0, "topic reviews is external", id="missing"),
        pytest.param(FOREIGN, 4, "has 6 partitions; bundle.yaml says 4", id="other partitions"),
    ],
)
def test_an_external_topic_that_is_not_as_it_must_be_is_told_at_every_preview(
    provider: TopicProvider, admin: FakeAdmin, found: Topic | None, partitions: int, told: str
) -> None:
    if found:
        admin.topics["reviews"] = found
    given = external(partitions)
    for olds in ({}, {**given, "owned": False, "topic_id": "theirs"}):
        [failure] = provider.check(olds, given).failures
        assert told in failure.reason
    with pytest.raises(ProviderError, match=told):
        provider.create(given)
    assert admin.topics == ({"reviews": found} if found else {})


def test_a_broker_that_does_not_answer_is_no_missing_topic(provider: TopicProvider, admin: FakeAdmin, remarks: list[str]) -> None:
    admin.down = True
    assert provider.check({}, external()).failures == []
    assert "external topics are there was not looked at" in " ".join(remarks)


def test_a_topic_that_becomes_external_is_neither_touched_nor_deleted(provider: TopicProvider, admin: FakeAdmin) -> None:
    known = state(provider, inputs())
    made = dict(admin.topics)
    assert provider.diff("reviews", known, external()).changes is True
    updated = provider.update("reviews", known, external()).outs
    assert updated is not None
    assert updated["owned"] is False
    # No note of the stack's is left by which `down` would take it for a topic of its own.
    assert provider.owners.notes() == {}
    provider.delete("reviews", updated)
    assert admin.topics == made


def test_a_note_of_another_stack_stays(provider: TopicProvider, admin: FakeAdmin) -> None:
    admin.topics["reviews"] = FOREIGN
    provider.owners.claim("reviews", OTHER, 1)
    provider.create(external())
    assert provider.owners.notes() == {"reviews": OTHER}


def test_an_external_topic_that_becomes_the_stacks_own_is_left_alone_while_it_is_there(provider: TopicProvider, admin: FakeAdmin) -> None:
    admin.topics["reviews"] = FOREIGN
    known = state(provider, external())
    assert provider.diff("reviews", known, inputs()).changes is True
    updated = provider.update("reviews", known, inputs()).outs
    assert updated is not None
    assert updated["owned"] is False
    assert admin.topics == {"reviews": FOREIGN}


def test_an_external_topic_that_went_is_read_as_missing_not_as_to_be_made(provider: TopicProvider, admin: FakeAdmin) -> None:
    admin.topics["reviews"] = FOREIGN
    known = state(provider, external())
    del admin.topics["reviews"]
    read = provider.read("reviews", known)
    assert read.outs is not None
    assert (read.id, read.outs["owned"]) == ("reviews", False)
