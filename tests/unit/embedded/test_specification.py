"""What a specification must hold, and when its digest changes: if and only if a restart is needed."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from embedded import model
from embedded.errors import SettingsError
from embedded.kafka import cluster_id
from embedded.lines import FLINK_LINES
from embedded.services import jars_for, specification
from embedded.settings import EmbeddedSettings, ModelKind, ModelSettings, Ports
from embedded.specification import JavaProgram, PythonProgram, ServiceName, Specification

SETTINGS = EmbeddedSettings(data_folder=Path("/data"))
FLINK = {ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER, ServiceName.SQL_GATEWAY}
EVERY = set(ServiceName)

SERVICES = [pytest.param(service, id=service.value) for service in ServiceName]
JAVA_SERVICES = [pytest.param(service, id=service.value) for service in ServiceName if service is not ServiceName.MODEL_GATEWAY]
LINES = [pytest.param(line, id=line) for line in FLINK_LINES]


def all_text(described: Specification) -> str:
    return "\n".join([*described.files.values(), *described.environment.values(), str(described.program)])


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_settings_give_the_same_digest(service: ServiceName) -> None:
    again = EmbeddedSettings.from_plain(SETTINGS.to_plain())
    assert specification(service, SETTINGS).digest == specification(service, again).digest
    assert re.fullmatch(r"[0-9a-f]{64}", specification(service, SETTINGS).digest)


@pytest.mark.parametrize(
    ("changed", "restarted"),
    [
        pytest.param(replace(SETTINGS, task_slots=9), {ServiceName.TASK_MANAGER}, id="slots"),
        pytest.param(
            replace(SETTINGS, checkpoint_interval_seconds=11), {ServiceName.JOB_MANAGER, ServiceName.SQL_GATEWAY}, id="checkpoint interval"
        ),
        pytest.param(replace(SETTINGS, flink_line="2.1"), FLINK, id="line"),
        pytest.param(replace(SETTINGS, data_folder=Path("/other")), EVERY - {ServiceName.MODEL_GATEWAY}, id="data folder"),
        pytest.param(replace(SETTINGS, model=ModelSettings(name="other")), {ServiceName.MODEL_GATEWAY}, id="model"),
        pytest.param(replace(SETTINGS, ports=Ports(kafka=1)), {ServiceName.KAFKA}, id="kafka port"),
        pytest.param(replace(SETTINGS, ports=Ports(job_manager=1)), FLINK, id="JobManager port"),
        pytest.param(replace(SETTINGS, ports=Ports(job_manager_blob=1)), {ServiceName.JOB_MANAGER}, id="blob port"),
        pytest.param(replace(SETTINGS, ports=Ports(task_manager_data=1)), {ServiceName.TASK_MANAGER}, id="data port"),
        pytest.param(replace(SETTINGS, ports=Ports(sql_gateway=1)), {ServiceName.SQL_GATEWAY}, id="gateway port"),
        pytest.param(replace(SETTINGS, ports=Ports(model_gateway=1)), {ServiceName.MODEL_GATEWAY}, id="model gateway port"),
    ],
)
def test_a_change_restarts_exactly_the_services_that_read_it(changed: EmbeddedSettings, restarted: set[ServiceName]) -> None:
    differing = {service for service in ServiceName if specification(service, SETTINGS).digest != specification(service, changed).digest}
    assert differing == restarted


def test_every_port_belongs_to_exactly_one_service() -> None:
    ports = [port.number for service in ServiceName for port in specification(service, SETTINGS).ports]
    assert sorted(ports) == sorted(getattr(SETTINGS.ports, one.name) for one in fields(Ports))


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("service", SERVICES)
def test_no_service_listens_beyond_the_loopback_address(service: ServiceName, line: str) -> None:
    text = all_text(specification(service, replace(SETTINGS, flink_line=line)))
    assert "127.0.0.1" in text
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+(?=[:\s,'\"]|$)", text)) == {"127.0.0.1"}
    assert "localhost" not in text


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("service", JAVA_SERVICES)
def test_the_classpath_is_what_the_start_requires(service: ServiceName, line: str) -> None:
    settings = replace(SETTINGS, flink_line=line)
    program = specification(service, settings).program
    assert isinstance(program, JavaProgram)
    assert set(program.classpath) == {settings.folder.artifacts / jar.path for jar in jars_for(service, settings)}
    assert len(program.classpath) == len(set(program.classpath))


@pytest.mark.parametrize("service", JAVA_SERVICES)
def test_everything_that_is_written_lies_in_the_data_folder(service: ServiceName) -> None:
    described = specification(service, SETTINGS)
    assert all(file.is_relative_to(SETTINGS.data_folder) for file in described.files)
    written = re.findall(r"(?<![\w.:/])/[a-z][^\s,\"']*", all_text(described))
    assert written
    assert all(path.startswith("/data/") or path == "/data" for path in written)


def test_the_offline_model_needs_no_server_and_no_key() -> None:
    program = specification(ServiceName.MODEL_GATEWAY, SETTINGS).program
    assert isinstance(program, PythonProgram)
    assert program.arguments == ("--host", "127.0.0.1", "--port", "19434", "--kind", "offline", "--model", "llama3.1")


@pytest.mark.parametrize(
    ("settings", "upstream"),
    [
        pytest.param(ModelSettings(kind=ModelKind.OLLAMA), "http://127.0.0.1:11434/v1", id="ollama by default on this machine"),
        pytest.param(ModelSettings(kind=ModelKind.OLLAMA, endpoint="http://there/v1"), "http://there/v1", id="ollama elsewhere"),
        pytest.param(ModelSettings(kind=ModelKind.OPENAI, endpoint="https://there/v1"), "https://there/v1", id="openai"),
    ],
)
def test_a_served_model_is_named_with_its_server_and_the_file_of_its_key(settings: ModelSettings, upstream: str) -> None:
    described = specification(ServiceName.MODEL_GATEWAY, replace(SETTINGS, model=settings))
    assert isinstance(described.program, PythonProgram)
    key_file = str(model.api_key_file(SETTINGS.folder))
    ledger = str(model.ledger_file(SETTINGS.folder))
    assert described.program.arguments[-6:] == ("--upstream", upstream, "--api-key-file", key_file, "--ledger", ledger)
    assert [str(file) for file in described.secret_files] == [key_file]


def test_a_changed_line_of_the_model_gateway_restarts_it(tmp_path: Path) -> None:
    source = tmp_path / "modelgateway" / "part.py"
    source.parent.mkdir()
    source.write_text("one = 1\n")
    before = model.specification(SETTINGS, sources=source.parent).digest
    assert model.specification(SETTINGS, sources=source.parent).digest == before
    source.write_text("one = 2\n")
    assert model.specification(SETTINGS, sources=source.parent).digest != before


def test_an_unknown_line_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"flink\.line is '1\.20': it is one of 2\.1, 2\.2"):
        specification(ServiceName.JOB_MANAGER, replace(SETTINGS, flink_line="1.20"))


def test_the_cluster_id_is_stable_and_differs_by_folder() -> None:
    assert cluster_id(Path("/a")) == cluster_id(Path("/a")) != cluster_id(Path("/b"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", cluster_id(Path("/a")))


def test_the_cluster_id_is_never_taken_for_an_option() -> None:
    ids = [cluster_id(Path(f"/folder-{number}")) for number in range(500)]
    assert not [one for one in ids if one.startswith("-")]
    assert len(set(ids)) == len(ids)
