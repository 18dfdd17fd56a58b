"""A `down` that was interrupted after it had ended the jobs: the next `up` brings them back with their state, or asks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from components.providers import last_jobs
from components.providers.definitions import definition_of
from components.providers.engine import Doing
from components.providers.first_starts import TOPICS
from components.providers.policies import plain_policy
from components.providers.reporting import ProviderError
from flinksql.kafka.last_jobs import LastJob
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic
from flinksql.policy import Policy
from flinksql.statement import Deployed, Kind
from flinksql.statements import WrittenState
from tests.fakes.faults import Fault
from tests.unit.components.statement_bench import StatementBench, deploy, job, statement_bench, table
from tests.unit.components.topic_bench import FakeAdmin, FakeLastJobs, FakeOwners

OWNER = TopicOwner(stack="p/s", stack_id="0123")
TOUCHED = {TOPICS: ["in", "out"]}
ALONE = "INSERT INTO sink SELECT UPPER(a) FROM source"


@dataclass(frozen=True, kw_only=True)
class Teardown:
    """A provider over a Flink and a broker. `out` and `in` are topics of the stack, `theirs` is somebody else's."""

    bench: StatementBench
    admin: FakeAdmin = field(default_factory=FakeAdmin)
    owners: FakeOwners = field(default_factory=FakeOwners)
    jobs: FakeLastJobs = field(default_factory=FakeLastJobs)

    def another_run(self) -> None:
        """Forget what this run read of the notes, as a new provider process has."""
        self.bench.another_run()
        notes = self.bench.provider.at({}).last_jobs
        notes._reached = last_jobs._Broker(admin=self.admin, owners=self.owners, jobs=self.jobs)
        notes._noted, notes._own = None, None

    def interrupted(self, given: dict[str, Any]) -> dict[str, Any]:
        """Deploy a job and end it, as a teardown does that gets no further; return its state."""
        id_, state = deploy(self.bench, given)
        self.bench.provider.delete(id_, state)
        self.another_run()
        return state

    def up(self, given: dict[str, Any]) -> dict[str, Any]:
        """Create the statement again; return its state."""
        _, state = deploy(self.bench, given)
        self.another_run()
        return state


@pytest.fixture
def teardown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Teardown]:
    monkeypatch.setattr(last_jobs, "doing", lambda: Doing.DESTROYING)
    with statement_bench(tmp_path) as bench:
        made = Teardown(bench=bench)
        for name in ("in", "out"):
            made.admin.create(Topic(name=name, partitions=1))
            made.owners.claim(name, replace(OWNER, topic_id=made.admin.topics[name].topic_id), 1)
        made.admin.create(Topic(name="theirs", partitions=1))
        made.another_run()
        yield made


def test_an_older_flink_is_not_given_what_a_newer_one_left(teardown: Teardown) -> None:
    given = {**job(), **TOUCHED}
    ended = teardown.interrupted(given)
    [noted] = teardown.jobs.all().values()
    assert noted.deployed.flink_line == "2.2"
    teardown.jobs.record(replace(noted, deployed=replace(noted.deployed, savepoint=f"file:/savepoints/{ended['job_id']}")))
    teardown.bench.flink.cluster.jobs.clear()
    teardown.bench.flink.cluster.version = "2.1.3"
    with pytest.raises(ProviderError, match=r"was written by Flink 2\.2, and Flink 2\.1 reads"):
        teardown.up(given)
    assert teardown.bench.alive() == []


def test_the_job_goes_on_from_what_it_left(teardown: Teardown, capfd: pytest.CaptureFixture[str]) -> None:
    given = {**job(), **TOUCHED}
    ended = teardown.interrupted(given)
    assert teardown.bench.alive() == []
    assert teardown.bench.provider.check({}, given).failures == []
    assert f"Job {ended['job_id']} of statement copy was ended by a `down` that was then interrupted." in teardown.bench.remarks
    again = teardown.up(given)
    assert "chk-" in again["restored_from"]
    said = capfd.readouterr().out
    assert f"Statement copy: start from {again['restored_from']}, watch it.\n" in said, "the preview"
    assert f"Statement copy goes on from {again['restored_from']}. Job {ended['job_id']} of statement copy was ended by a `down`" in said
    assert again["history"][-1]["action"] == "repaired"
    assert teardown.jobs.all() == {}, "used once"


def test_a_job_that_was_paused_goes_on_from_its_savepoint_when_it_is_let_run(teardown: Teardown) -> None:
    running = {**job(), **TOUCHED}
    paused = {**running, "policy": plain_policy(Policy(running=False))}
    _, state = deploy(teardown.bench, running)
    state = {**state, **(teardown.bench.provider.update("id", state, paused).outs or {})}
    teardown.bench.provider.delete("id", state)
    teardown.another_run()
    again = teardown.up(paused)
    assert (again["savepoint"], again["condition"]) == (state["savepoint"], "paused")
    outs = teardown.bench.provider.update("id", again, running).outs
    assert outs is not None
    assert outs["restored_from"] == state["savepoint"]


@pytest.mark.parametrize("name", ["in", "out"])
@pytest.mark.parametrize("again", [True, False], ids=["made again", "gone"])
def test_state_is_not_taken_to_topics_that_are_not_those_of_before(teardown: Teardown, name: str, *, again: bool) -> None:
    """Offsets of a topic that was deleted mean other records in one of its name: rows would be lost without a word."""
    given = {**job(), **TOUCHED}
    teardown.interrupted(given)
    teardown.admin.delete(name)
    if again:
        teardown.admin.create(Topic(name=name, partitions=1))
    assert teardown.up(given)["restored_from"] == ""
    assert teardown.jobs.all() == {}, "of no use any more"


def test_a_topic_of_somebody_elses_is_no_reason_to_begin_anew(teardown: Teardown) -> None:
    given = {**job(), TOPICS: ["out", "theirs"]}
    teardown.interrupted(given)
    (noted,) = teardown.jobs.all().values()
    assert noted.topics == {"out": "id 2"}
    assert "chk-" in teardown.up(given)["restored_from"]


@pytest.mark.parametrize(
    ("given", "doing"),
    [
        pytest.param(job(), Doing.DESTROYING, id="no topic"),
        pytest.param({**job(), **TOUCHED}, Doing.UPDATING, id="its file was removed"),
        pytest.param({**job(), **TOUCHED}, Doing.UNKNOWN, id="it alone is destroyed"),
        pytest.param({**table(), **TOUCHED}, Doing.DESTROYING, id="no job"),
    ],
)
def test_nothing_is_noted_of_what_is_not_ended_with_its_stack(
    teardown: Teardown, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], doing: Doing
) -> None:
    monkeypatch.setattr(last_jobs, "doing", lambda: doing)
    teardown.interrupted(given)
    assert teardown.jobs.all() == {}
    assert not teardown.up(given)["restored_from"]


def test_a_bounded_job_has_no_state_to_go_on_from(teardown: Teardown) -> None:
    bounded = definition_of({**job(kind=Kind.BOUNDED_JOB), **TOUCHED})
    notes = teardown.bench.provider.at({}).last_jobs
    notes.record(bounded, Deployed(definition_hash="h", job_id="j"), ["in"])
    assert teardown.jobs.all() == {}
    teardown.jobs.record(LastJob(job_name=bounded.job_name, deployed=Deployed(definition_hash="h", job_id="j")))
    assert notes.find(bounded, ["in"]) is None


def test_a_broker_that_does_not_answer_keeps_no_job_from_going(teardown: Teardown) -> None:
    id_, state = deploy(teardown.bench, {**job(), **TOUCHED})
    teardown.another_run()
    teardown.admin.down = True
    teardown.jobs.record = lambda *_jobs: teardown.admin._answer()  # type: ignore[method-assign]
    teardown.bench.provider.delete(id_, state)
    assert teardown.bench.alive() == []


def test_a_broker_that_does_not_answer_begins_no_job_without_state(teardown: Teardown) -> None:
    given = {**job(), **TOUCHED}
    teardown.interrupted(given)
    teardown.admin.down = True
    assert teardown.bench.provider.check({}, given).failures == []
    with pytest.raises(ProviderError, match="no Kafka broker answers"):
        teardown.bench.provider.create(given)
    assert teardown.bench.alive() == []


def test_another_definition_is_asked_about(teardown: Teardown) -> None:
    ended = teardown.interrupted({**job(), **TOUCHED})
    edited = {**job(ALONE), **TOUCHED}
    asked = re.compile(
        rf"Job {ended['job_id']} of statement copy was ended by a `down` that was then interrupted, and ran another definition\. "
        r"Its state lies at (\S+)\. To go on from it, write `-- restore_from: \1` .*To start without.*`-- allow_state_reset: true`.*"
        r"put the SQL back"
    )
    (failure,) = teardown.bench.provider.check({}, edited).failures or []
    assert asked.search(failure.reason), "the preview"
    with pytest.raises(ProviderError, match=asked):
        teardown.bench.provider.create(edited)
    assert teardown.bench.alive() == []
    assert len(teardown.jobs.all()) == 1, "asked again by the next run"


def test_the_header_answers_the_question(teardown: Teardown) -> None:
    teardown.interrupted({**job(), **TOUCHED})
    edited = {**job(ALONE), **TOUCHED, "policy": plain_policy(Policy(allow_state_reset=True))}
    assert teardown.bench.provider.check({}, edited).failures == []
    assert teardown.up(edited)["restored_from"] == ""
    assert teardown.jobs.all() == {}


@pytest.mark.parametrize("found", [None, []], ids=["nobody can look", "there is none"])
def test_state_that_cannot_be_found_is_not_given_up_unasked(
    teardown: Teardown, capfd: pytest.CaptureFixture[str], found: list[WrittenState] | None
) -> None:
    given = {**job(), **TOUCHED}
    teardown.interrupted(given)
    teardown.bench.flink.cluster.jobs.clear()
    cluster = teardown.bench.provider.at({}).cluster
    unread = replace(cluster._lifecycle_settings, checkpoints_folder=None, savepoints_folder=None, listing=lambda _ids: found)
    cluster._lifecycle_settings = unread
    with pytest.raises(ProviderError, match=r"(?s)its last state cannot be found.*allow_state_reset.*approve this one change"):
        teardown.bench.provider.create(given)
    allowing = {**given, "policy": plain_policy(Policy(allow_state_reset=True))}
    assert teardown.up(allowing)["restored_from"] == ""
    assert "Statement copy begins without state. Job " in capfd.readouterr().out


def _ended(teardown: Teardown) -> None:
    noted = teardown.jobs.all().values()
    teardown.jobs.record(*(replace(one, ended=True) for one in noted))


def test_after_a_teardown_that_kept_the_topics_what_is_left_of_state_counts(teardown: Teardown, capfd: pytest.CaptureFixture[str]) -> None:
    given = {**job(), **TOUCHED}
    teardown.interrupted(given)
    _ended(teardown)
    assert "chk-" in teardown.up(given)["restored_from"]
    assert "was ended by a `down` that kept its topics." in capfd.readouterr().out


@pytest.mark.parametrize("given", [{**job(), **TOUCHED}, {**job(ALONE), **TOUCHED}], ids=["the same", "another definition"])
def test_after_a_teardown_that_took_the_state_along_a_job_begins(teardown: Teardown, given: dict[str, Any]) -> None:
    teardown.interrupted({**job(), **TOUCHED})
    _ended(teardown)
    teardown.bench.flink.cluster.jobs.clear()
    assert teardown.up(given)["restored_from"] == ""


def test_a_preview_of_a_stack_that_is_not_up_does_not_wait_for_a_broker(teardown: Teardown) -> None:
    teardown.bench.flink.jobmanager_server.faults.arm(Fault.RESET, "GET", times=99)
    asked = teardown.admin.asked
    assert teardown.bench.provider.check({}, {**job(), **TOUCHED}).failures == []
    assert teardown.admin.asked == asked
