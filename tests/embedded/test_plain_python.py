"""flinksql from plain Python on a real Flink: preview, deploy, upgrade with state, undo, destroy."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from flinksql.deployment import Action, Deployment
from flinksql.flink.transport import Endpoint
from flinksql.statements import LifecycleSettings

pytestmark = pytest.mark.real

SOURCE = (
    "CREATE TABLE src (id BIGINT, v DOUBLE) "
    "WITH ('connector' = 'datagen', 'rows-per-second' = '20', 'fields.id.min' = '1', 'fields.id.max' = '9')"
)
SINK = "CREATE TABLE snk (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole')"
TOTALS = "INSERT INTO snk SELECT id, COUNT(*) FROM src GROUP BY id"
LARGER = "-- counted from another number\nINSERT INTO snk SELECT id, COUNT(*) + 1000 FROM src GROUP BY id"


@pytest.fixture
def deployment(embedded_endpoints: tuple[Endpoint, Endpoint], tmp_path: Path) -> Iterator[Deployment]:
    folder = tmp_path / "orders"
    folder.mkdir()
    for name, text in {"src": SOURCE, "snk": SINK, "totals": TOTALS}.items():
        (folder / f"{name}.sql").write_text(text)
    made = Deployment(
        folder,
        name=f"plain/{uuid.uuid4().hex[:8]}",
        gateway=embedded_endpoints[0],
        jobmanager=embedded_endpoints[1],
        record=tmp_path / "record.json",
        options={"execution.checkpointing.interval": "1 s"},
        settings=LifecycleSettings(plans_folder=tmp_path),
    )
    yield made
    made.destroy()


def running(deployment: Deployment) -> list[str]:
    return [job.job_id for job in deployment.lifecycle.jobs() if job.name.startswith(deployment.name) and not job.state.terminal]


def test_a_folder_lives_without_pulumi(deployment: Deployment) -> None:
    assert {change.action for change in deployment.preview()} == {Action.CREATE}
    deployment.up()
    [first] = running(deployment)
    assert {change.action for change in deployment.up()} == {Action.KEEP}

    (deployment.folder / "totals.sql").write_text(LARGER)
    [change] = [one for one in deployment.preview() if one.action is not Action.KEEP]
    assert (change.action, change.refused) == (Action.UPGRADE, "")
    assert change.verdict is not None
    assert change.verdict.keeps
    deployment.up()
    [second] = running(deployment)

    undone = deployment.undo("totals")
    assert running(deployment) == [undone.job_id]
    assert undone.restored_from.rpartition("/")[2].startswith(f"savepoint-{first[:6]}")
    assert undone.job_id not in {first, second}

    deployment.destroy()
    assert not running(deployment)
