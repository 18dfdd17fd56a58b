"""The resources of the embedded platform over controls that start nothing."""

import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from components.names import PROJECT
from components.providers import artifacts, service, supervisor
from components.providers.artifacts import ArtifactsProvider, artifacts_inputs, progress_remarks
from components.providers.reporting import ProviderError
from components.providers.service import ServiceProvider, service_inputs
from components.providers.supervisor import SupervisorProvider, supervisor_inputs
from embedded.control import Observed, ServiceState, Started
from embedded.errors import PortTakenError
from embedded.llamacpp import ensure_key, key_file
from embedded.model import api_key_file
from embedded.pip_packages import folder_of
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from options.infrastructure import FlinkOptions, Ports
from options.model import ModelKind, ModelSettings


class FakeControl:
    """Remembers what it was told; `state` is what it sees."""

    done: list[str]
    state: ServiceState
    digest: str
    error: Exception | None
    edited: ClassVar[list[Path]] = []

    def __init__(self, settings: EmbeddedSettings) -> None:
        self.settings = settings

    def start(self, name: ServiceName) -> Started:
        if FakeControl.error:
            raise FakeControl.error
        FakeControl.done.append(f"start {name}")
        return Started(pid=1, digest="", changed=True)

    def observe(self, _name: ServiceName) -> Observed:
        ready = FakeControl.state is ServiceState.RUNNING
        reason = "" if ready else "it ended: OutOfMemoryError"
        return Observed(state=FakeControl.state, pid=1, uptime_seconds=1.0, ready=ready, reason=reason, digest=FakeControl.digest)

    def edited_files(self, _name: ServiceName) -> list[Path]:
        return FakeControl.edited

    def stop(self, name: ServiceName) -> None:
        FakeControl.done.append(f"stop {name} in {self.settings.data_folder.name}")

    def shutdown(self) -> None:
        FakeControl.done.append("shutdown")


@pytest.fixture
def settings(tmp_path: Path) -> EmbeddedSettings:
    return EmbeddedSettings(data_folder=tmp_path / "data")


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch, settings: EmbeddedSettings) -> type[FakeControl]:
    FakeControl.edited = []
    FakeControl.done, FakeControl.state, FakeControl.error = [], ServiceState.RUNNING, None
    FakeControl.digest = service_inputs(ServiceName.KAFKA, settings)["digest"]
    monkeypatch.setattr(service, "ServiceControl", FakeControl)
    monkeypatch.setattr(supervisor, "ServiceControl", FakeControl)
    return FakeControl


def configured(key: str = "") -> ServiceProvider:
    provider = ServiceProvider()
    provider.configure(ConfigureRequest(config=Config({f"{PROJECT}:model.apiKey": key} if key else {}, PROJECT)))
    return provider


def as_pulumi_gives_it_back(inputs: dict[str, Any]) -> dict[str, Any]:
    numbers = {key: float(value) if isinstance(value, int) else value for key, value in inputs["settings"].items()}
    return {**inputs, "settings": numbers}


def test_a_service_is_started_and_ready(control: type[FakeControl], settings: EmbeddedSettings) -> None:
    created = configured().create(as_pulumi_gives_it_back(service_inputs(ServiceName.KAFKA, settings)))
    assert created.id == "kafka"
    assert created.outs is not None
    assert created.outs["condition"] == "ready"
    assert control.done == ["start kafka"]


def test_a_service_that_runs_as_specified_needs_nothing(control: type[FakeControl], settings: EmbeddedSettings) -> None:
    inputs = service_inputs(ServiceName.KAFKA, settings)
    assert configured().diff("kafka", as_pulumi_gives_it_back(inputs), inputs).changes is False


def test_a_configuration_that_was_edited_by_hand_is_written_anew(
    control: type[FakeControl], settings: EmbeddedSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = service_inputs(ServiceName.KAFKA, settings)
    control.edited = [settings.data_folder / "server.properties"]
    assert configured().diff("kafka", inputs, inputs).changes is True
    assert "kafka will be started again: server.properties was changed by hand" in capsys.readouterr().out


def test_a_service_that_runs_and_ended_by_itself_lately_says_so(
    control: type[FakeControl], settings: EmbeddedSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = service_inputs(ServiceName.TASK_MANAGER, settings)
    control.digest = inputs["digest"]
    settings.folder.logs.mkdir(parents=True)
    line = f"{time.strftime('%Y-%m-%d %H:%M:%S')},001 WARN exited: taskmanager (exit status 1; not expected)\n"
    settings.folder.log("supervisor").write_text(line * 2, encoding="utf-8")
    settings.folder.log("taskmanager").write_text("Aborting due to java.lang.OutOfMemoryError: Java heap space\n", encoding="utf-8")
    assert configured().diff("taskmanager", inputs, inputs).changes is False
    said = capsys.readouterr().out
    assert "taskmanager ended by itself 2 times since" in said
    assert "OutOfMemoryError: Java heap space; what helps: raise `flink.taskManagerMemory` (now 928m)" in said


def test_a_setting_that_does_not_concern_a_service_does_not_restart_it(control: type[FakeControl], settings: EmbeddedSettings) -> None:
    other = EmbeddedSettings(data_folder=settings.data_folder, ports=Ports(model_gateway=20001))
    olds, news = service_inputs(ServiceName.KAFKA, settings), service_inputs(ServiceName.KAFKA, other)
    assert olds["settings"] != news["settings"]
    assert configured().diff("kafka", olds, news).changes is False


def test_a_setting_that_concerns_a_service_restarts_it(control: type[FakeControl], settings: EmbeddedSettings) -> None:
    other = EmbeddedSettings(data_folder=settings.data_folder, ports=Ports(kafka=20001))
    olds, news = service_inputs(ServiceName.KAFKA, settings), service_inputs(ServiceName.KAFKA, other)
    difference = configured().diff("kafka", olds, news)
    assert (difference.changes, difference.replaces) == (True, None)


@pytest.mark.parametrize("state", [pytest.param(state, id=state) for state in ServiceState if state is not ServiceState.RUNNING])
def test_a_plain_up_repairs_a_service_that_is_not_well(
    control: type[FakeControl], settings: EmbeddedSettings, state: ServiceState, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = service_inputs(ServiceName.KAFKA, settings)
    control.state = state
    assert configured().diff("kafka", inputs, inputs).changes is True
    assert "kafka will be started again: it ended: OutOfMemoryError" in capsys.readouterr().out
    configured().update("kafka", inputs, inputs)
    assert control.done == ["start kafka"]


def test_a_process_of_other_settings_is_drift(control: type[FakeControl], settings: EmbeddedSettings) -> None:
    inputs = service_inputs(ServiceName.KAFKA, settings)
    control.digest = "another"
    assert configured().diff("kafka", inputs, inputs).changes is True


def test_another_data_folder_stops_the_service_where_it_was_started(control: type[FakeControl], settings: EmbeddedSettings) -> None:
    olds = service_inputs(ServiceName.KAFKA, settings)
    news = service_inputs(ServiceName.KAFKA, EmbeddedSettings(data_folder=settings.data_folder.with_name("other")))
    difference = configured().diff("kafka", olds, news)
    supervisor = SupervisorProvider().diff("supervisor", olds, news)
    for one in (difference, supervisor):
        assert (one.changes, one.replaces, one.delete_before_replace) == (True, ["data_folder"], True)
    configured().delete("kafka", olds)
    assert control.done == ["stop kafka in data"]


@pytest.mark.parametrize(
    ("state", "id_", "condition"),
    [
        pytest.param(ServiceState.RUNNING, "kafka", "ready", id="runs"),
        pytest.param(ServiceState.FAILED, "kafka", "failed: it ended: OutOfMemoryError", id="fails"),
        pytest.param(ServiceState.STOPPED, "", None, id="does not run"),
    ],
)
def test_reading_tells_the_truth(
    control: type[FakeControl], settings: EmbeddedSettings, state: ServiceState, id_: str, condition: str | None
) -> None:
    control.state = state
    seen = configured().read("kafka", {**service_inputs(ServiceName.KAFKA, settings), "condition": "ready"})
    assert seen.outs is not None
    assert (seen.id, seen.outs.get("condition")) == (id_, condition)


def test_a_taken_port_is_told_with_its_key(control: type[FakeControl], settings: EmbeddedSettings) -> None:
    control.error = PortTakenError(port=19092, key="ports.kafka", holder="java (pid 7)")
    with pytest.raises(ProviderError, match=r"port 19092 \(ports.kafka\) is taken by java"):
        configured().create(service_inputs(ServiceName.KAFKA, settings))


def test_the_api_key_goes_to_a_file_for_the_model_gateway_and_nowhere_else(control: type[FakeControl], tmp_path: Path) -> None:
    model = ModelSettings(kind=ModelKind.OPENAI, name="m", endpoint="http://h/v1")
    settings = EmbeddedSettings(data_folder=tmp_path, model=model)
    file = api_key_file(settings.folder)
    inputs = service_inputs(ServiceName.MODEL_GATEWAY, settings)
    control.digest = inputs["digest"]
    created = configured("k3y").create(inputs)
    assert created.outs is not None
    assert "k3y" not in repr(created.outs)
    assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == ("k3y\n", 0o600)
    assert configured("k3y").diff("model-gateway", created.outs, inputs).changes is False
    assert configured("other").diff("model-gateway", created.outs, inputs).changes is True


@pytest.mark.parametrize("name", [ServiceName.MODEL_GATEWAY, ServiceName.MODEL_SERVER])
def test_keys_go_with_their_service_also_where_there_are_none(control: type[FakeControl], tmp_path: Path, name: ServiceName) -> None:
    settings = EmbeddedSettings(data_folder=tmp_path, model=ModelSettings(kind=ModelKind.OPENAI, name="m", endpoint="http://h/v1"))
    inputs = service_inputs(name, settings)
    control.digest = inputs["digest"]
    configured("k3y").create(inputs)
    for _ in range(2):
        configured("k3y").delete(name, inputs)
        assert not api_key_file(settings.folder).exists()


def test_a_server_of_our_own_gets_no_key_of_the_user_and_its_own_goes_with_it(control: type[FakeControl], tmp_path: Path) -> None:
    settings = EmbeddedSettings(data_folder=tmp_path, model=ModelSettings(kind=ModelKind.LLAMACPP, name="m"))
    ensure_key(settings.folder)
    for name in (ServiceName.MODEL_GATEWAY, ServiceName.MODEL_SERVER):
        inputs = service_inputs(name, settings)
        control.digest = inputs["digest"]
        created = configured("k3y").create(inputs)
        assert created.outs is not None
        assert configured("k3y").diff(name, created.outs, inputs).changes is False
    assert not api_key_file(settings.folder).exists()
    configured().delete("model-gateway", service_inputs(ServiceName.MODEL_GATEWAY, settings))
    assert key_file(settings.folder).exists()
    configured().delete("model-server", service_inputs(ServiceName.MODEL_SERVER, settings))
    assert not key_file(settings.folder).exists()


def test_a_server_that_asks_for_no_key_gets_an_empty_file(control: type[FakeControl], tmp_path: Path) -> None:
    settings = EmbeddedSettings(data_folder=tmp_path, model=ModelSettings(kind=ModelKind.OPENAI, name="m", endpoint="http://h/v1"))
    file = api_key_file(settings.folder)
    inputs = service_inputs(ServiceName.MODEL_GATEWAY, settings)
    control.digest = inputs["digest"]
    created = configured().create(inputs)
    assert (file.read_text(encoding="utf-8").strip(), file.stat().st_mode & 0o777) == ("", 0o600)
    assert created.outs is not None
    assert configured().diff("model-gateway", created.outs, inputs).changes is False


@pytest.mark.parametrize("running", [pytest.param(True, id="runs"), pytest.param(False, id="was killed")])
def test_the_supervisor_is_started_again_when_it_was_killed(
    monkeypatch: pytest.MonkeyPatch, control: type[FakeControl], settings: EmbeddedSettings, running: bool
) -> None:
    monkeypatch.setattr("embedded.supervision.Supervisor.running", lambda _self: running)
    inputs = supervisor_inputs(settings)
    assert SupervisorProvider().diff("supervisor", inputs, inputs).changes is not running
    assert SupervisorProvider().read("supervisor", inputs).id == ("supervisor" if running else "")


def test_deleting_the_supervisor_ends_everything_of_the_data_folder(control: type[FakeControl], settings: EmbeddedSettings) -> None:
    SupervisorProvider().delete("supervisor", supervisor_inputs(settings))
    assert control.done == ["shutdown"]


def test_missing_jars_are_seen(monkeypatch: pytest.MonkeyPatch, settings: EmbeddedSettings) -> None:
    monkeypatch.setattr(artifacts, "find_java", lambda _folder: object())
    inputs = artifacts_inputs(settings)
    assert ArtifactsProvider().diff("artifacts", inputs, inputs).changes is True
    assert ArtifactsProvider().read("artifacts", inputs).id == ""
    monkeypatch.setattr(artifacts, "missing_jars", lambda _folder, _jars: [])
    assert ArtifactsProvider().diff("artifacts", inputs, inputs).changes is False
    assert ArtifactsProvider().read("artifacts", inputs).id == "artifacts"


def test_the_two_flink_lines_are_different_jars(settings: EmbeddedSettings) -> None:
    other = EmbeddedSettings(data_folder=settings.data_folder, flink=FlinkOptions(line="2.1"))
    assert artifacts_inputs(settings)["digest"] != artifacts_inputs(other)["digest"]


def test_a_download_is_told_in_ten_steps_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    tell = progress_remarks()
    for done in range(0, 201, 2):
        tell(done * 1_000_000, 200_000_000, "x.jar")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "jars: 200 of 200 MB"


def test_missing_packages_of_a_model_server_are_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = EmbeddedSettings(data_folder=tmp_path, model=ModelSettings(kind=ModelKind.LLAMACPP))
    monkeypatch.setattr(artifacts, "find_java", lambda _folder: object())
    monkeypatch.setattr(artifacts, "missing_jars", lambda _folder, _jars: [])
    inputs = artifacts_inputs(settings)
    assert inputs["digest"] != artifacts_inputs(EmbeddedSettings(data_folder=tmp_path))["digest"]
    assert ArtifactsProvider().diff("artifacts", inputs, inputs).changes is True
    for name in ("llamacpp", "smollm2"):
        folder_of(name, settings.folder.model_server).mkdir(parents=True)
    assert ArtifactsProvider().diff("artifacts", inputs, inputs).changes is False


def test_state_of_a_program_that_knew_no_model_server_is_read(monkeypatch: pytest.MonkeyPatch, settings: EmbeddedSettings) -> None:
    monkeypatch.setattr(artifacts, "find_java", lambda _folder: object())
    monkeypatch.setattr(artifacts, "missing_jars", lambda _folder, _jars: [])
    inputs = artifacts_inputs(settings)
    former = {name: value for name, value in inputs.items() if not name.startswith("model_")}
    assert ArtifactsProvider().read("artifacts", former).id == "artifacts"
    assert ArtifactsProvider().diff("artifacts", former, inputs).changes is False
