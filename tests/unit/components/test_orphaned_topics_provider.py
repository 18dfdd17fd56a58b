"""Topics that belong to no table: named while the stack is up, and removed with it only when they are certainly its own."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime import rpc

from components.names import PROJECT, TOPIC_TYPE
from components.providers.orphaned_topics import OrphanedTopicsProvider, orphaned_topics_inputs
from components.providers.reporting import WhileAsked
from components.stack_state import OwnState
from flinksql.kafka.errors import PermanentTopicError
from flinksql.kafka.last_jobs import LastJob
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic
from flinksql.statement import Deployed
from tests.unit.components.topic_bench import OTHER, OWNER, FakeAdmin, FakeLastJobs, FakeOwners, inputs, state, topic_provider

GIVEN: dict[str, Any] = {"stack": OWNER.stack, "stack_id": OWNER.stack_id, "claimed": [], "delete_data": True}
COPY, OTHERS = (LastJob(job_name=f"{one.stack}/copy", deployed=Deployed(definition_hash="h", job_id="j")) for one in (OWNER, OTHER))


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The provider over a broker with the topic `left`, whose id is `id 1`."""

    provider: OrphanedTopicsProvider
    admin: FakeAdmin
    owners: FakeOwners
    jobs: FakeLastJobs
    told: list[str]


@pytest.fixture
def bench() -> Bench:
    provider, told = OrphanedTopicsProvider(), list[str]()
    provider.configure(ConfigureRequest(config=Config({}, PROJECT)))
    provider.serve(provider)
    admin, owners, jobs = FakeAdmin(), FakeOwners(), FakeLastJobs(COPY, OTHERS)
    provider.admin, provider.owners, provider.jobs = admin, owners, jobs
    provider.remark, provider.broker = told.append, WhileAsked(told.append)
    admin.create(Topic(name="left", partitions=1))
    return Bench(provider=provider, admin=admin, owners=owners, jobs=jobs, told=told)


NOTED = replace(OWNER, topic_id="id 1")


@pytest.mark.parametrize(
    ("note", "given", "ours"),
    [
        pytest.param(NOTED, {}, True, id="made by a run that was killed"),
        pytest.param(OWNER, {}, False, id="noted and perhaps not made: somebody else may have made it since"),
        pytest.param(replace(NOTED, topic_id="id 0"), {}, False, id="made again by somebody else under its name"),
        pytest.param(replace(NOTED, is_released=True), {}, False, id="left on purpose by a stack that went"),
        pytest.param(replace(OTHER, topic_id="id 1"), {}, False, id="another stack's"),
        pytest.param(None, {}, False, id="nobody's"),
    ],
)
def test_only_what_is_certainly_the_stacks_own_goes_with_it(
    bench: Bench, capfd: pytest.CaptureFixture[str], note: TopicOwner | None, given: dict[str, Any], *, ours: bool
) -> None:
    if note is not None:
        bench.owners.claim("left", note, 1)
    bench.provider.check(GIVEN, {**GIVEN, **given})
    told = "Topic left was made by this stack and belongs to no table (its run was killed): it is left, and `down` deletes it."
    assert bench.told == ([told] if ours else [])
    assert set(bench.admin.topics) == {"left"}, "a look removes nothing"
    bench.provider.delete("", {**GIVEN, **given})
    said = "Topic left was deleted: it was made by this stack and belonged to no table.\n"
    assert capfd.readouterr().out == (said if ours else "")
    assert set(bench.admin.topics) == (set() if ours else {"left"})
    assert bench.owners.find("left") == (None if ours else note)


def test_a_topic_that_a_table_or_the_state_has_is_not_named(bench: Bench) -> None:
    bench.owners.claim("left", NOTED, 1)
    news = {**GIVEN, "claimed": ["left"]}
    checked = bench.provider.check(GIVEN, news)
    assert (checked.inputs, checked.failures) == (news, [])
    assert bench.told == []


def test_a_stack_that_is_new_has_nothing_of_its_own_and_does_not_wait_for_a_broker(bench: Bench) -> None:
    bench.admin.down = True
    bench.owners.claim("left", NOTED, 1)
    assert bench.provider.check({}, GIVEN).failures == []
    bench.admin.down = False
    for olds, news in (({}, GIVEN), (GIVEN, {**GIVEN, "stack_id": rpc.UNKNOWN})):
        assert bench.provider.check(olds, news).failures == []
    assert bench.told == []


def test_data_that_is_to_stay_stays(bench: Bench) -> None:
    bench.owners.claim("left", NOTED, 1)
    kept = {**GIVEN, "delete_data": False}
    bench.provider.check(kept, kept)
    assert "it stays also after `down` (topics.deleteOnDestroy is false)" in bench.told[0]
    bench.provider.delete("", kept)
    assert set(bench.admin.topics) == {"left"}


def test_a_broker_that_is_down_keeps_nothing_from_going(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    bench.owners.claim("left", NOTED, 1)
    bench.admin.down = True
    bench.provider.check(GIVEN, GIVEN)
    bench.provider.delete("", GIVEN)
    assert bench.told == []
    assert not capfd.readouterr().out, "each topic says it"


def test_a_topic_that_the_broker_will_not_delete_keeps_nothing_from_going(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.owners.claim("left", NOTED, 1)

    def refused(_name: str) -> bool:
        raise PermanentTopicError("deleting topic left failed: not allowed")

    monkeypatch.setattr(bench.admin, "delete", refused)
    bench.provider.delete("", GIVEN)
    assert "could not be deleted: deleting topic left failed: not allowed" in capfd.readouterr().out


def test_the_note_of_a_topic_that_was_made_has_its_id() -> None:
    admin = FakeAdmin()
    provider = topic_provider(admin, [])
    made = state(provider, inputs())
    note = provider.owners.find("reviews")
    assert note is not None
    assert note.topic_id == made["topic_id"] == "id 1"
    del admin.topics["reviews"]
    provider.update("reviews", made, inputs())
    note = provider.owners.find("reviews")
    assert note is not None
    assert note.topic_id == "id 2", "made again"


def test_topics_of_the_bundle_and_of_the_state_are_claimed() -> None:
    known = OwnState(resources=((TOPIC_TYPE, {"topic": "removed"}),))
    made = orphaned_topics_inputs(OWNER, ["reviews"], known, delete_data=True)
    owner = {"stack": OWNER.stack, "stack_id": OWNER.stack_id}
    assert made == {**owner, "claimed": ["removed", "reviews"], "delete_data": True}


@pytest.mark.parametrize(
    ("delete_data", "left"),
    [
        pytest.param(True, [OTHERS], id="topics are gone: nothing of the jobs counts any more"),
        pytest.param(False, [replace(COPY, ended=True), OTHERS], id="topics are kept: the jobs ended as they should"),
    ],
)
def test_notes_of_jobs_end_with_the_topics_that_they_are_about(bench: Bench, left: list[LastJob], *, delete_data: bool) -> None:
    bench.provider.delete("", {**GIVEN, "delete_data": delete_data})
    assert list(bench.jobs.all().values()) == left


def test_a_state_of_an_earlier_version_says_nothing_of_jobs(bench: Bench) -> None:
    bench.owners.claim("left", replace(NOTED, is_released=True), 1)
    bench.provider.delete("", {**{name: value for name, value in GIVEN.items() if name != "stack"}, "delete_data": False})
    assert list(bench.jobs.all().values()) == [replace(COPY, ended=True), OTHERS]


def test_only_the_wish_for_the_end_is_a_difference(bench: Bench) -> None:
    assert bench.provider.diff("", GIVEN, {**GIVEN, "claimed": ["x"], "stack_id": "y"}).changes is False
    assert bench.provider.diff("", GIVEN, {**GIVEN, "delete_data": False}).changes is True
