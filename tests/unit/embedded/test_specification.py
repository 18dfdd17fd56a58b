"""What a specification must hold, and when its digest changes: if and only if a restart is needed."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.kubernetes.flink_configuration import FlinkState, state_options
from components.names import job_name
from embedded import model
from embedded.kafka import cluster_id, server_properties
from embedded.services import jars_for, specification
from embedded.settings import EmbeddedSettings
from embedded.specification import JavaProgram, PythonProgram, ServiceName, Specification
from flinksql.diagnostics.repeated_failures import REMEMBERED
from options.errors import OptionError
from options.flink_lines import FLINK_LINES, flink_line
from options.infrastructure import FlinkOptions, KafkaOptions, MetricsOptions, Ports
from options.model import ModelKind, ModelSettings

SETTINGS = EmbeddedSettings(data_folder=Path("/data"))
FLINK = {ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER, ServiceName.SQL_GATEWAY}
EVERY = set(ServiceName)

SERVICES = [pytest.param(service, id=service.value) for service in ServiceName]
MODEL = {ServiceName.MODEL_GATEWAY, ServiceName.MODEL_SERVER}
PYTHON = {*MODEL, ServiceName.FLINK_UI, ServiceName.METRICS}
WITH_METRICS = replace(SETTINGS, metrics=MetricsOptions(enabled=True), stack="local")
REPORTING = {ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER}
JAVA_SERVICES = [pytest.param(service, id=service.value) for service in ServiceName if service not in PYTHON]
MODEL_SERVER_ONLY = {ServiceName.MODEL_SERVER}
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
        pytest.param(replace(SETTINGS, flink=FlinkOptions(task_slots=9)), {ServiceName.TASK_MANAGER}, id="slots"),
        pytest.param(
            replace(SETTINGS, flink=FlinkOptions(checkpoint_interval_seconds=11)),
            {ServiceName.JOB_MANAGER, ServiceName.SQL_GATEWAY},
            id="checkpoint interval",
        ),
        pytest.param(replace(SETTINGS, flink=FlinkOptions(line="2.1")), FLINK, id="line"),
        pytest.param(replace(SETTINGS, heartbeat_timeout_seconds=60), FLINK, id="patience with a silent TaskManager"),
        pytest.param(
            replace(SETTINGS, flink=FlinkOptions(task_manager_memory="2g")), {ServiceName.TASK_MANAGER}, id="memory of the TaskManager"
        ),
        pytest.param(replace(SETTINGS, kafka=KafkaOptions(max_record_bytes=5_000_000)), {ServiceName.KAFKA}, id="largest record"),
        pytest.param(replace(SETTINGS, data_folder=Path("/other")), EVERY - {ServiceName.MODEL_GATEWAY}, id="data folder"),
        pytest.param(replace(SETTINGS, model=ModelSettings(name="other")), MODEL, id="model"),
        pytest.param(replace(SETTINGS, model=ModelSettings(file="/m.gguf")), MODEL_SERVER_ONLY, id="model file"),
        pytest.param(replace(SETTINGS, model=ModelSettings(threads=7)), MODEL_SERVER_ONLY, id="threads"),
        pytest.param(replace(SETTINGS, model=ModelSettings(slots=3)), MODEL_SERVER_ONLY, id="slots"),
        pytest.param(replace(SETTINGS, ports=Ports(model_server=20_000)), MODEL_SERVER_ONLY, id="model server port"),
        pytest.param(replace(SETTINGS, ports=Ports(kafka=20_000)), {ServiceName.KAFKA}, id="kafka port"),
        pytest.param(replace(SETTINGS, ports=Ports(job_manager=20_000)), {*FLINK, ServiceName.FLINK_UI}, id="JobManager port"),
        pytest.param(replace(SETTINGS, ports=Ports(flink_ui=20_000)), {ServiceName.FLINK_UI}, id="port of Flink's UI"),
        pytest.param(replace(SETTINGS, ports=Ports(job_manager_blob=20_000)), {ServiceName.JOB_MANAGER}, id="blob port"),
        pytest.param(replace(SETTINGS, ports=Ports(task_manager_data=20_000)), {ServiceName.TASK_MANAGER}, id="data port"),
        pytest.param(replace(SETTINGS, ports=Ports(sql_gateway=20_000)), {ServiceName.SQL_GATEWAY}, id="gateway port"),
        pytest.param(
            replace(SETTINGS, ports=Ports(model_gateway=20_000)), {ServiceName.MODEL_GATEWAY, ServiceName.METRICS}, id="model gateway port"
        ),
        pytest.param(replace(SETTINGS, ports=Ports(metrics=20_000)), {ServiceName.METRICS}, id="metrics port"),
        pytest.param(WITH_METRICS, {*REPORTING, ServiceName.METRICS}, id="metrics"),
    ],
)
def test_a_change_restarts_exactly_the_services_that_read_it(changed: EmbeddedSettings, restarted: set[ServiceName]) -> None:
    differing = {service for service in ServiceName if specification(service, SETTINGS).digest != specification(service, changed).digest}
    assert differing == restarted


def test_with_metrics_another_port_for_them_restarts_who_pushes_there() -> None:
    changed = replace(WITH_METRICS, ports=Ports(metrics=20_000))
    differing = {one for one in ServiceName if specification(one, WITH_METRICS).digest != specification(one, changed).digest}
    assert differing == {*REPORTING, ServiceName.METRICS}


def test_only_those_who_report_have_the_reporter_and_push_to_the_loopback_address() -> None:
    told = {one: all_text(specification(one, WITH_METRICS)) for one in FLINK}
    assert {one for one, text in told.items() if "flink-metrics-prometheus" in text} == REPORTING
    assert {one for one, text in told.items() if "http://127.0.0.1:19249" in text} == REPORTING
    assert not any("prometheus" in all_text(specification(one, SETTINGS)) for one in FLINK)
    # The reporter that is scraped listens on every address.
    assert not any("PrometheusReporterFactory" in text for text in told.values())


def test_prometheus_is_told_each_process_and_the_stack() -> None:
    [text] = specification(ServiceName.METRICS, WITH_METRICS).files.values()
    flink, model = yaml.safe_load(text)["scrape_configs"]
    assert [one["labels"]["__metrics_path__"] for one in flink["static_configs"]] == [
        "/metrics/job/flink/instance/jobmanager",
        "/metrics/job/flink/instance/taskmanager",
    ]
    assert {one["labels"]["stack"] for one in (*flink["static_configs"], *model["static_configs"])} == {"local"}
    [statement] = flink["metric_relabel_configs"]
    found = re.fullmatch(statement["regex"], job_name("local", "contexts"))
    assert found is not None
    assert found[1] == "contexts"


def test_every_port_belongs_to_exactly_one_service() -> None:
    ports = [port.number for service in ServiceName for port in specification(service, SETTINGS).ports]
    assert sorted(ports) == sorted(getattr(SETTINGS.ports, one.name) for one in fields(Ports))


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("service", SERVICES)
def test_no_service_listens_beyond_the_loopback_address(service: ServiceName, line: str) -> None:
    text = all_text(specification(service, replace(SETTINGS, flink=FlinkOptions(line=line))))
    assert "127.0.0.1" in text
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+(?=[:\s,'\"]|$)", text)) == {"127.0.0.1"}
    assert "localhost" not in text


@pytest.mark.parametrize("base", [pytest.param(SETTINGS, id="plain"), pytest.param(WITH_METRICS, id="metrics")])
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("service", JAVA_SERVICES)
def test_the_classpath_is_what_the_start_requires(service: ServiceName, line: str, base: EmbeddedSettings) -> None:
    settings = replace(base, flink=FlinkOptions(line=line))
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


def configuration(service: ServiceName, settings: EmbeddedSettings = SETTINGS) -> dict[str, Any]:
    """Return what a service's configuration file says."""
    [text] = [text for file, text in specification(service, settings).files.items() if file.name == "config.yaml"]
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("service", JAVA_SERVICES)
def test_every_jvm_runs_in_utc_whatever_the_machine_says(service: ServiceName, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    program = specification(service, SETTINGS).program
    assert isinstance(program, JavaProgram)
    assert [option for option in program.options if "timezone" in option] == ["-Duser.timezone=UTC"]


def test_windows_and_timestamps_without_a_zone_are_in_utc() -> None:
    assert configuration(ServiceName.SQL_GATEWAY)["table.local-time-zone"] == "UTC"


def test_failures_with_long_messages_do_not_fill_the_job_managers_heap() -> None:
    told = configuration(ServiceName.JOB_MANAGER)
    assert (told["web.exception-history-size"], told["jobmanager.execution.attempts-history-size"]) == (REMEMBERED, 2)


def test_a_task_manager_that_is_not_let_in_gives_up_before_its_jobs_do() -> None:
    assert configuration(ServiceName.TASK_MANAGER)["taskmanager.registration.timeout"] == "30 s"


@pytest.mark.parametrize("service", [ServiceName.JOB_MANAGER, ServiceName.SQL_GATEWAY])
def test_pauses_between_restarts_grow_alike_on_both_platforms(service: ServiceName) -> None:
    def restarts(options: Mapping[str, Any]) -> dict[str, str]:
        return {key: str(value).replace(" ", "") for key, value in options.items() if key.startswith("restart-strategy.")}

    ours = restarts(configuration(service))
    assert ours == restarts(state_options(FlinkState()))
    assert {"1s", "2.0", "2min", "10min"} <= set(ours.values())


@pytest.mark.parametrize(
    ("megabytes", "heap", "task_heap"),
    [
        pytest.param(928, 256, "192m", id="default"),
        pytest.param(864, 192, "128m", id="least"),
        pytest.param(2048, 1376, "1312m", id="more"),
    ],
)
def test_what_the_task_manager_gets_more_is_heap(megabytes: int, heap: int, task_heap: str) -> None:
    settings = replace(SETTINGS, flink=FlinkOptions(task_manager_memory=f"{megabytes}m"))
    program = specification(ServiceName.TASK_MANAGER, settings).program
    assert isinstance(program, JavaProgram)
    assert f"-Xmx{heap}m" in program.options
    told = configuration(ServiceName.TASK_MANAGER, settings)
    assert told["taskmanager.memory.task.heap.size"] == task_heap
    parts = {key: int(str(value).rstrip("m")) for key, value in told.items() if key.startswith("taskmanager.memory.") and ".min" not in key}
    assert sum(parts.values()) == megabytes


def test_a_task_manager_out_of_heap_leaves_the_name_of_the_thread() -> None:
    program = specification(ServiceName.TASK_MANAGER, SETTINGS).program
    assert isinstance(program, JavaProgram)
    assert {"-XX:+CrashOnOutOfMemoryError", "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/data/logs/taskmanager.crash"} <= set(
        program.options
    )


@pytest.mark.parametrize("size", [1_048_576, 5_000_000])
def test_the_broker_takes_what_a_producer_may_send(size: int) -> None:
    told = server_properties(replace(SETTINGS, kafka=KafkaOptions(max_record_bytes=size))).splitlines()
    assert {f"message.max.bytes={size + 12}", f"replica.fetch.max.bytes={size + 12}"} <= set(told)


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
    assert described.secret_files == (), "the gateway follows the file: another key restarts nothing"


def test_a_changed_line_of_the_model_gateway_restarts_it(tmp_path: Path) -> None:
    source = tmp_path / "modelgateway" / "part.py"
    source.parent.mkdir()
    source.write_text("one = 1\n")
    before = model.specification(SETTINGS, sources=source.parent).digest
    assert model.specification(SETTINGS, sources=source.parent).digest == before
    source.write_text("one = 2\n")
    assert model.specification(SETTINGS, sources=source.parent).digest != before


def test_an_unknown_line_is_refused_with_those_there_are() -> None:
    with pytest.raises(OptionError, match=r"flink\.line is '1\.20': it is one of 2\.1, 2\.2"):
        flink_line("1.20")


def test_the_cluster_id_is_stable_and_differs_by_folder() -> None:
    assert cluster_id(Path("/a")) == cluster_id(Path("/a")) != cluster_id(Path("/b"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", cluster_id(Path("/a")))


def test_the_cluster_id_is_never_taken_for_an_option() -> None:
    ids = [cluster_id(Path(f"/folder-{number}")) for number in range(500)]
    assert not [one for one in ids if one.startswith("-")]
    assert len(set(ids)) == len(ids)
