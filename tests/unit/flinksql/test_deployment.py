"""A folder of SQL files brought to a Flink from plain Python."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flinksql.deployment import Action, Deployment
from flinksql.errors import PermanentError, StatementError
from flinksql.statements import HealthPolicy, LifecycleSettings
from tests.fakes.flink import FakeFlink, fake_flink

TABLES = {
    "src": "CREATE TABLE src (id BIGINT, v STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '${rate}')",
    "snk": "CREATE TABLE snk (id BIGINT, v STRING) WITH ('connector' = 'blackhole')",
}
COPY = "INSERT INTO snk SELECT id, v FROM src"
UPPER = "INSERT INTO snk SELECT id, UPPER(v) FROM src"
QUICK = LifecycleSettings(health=HealthPolicy(settle_seconds=0.05, deadline_seconds=5, poll_seconds=0.01), retry_waits=(0.05,))


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as fake:
        yield fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "orders"
    made.mkdir()
    for name, text in {**TABLES, "copy": COPY}.items():
        (made / f"{name}.sql").write_text(text)
    return made


@pytest.fixture
def deployment(flink: FakeFlink, folder: Path, tmp_path: Path) -> Deployment:
    return Deployment(
        folder,
        name="orders/dev",
        gateway=flink.gateway_server.url,
        jobmanager=flink.jobmanager_server.url,
        record=tmp_path / "record.json",
        values={"rate": "20"},
        settings=QUICK,
    )


def actions(deployment: Deployment) -> dict[str, Action]:
    return {change.statement: change.action for change in deployment.preview()}


def test_the_first_preview_creates_and_touches_nothing(deployment: Deployment) -> None:
    assert actions(deployment) == dict.fromkeys(("snk", "src", "copy"), Action.CREATE)
    assert not deployment.record_file.exists()
    assert not deployment.lifecycle.jobs()


def test_what_is_deployed_is_kept(deployment: Deployment) -> None:
    deployment.up()
    assert [job.name for job in deployment.lifecycle.jobs()] == ["orders/dev/copy"]
    assert actions(deployment) == dict.fromkeys(("snk", "src", "copy"), Action.KEEP)


def test_a_changed_job_is_upgraded_and_can_be_undone(deployment: Deployment, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment.lifecycle, "verdict", lambda _old, _new: None)
    deployment.up()
    [first] = deployment.lifecycle.jobs()
    (folder / "copy.sql").write_text(UPPER)
    deployment.up()
    deployment.undo("copy")
    jobs = deployment.lifecycle.jobs()
    [running] = [job for job in jobs if not job.state.terminal]
    assert running.job_id not in {first.job_id}
    record = json.loads(deployment.record_file.read_text())["statements"]["copy"]
    assert record["now"]["definition"]["statement"]["text"] == COPY
    assert record["now"]["deployed"]["restored_from"] == record["switch"] != ""
    # The file still has the newer version.
    assert actions(deployment)["copy"] is Action.UPGRADE


def test_a_change_that_loses_state_is_refused_before_the_first_change(deployment: Deployment, folder: Path) -> None:
    deployment.up()
    (folder / "copy.sql").write_text(UPPER)  # the fake compiles no plan, so what becomes of the state is unknown
    (folder / "more.sql").write_text("INSERT INTO snk SELECT id, LOWER(v) FROM src")
    with pytest.raises(PermanentError, match="does not keep its state"):
        deployment.up()
    assert {job.name for job in deployment.lifecycle.jobs()} == {"orders/dev/copy"}


def test_a_wrong_file_is_named_with_its_place(deployment: Deployment, folder: Path) -> None:
    (folder / "copy.sql").write_text("-- running: perhaps\n" + COPY)
    with pytest.raises((StatementError, PermanentError), match=r"orders/copy\.sql:1"):
        deployment.up()


def test_everything_that_the_planner_refuses_is_told_at_once(deployment: Deployment, folder: Path) -> None:
    for name in ("first", "second"):
        (folder / f"{name}.sql").write_text(f"CREATE TABLE {name} (v STRING) WITH ('connector' = 'kafkaa')")
    refused = {change.statement: change.refused for change in deployment.preview() if change.refused}
    assert refused.keys() == {"first", "second"}
    with pytest.raises(PermanentError, match=r"(?s)first\.sql:1.*second\.sql:1"):
        deployment.up()
    assert not deployment.lifecycle.jobs()


def test_an_interrupted_run_is_finished_by_adoption(deployment: Deployment) -> None:
    deployment.up()
    deployment.record_file.unlink()
    deployment.up()
    assert len(deployment.lifecycle.jobs()) == 1
    assert actions(deployment)["copy"] is Action.KEEP


def test_a_file_that_is_gone_ends_its_job(deployment: Deployment, folder: Path) -> None:
    deployment.up()
    (folder / "copy.sql").unlink()
    assert actions(deployment)["copy"] is Action.DELETE
    deployment.up()
    assert all(job.state.terminal for job in deployment.lifecycle.jobs())
    assert "copy" not in deployment.status()


def test_destroy_leaves_nothing(deployment: Deployment) -> None:
    deployment.up()
    deployment.destroy()
    assert all(job.state.terminal for job in deployment.lifecycle.jobs())
    assert deployment.status() == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "is not a record", id="cut off"),
        pytest.param('{"statements": {"a": 1}, "version": 1}', "is not a record", id="another shape"),
        pytest.param('{"statements": {}, "version": 99}', "another version", id="written by a later version"),
    ],
)
def test_a_record_that_cannot_be_read_is_refused(deployment: Deployment, content: str, message: str) -> None:
    deployment.record_file.write_text(content)
    with pytest.raises(PermanentError, match=message):
        deployment.up()
    assert not deployment.lifecycle.jobs()


def test_there_is_nothing_to_undo_at_first(deployment: Deployment) -> None:
    deployment.up()
    with pytest.raises(PermanentError, match="no version before"):
        deployment.undo("copy")


def test_a_preview_says_the_steps_of_a_change(deployment: Deployment, folder: Path) -> None:
    deployment.up()
    (folder / "copy.sql").write_text(f"-- allow_state_reset: true\n{UPPER}")
    [changed] = [change for change in deployment.preview() if change.steps]
    assert [str(step.name) for step in changed.steps] == ["prepare", "stop-with-savepoint", "cancel", "submit", "watch"]
