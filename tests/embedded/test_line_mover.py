"""Jobs on their way to another Flink line, where one of them cannot go on there: all run on the old line again, from their savepoints."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from components.line_change import Move, Mover
from components.separate_flink import FLINK_PORTS, install_missing, share_downloads
from embedded.control import ServiceControl
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.errors import JobFailedError, PermanentError
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.statement import Definition, Deployed, Kind, Statement
from flinksql.statements import LifecycleSettings, StatementLifecycle
from flinksql.statements.compatibility import Restore
from flinksql.statements.situation import Recorded, Wanted
from options.infrastructure import FlinkOptions, Ports
from tests.support.ports import free_ports
from tests.support.project import REPOSITORY

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

OLD, NEW = "2.2", "2.3"
SERVICES = (ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER, ServiceName.SQL_GATEWAY)
SOURCE = (
    "CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20', 'fields.id.min' = '1', 'fields.id.max' = '9')"
)
SINK = "CREATE TABLE snk (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole')"
PREFIX = "lines/one/"
FAILING = "second"


class Failing(StatementLifecycle):
    """A lifecycle whose statement does not become healthy on the new line."""

    def bring_about(self, recorded: Recorded, wanted: Wanted) -> Deployed:
        if self.gateway.information().version.startswith(NEW) and wanted.definition.name == FAILING:
            raise JobFailedError("this one cannot go on")
        return super().bring_about(recorded, wanted)


def definition(name: str) -> Definition:
    closure = [
        Statement(name=one, kind=Kind.CATALOG_OBJECT, text=text, file=f"sql/{one}.sql") for one, text in (("src", SOURCE), ("snk", SINK))
    ]
    return Definition(
        statement=Statement(
            name=name, kind=Kind.JOB, text="INSERT INTO snk SELECT id, COUNT(*) FROM src GROUP BY id", file=f"sql/{name}.sql"
        ),
        closure=tuple(closure),
        options={"parallelism.default": "1", "execution.checkpointing.interval": "1 s"},
        job_name=f"{PREFIX}{name}",
    )


@pytest.fixture
def before(tmp_path: Path) -> Iterator[EmbeddedSettings]:
    share_downloads(REPOSITORY / ".data", tmp_path)
    ports = Ports(**dict(zip(FLINK_PORTS, free_ports(len(FLINK_PORTS)), strict=True)))
    settings = EmbeddedSettings(data_folder=tmp_path, flink=FlinkOptions(line=OLD), ports=ports, class_archives=False)
    for line in (OLD, NEW):
        install_missing(replace(settings, flink=FlinkOptions(line=line)), SERVICES)
    control = ServiceControl(settings)
    try:
        with ThreadPoolExecutor(len(SERVICES)) as pool:
            list(pool.map(control.start, SERVICES))
        yield settings
    finally:
        control.shutdown()


def test_all_jobs_go_back_to_the_old_line_where_one_cannot_go_on(before: EmbeddedSettings) -> None:
    folder = before.folder
    settings = LifecycleSettings(
        checkpoints_folder=folder.checkpoints, savepoints_folder=folder.savepoints, plans_folder=folder.plans, salt="line"
    )
    jobmanager = JobManagerClient(flink_endpoint(JOB_MANAGER, before.job_manager_url, folder.root))
    lifecycle = Failing(GatewayClient(flink_endpoint(GATEWAY, before.sql_gateway_url, folder.root)), jobmanager, settings=settings)
    moves = []
    for name in ("first", FAILING):
        one = definition(name)
        moves.append(Move(old=one, new=one, deployed=lifecycle.create(one)))
    told: list[str] = []
    mover = Mover(
        before=before,
        after=replace(before, flink=FlinkOptions(line=NEW)),
        prefix=PREFIX,
        jobmanager=jobmanager,
        lifecycle=lambda _definition: lifecycle,
        settings=settings,
        speak=told.append,
    )
    with pytest.raises(PermanentError) as caught:
        mover.move(moves, {"first": Restore.STRICT, FAILING: Restore.STRICT})
    assert "Flink 2.2 runs all of them again. What first had done on the new line is done again." in str(caught.value)
    assert "this one cannot go on" in str(caught.value)
    assert [one for one in told if "runs on Flink 2.3 from file:" in one]
    assert jobmanager.overview().flink_version.startswith(OLD)
    running = {job.name: job.job_id for job in jobmanager.jobs() if not job.state.terminal}
    assert running.keys() == {f"{PREFIX}first", f"{PREFIX}{FAILING}"}
    for move in moves:
        restored = jobmanager.checkpoints(running[move.old.job_name]).latest.restored
        assert restored is not None
        assert f"savepoint-{move.deployed.job_id[:6]}-" in (restored.external_path or "")
