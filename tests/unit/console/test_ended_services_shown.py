"""`status` and `doctor` name a service that ended by itself, also after it is back."""

import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from console.health.report import Report
from console.show.status_table import status_tables
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from platforms.embedded.checks import check_machine
from platforms.embedded.health import observe_services
from settings import parse_settings
from tests.support.ports import free_ports

HEAP = "OutOfMemoryError: Java heap space"


def settings(folder: Path, ends: int) -> EmbeddedSettings:
    """Return settings of a data folder whose TaskManager ended so often just now, and write its logs. Nothing runs there."""
    made = EmbeddedSettings(data_folder=folder)
    made = replace(made, ports=replace(made.ports, job_manager=free_ports(1)[0]))
    made.folder.logs.mkdir()
    moment = time.strftime("%Y-%m-%d %H:%M:%S")
    line = f"{moment},001 WARN exited: taskmanager (exit status 1; not expected)\n"
    made.folder.log("supervisor").write_text(line * ends, encoding="utf-8")
    made.folder.log(ServiceName.TASK_MANAGER).write_text(f"Aborting due to java.lang.{HEAP}\n", encoding="utf-8")
    return made


def client(made: EmbeddedSettings) -> JobManagerClient:
    return JobManagerClient(Endpoint(name="JobManager", base_url=f"http://127.0.0.1:{made.ports.job_manager}", connect_seconds=0.5))


def test_status_says_how_often_a_service_ended_and_what_helps(tmp_path: Path) -> None:
    made = settings(tmp_path, ends=3)
    services = observe_services(made, client(made))
    [found] = [one for one in services if one.name == ServiceName.TASK_MANAGER]
    assert found.ends_again
    assert not replace(found, ready=True).healthy
    assert "ended by itself 3 times since" in found.remark
    assert HEAP in found.remark
    assert "raise `flink.taskManagerMemory` (now 928m)" in found.remark
    report = Report(stack="local", services=services, topics=(), jobs=())
    assert any("taskmanager is stopped" in problem and HEAP in problem for problem in report.problems())
    console = Console(width=400, record=True)
    console.print(status_tables(report))
    assert HEAP in console.export_text()


def test_a_service_that_ended_once_and_is_back_is_healthy_with_a_remark(tmp_path: Path) -> None:
    made = settings(tmp_path, ends=1)
    [found] = [one for one in observe_services(made, client(made)) if one.name == ServiceName.TASK_MANAGER]
    assert replace(found, ready=True).healthy
    assert "ended by itself once" in found.remark


def test_doctor_looks_only_where_something_runs(tmp_path: Path) -> None:
    settings(tmp_path, ends=3)
    made = parse_settings({"data.folder": str(tmp_path)})
    assert not [finding for finding in check_machine(made) if finding.subject == "service"]
