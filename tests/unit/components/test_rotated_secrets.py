"""A secret with another value reaches the job that uses it, from its own state, and no other; a preview says so."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.providers.definitions import SECRETS_IN_USE, definition_of
from components.providers.policies import plain_policy
from components.providers.reporting import ProviderError
from components.providers.secret_marks import Rotation, marks_of, rotation
from components.providers.statement import StatementProvider
from components.providers.statement_secrets import StatementSecrets, note_start
from flinksql.policy import Policy
from flinksql.statement import Deployed, Kind
from tests.fakes.jobs import Fate
from tests.unit.components.statement_bench import StatementBench, configuration, deploy, job, statement_bench, table

OLD, NEW = "0ld-pa55word", "n3w-pa55word"
ON_KAFKA = """'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'b:1', 'format' = 'json',
'scan.startup.mode' = 'earliest-offset'"""
SOURCE = f"CREATE TABLE source (a STRING) WITH ({ON_KAFKA}, 'properties.sasl.jaas.config' = '${{secret:KEY}}')"
BY_SECRET = SOURCE.replace("'t'", "'${secret:KEY}'").replace("'${secret:KEY}')", "'fixed')")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[StatementBench]:
    with statement_bench(tmp_path, {"KEY": OLD}) as running:
        yield running


def differs(provider: StatementProvider, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool | None:
    return provider.diff("id", dict(state), dict(inputs)).changes


def updated(provider: StatementProvider, state: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    outs = provider.update("id", state, inputs).outs
    assert outs is not None
    return outs


def test_the_same_value_changes_nothing(bench: StatementBench) -> None:
    _, state = deploy(bench, job(source=SOURCE))
    assert differs(bench.with_secrets(KEY=OLD), state, job(source=SOURCE)) is False


def test_a_preview_says_which_secret_starts_which_job_again_and_that_its_state_stays(
    bench: StatementBench, capsys: pytest.CaptureFixture[str]
) -> None:
    _, state = deploy(bench, job(source=SOURCE))
    assert differs(bench.with_secrets(KEY=NEW), state, job(source=SOURCE)) is True
    said = capsys.readouterr().out
    assert "Statement copy is started again: the value of secret KEY changed, and its job has the former one.\n" in said
    assert "Statement copy: keeps state\n" in said
    assert f"stop job {state['job_id']} with a savepoint, start from the savepoint, watch it.\n" in said
    assert OLD not in said
    assert NEW not in said


def test_up_stops_the_job_with_a_savepoint_and_starts_it_from_there_with_the_new_value(bench: StatementBench) -> None:
    _, state = deploy(bench, job(source=SOURCE))
    later = bench.with_secrets(KEY=NEW)
    state = {**state, **updated(later, state, job(source=SOURCE))}
    (alive,) = bench.alive()
    assert alive == state["job_id"]
    assert "savepoint" in state["restored_from"]
    assert state["history"][-1]["action"] == "restarted"
    assert NEW in repr(bench.flink.gateway.bodies)
    assert differs(bench.with_secrets(KEY=NEW), state, job(source=SOURCE)) is False
    assert differs(bench.with_secrets(KEY=OLD), state, job(source=SOURCE)) is True


def test_a_job_that_fails_because_its_secret_was_revoked_gets_the_new_one(bench: StatementBench) -> None:
    """It is restarted by Flink for ever with the old value: nothing but another submission ends that."""
    _, state = deploy(bench, job(source=SOURCE))
    bench.flink.cluster.jobs[state["job_id"]].fate = Fate.LOOPS
    bench.flink.cluster.jobs[state["job_id"]].started -= 60
    bench.another_run()
    later = bench.with_secrets(KEY=NEW)
    assert differs(later, state, job(source=SOURCE)) is True
    updated(later, state, job(source=SOURCE))
    (alive,) = bench.alive()
    assert alive != state["job_id"]


def test_who_uses_another_secret_or_none_is_left_alone(bench: StatementBench) -> None:
    _, plain = deploy(bench, job())
    assert SECRETS_IN_USE not in plain
    assert differs(bench.with_secrets(KEY=NEW), plain, job()) is False


@pytest.mark.parametrize(
    ("inputs", "policy"),
    [
        pytest.param(table(SOURCE), Policy(), id="catalog object"),
        pytest.param(job(source=SOURCE), Policy(running=False), id="paused job"),
    ],
)
def test_what_has_no_running_job_is_no_matter_of_secrets(inputs: dict[str, Any], policy: Policy, tmp_path: Path) -> None:
    inputs = {**inputs, "policy": plain_policy(policy)}
    with statement_bench(tmp_path, {"KEY": OLD}) as bench:
        _, state = deploy(bench, inputs)
        assert differs(bench.with_secrets(KEY=NEW), state, inputs) is False


def test_a_job_that_ends_by_itself_is_not_run_again(bench: StatementBench) -> None:
    inputs = job(source=SOURCE.replace("'topic' = 't'", "'topic' = 't', 'number-of-rows' = '3'"), kind=Kind.BOUNDED_JOB)
    _, state = deploy(bench, inputs)
    assert differs(bench.with_secrets(KEY=NEW), state, inputs) is False


def test_a_secret_on_which_the_state_depends_is_refused_in_the_preview_and_before_the_job_is_touched(bench: StatementBench) -> None:
    _, state = deploy(bench, job(source=BY_SECRET))
    with pytest.raises(ProviderError, match=r"sql/copy\.sql:1:1: .*does not keep its state: resets state") as refused:
        differs(bench.with_secrets(KEY=NEW), state, job(source=BY_SECRET))
    later = bench.with_secrets(KEY=NEW)
    later.at({}).validates = False
    before = bench.alive()
    with pytest.raises(ProviderError, match="does not keep its state"):
        updated(later, state, job(source=BY_SECRET))
    assert bench.alive() == before
    assert NEW not in str(refused.value)
    assert "the topic changes from '${secret:KEY} as it was' to '${secret:KEY}'" in str(refused.value)


def test_of_a_job_whose_secrets_are_not_recorded_it_is_said_and_nothing_is_touched(
    bench: StatementBench, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a version that did not record them."""
    _, state = deploy(bench, job(source=SOURCE))
    del state[SECRETS_IN_USE]
    assert differs(bench.with_secrets(KEY=NEW), state, job(source=SOURCE)) is False
    assert "with which value of secret KEY its job was started is not known" in capsys.readouterr().out


def test_a_job_that_a_killed_run_left_is_not_taken_for_one_with_the_secrets_of_now(
    bench: StatementBench, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run submitted the job and never wrote its state; then the secret was set back."""
    _, state = deploy(bench, job(source=SOURCE))
    updated(bench.with_secrets(KEY=NEW), state, job(source=SOURCE))
    assert differs(bench.with_secrets(KEY=OLD), state, job(source=SOURCE)) is False
    assert "is not known" in capsys.readouterr().out
    kept = updated(bench.with_secrets(KEY=OLD), state, {**job(source=SOURCE), "policy": plain_policy(Policy(health_window_seconds=9))})
    assert kept[SECRETS_IN_USE] == ""


def test_a_job_that_another_resource_of_the_run_started_has_the_secrets_of_now() -> None:
    secrets = StatementSecrets(configuration({"secret.KEY": NEW}))
    definition = definition_of(job(source=SOURCE))
    deployed = Deployed(definition_hash="0", job_id="moved", started=True)
    note_start(deployed)
    found = Deployed(definition_hash="0", job_id="moved")
    marks = secrets.in_use(definition, {}, found)
    assert marks
    assert rotation(marks, {"KEY": NEW}) == Rotation()


@pytest.mark.parametrize(
    ("recorded", "now", "expected"),
    [
        pytest.param({"A": "1", "B": "2"}, {"A": "1", "B": "2"}, Rotation(), id="the same"),
        pytest.param({"A": "1", "B": "2"}, {"A": "1", "B": "3"}, Rotation(changed=("B",)), id="one of two"),
        pytest.param({"A": "1"}, {"A": "1", "B": "3"}, Rotation(unknown=("B",)), id="one that is new"),
        pytest.param({"A": "1", "B": "2"}, {"A": "1"}, Rotation(), id="one that is not used any more"),
        pytest.param({"A": ""}, {"A": " "}, Rotation(changed=("A",)), id="empty and blank"),
    ],
)
def test_marks(recorded: dict[str, str], now: dict[str, str], expected: Rotation) -> None:
    assert rotation(marks_of(recorded), now) == expected


@pytest.mark.parametrize("marks", ["", "{", "[]", '{"A": "no mark"}'])
def test_marks_that_cannot_be_read_say_nothing_false(marks: str) -> None:
    assert rotation(marks, {"B": "1"}) == Rotation(unknown=("B",))


def test_marks_hold_no_value_and_cannot_be_compared_with_each_other() -> None:
    first, second = marks_of({"A": OLD}), marks_of({"A": OLD})
    assert first != second
    assert OLD not in first


def test_a_provider_finds_a_secret_that_lies_elsewhere_by_its_own_configuration() -> None:
    """A provider's settings have declared keys only: of a family of keys it asks by name."""
    request = configuration({"secretFrom.KEY": "kafka/jaas"})
    secrets = StatementSecrets(request, lambda sources: {name: f"value at {source}" for name, source in sources.items()})
    assert secrets.of(definition_of(job(source=SOURCE))) == {"KEY": "value at kafka/jaas"}
    assert secrets.missing(definition_of(job(source=SOURCE))) == ""
