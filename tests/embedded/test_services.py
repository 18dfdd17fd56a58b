"""The services as real processes: started, killed, repaired, stopped. One stack for the module, brought to ready before each test."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from embedded import processes
from embedded.artifacts import fetch_jars, jars_of
from embedded.control import ServiceControl, ServiceState, Started
from embedded.errors import PortTakenError, ServiceFailedError
from embedded.jars import locked_jars
from embedded.java import ensure_java
from embedded.services import specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from options.flink_lines import flink_line
from options.infrastructure import PORT_KEYS, FlinkOptions, MetricsOptions, Ports
from options.model import ModelKind, ModelSettings
from tests.support.llamacpp import take_over
from tests.support.ports import free_ports

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).resolve().parents[2]
JARS = REPOSITORY / ".data" / "artifacts"
RECOVERY_SECONDS = 90.0


def make_settings(folder: Path, line: str = "2.2", *, class_archives: bool = False) -> EmbeddedSettings:
    folder.mkdir(parents=True)
    fetch_jars(JARS, (*jars_of(flink_line(line)), *locked_jars(flink_line(line).metrics_set)))
    (folder / "artifacts").symlink_to(JARS)
    settings = EmbeddedSettings(
        data_folder=folder,
        flink=FlinkOptions(line=line),
        ports=Ports(**dict(zip(PORT_KEYS, free_ports(len(PORT_KEYS)), strict=True))),
        # So that there is each service that the platform knows.
        model=ModelSettings(kind=ModelKind.LLAMACPP),
        metrics=MetricsOptions(enabled=True),
        class_archives=class_archives,
    )
    take_over(settings.folder)
    ensure_java(settings.folder)
    return settings


def start_all(control: ServiceControl) -> dict[ServiceName, Started]:
    with ThreadPoolExecutor(len(ServiceName)) as pool:
        return dict(zip(ServiceName, pool.map(control.start, ServiceName), strict=True))


def eventually(condition: Callable[[], bool], *, what: str, seconds: float = RECOVERY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def is_ready(control: ServiceControl, service: ServiceName) -> bool:
    return control.observe(service).ready


def supervisor_pid(service_pid: int) -> int:
    return processes.parent_of(service_pid)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSettings]:
    made = make_settings(tmp_path_factory.mktemp("services") / "data")
    yield made
    ServiceControl(made).shutdown()
    shutil.rmtree(made.data_folder)


@pytest.fixture
def control(settings: EmbeddedSettings) -> ServiceControl:
    made = ServiceControl(settings)
    start_all(made)
    return made


def test_a_configuration_file_edited_by_hand_is_seen_and_written_anew(control: ServiceControl) -> None:
    assert control.edited_files(ServiceName.MODEL_GATEWAY) == [] == control.edited_files(ServiceName.TASK_MANAGER)
    [file, *_] = specification(ServiceName.TASK_MANAGER, control._settings).files
    file.write_text(file.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    assert control.edited_files(ServiceName.TASK_MANAGER) == [file]
    assert control.start(ServiceName.TASK_MANAGER).changed
    assert control.edited_files(ServiceName.TASK_MANAGER) == []


def test_a_second_start_changes_nothing(control: ServiceControl) -> None:
    before = {service: control.observe(service).pid for service in ServiceName}
    again = start_all(control)
    assert {service: started.pid for service, started in again.items()} == before
    assert not any(started.changed for started in again.values())


def test_every_service_is_observed_as_running_and_ready(control: ServiceControl) -> None:
    for service in ServiceName:
        observed = control.observe(service)
        assert (observed.state, observed.ready, observed.reason) == (ServiceState.RUNNING, True, ""), service
        assert len(observed.digest) == 64


def test_every_listener_is_on_the_loopback_address(control: ServiceControl) -> None:
    pids = {control.observe(service).pid for service in ServiceName}
    connections = [one for one in psutil.net_connections(kind="tcp") if one.pid in pids and one.status == psutil.CONN_LISTEN]
    listeners = [one.laddr for one in connections if one.laddr]
    assert len({address.port for address in listeners}) >= len(PORT_KEYS)
    assert {address.ip.removeprefix("::ffff:") for address in listeners} == {"127.0.0.1"}


@pytest.mark.parametrize("service", [pytest.param(service, id=service.value) for service in ServiceName])
def test_a_killed_service_comes_back_by_itself(control: ServiceControl, service: ServiceName) -> None:
    killed = control.observe(service).pid
    os.kill(killed, signal.SIGKILL)

    def is_back() -> bool:
        observed = control.observe(service)
        return observed.pid not in (0, killed) and observed.ready

    eventually(is_back, what=f"{service} is back")


def test_a_start_repairs_a_killed_supervisor_and_ends_what_it_left_behind(control: ServiceControl) -> None:
    lost = {control.observe(service).pid for service in ServiceName}
    os.kill(supervisor_pid(min(lost)), signal.SIGKILL)
    eventually(lambda: {one.pid for one in control.leftovers()} == lost, what="all services are left over")
    assert control.observe(ServiceName.KAFKA).state is ServiceState.STOPPED
    start_all(control)
    assert control.leftovers() == []
    assert not any(psutil.pid_exists(pid) for pid in lost)
    assert all(is_ready(control, service) for service in ServiceName)


def test_a_changed_setting_restarts_only_the_service_that_reads_it(control: ServiceControl, settings: EmbeddedSettings) -> None:
    changed = ServiceControl(replace(settings, flink=replace(settings.flink, task_slots=settings.flink.task_slots + 1)))
    restarted = {service for service, started in start_all(changed).items() if started.changed}
    assert restarted == {ServiceName.TASK_MANAGER}


def test_a_taken_port_is_told_with_its_key_and_holder_and_the_running_service_is_kept(
    control: ServiceControl, settings: EmbeddedSettings
) -> None:
    kept = control.observe(ServiceName.MODEL_GATEWAY).pid
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = ServiceControl(replace(settings, ports=replace(settings.ports, model_gateway=port)))
        with pytest.raises(PortTakenError) as raised:
            other.start(ServiceName.MODEL_GATEWAY)
    assert str(port) in str(raised.value)
    assert "ports.modelGateway" in str(raised.value)
    assert f"pid {os.getpid()}" in str(raised.value)
    assert control.observe(ServiceName.MODEL_GATEWAY).pid == kept


def test_a_stopped_service_is_gone_and_the_others_stay(control: ServiceControl) -> None:
    kept = control.observe(ServiceName.KAFKA).pid
    stopped = control.observe(ServiceName.MODEL_GATEWAY).pid
    control.stop(ServiceName.MODEL_GATEWAY)
    observed = control.observe(ServiceName.MODEL_GATEWAY)
    assert (observed.state, observed.pid, observed.digest) == (ServiceState.STOPPED, 0, "")
    assert not psutil.pid_exists(stopped)
    assert control.observe(ServiceName.KAFKA).pid == kept


def test_several_controls_may_start_one_service_at_once(control: ServiceControl, settings: EmbeddedSettings) -> None:
    control.stop(ServiceName.MODEL_GATEWAY)
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: ServiceControl(settings).start(ServiceName.MODEL_GATEWAY), range(4)))
    assert len({one.pid for one in started}) == 1
    assert [one.changed for one in started].count(True) == 1


def test_a_service_that_cannot_start_fails_with_the_cause_from_its_log(control: ServiceControl, settings: EmbeddedSettings) -> None:
    control.stop(ServiceName.KAFKA)
    properties = settings.folder.kafka / "meta.properties"
    text = properties.read_text()
    properties.write_text(text.replace("node.id=1", "node.id=7"))
    try:
        with pytest.raises(ServiceFailedError, match=r"kafka ended while it started: .*node\.id|kafka ended while it started: .*node id"):
            control.start(ServiceName.KAFKA)
    finally:
        properties.write_text(text)
    assert control.observe(ServiceName.KAFKA).state is ServiceState.STOPPED
