"""Command lines and supervisor files, read back by those who will read them."""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from unittest.mock import Mock

import pytest
from supervisor.options import ServerOptions  # type: ignore[import-untyped]  # supervisor ships no types
from supervisor.process import Subprocess  # type: ignore[import-untyped]
from supervisor.states import ProcessStates  # type: ignore[import-untyped]

from embedded.data_folder import DataFolder
from embedded.java import Java
from embedded.launch import Launch, argument_file, prepare, start_script
from embedded.service_record import Record, read_record, remove_record, write_record
from embedded.services import specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from embedded.supervisor_files import main_configuration, service_configuration

JAVA = Java(executable=Path("/java"), version='version "17" sharing', feature=17)


@pytest.fixture
def settings(tmp_path: Path) -> EmbeddedSettings:
    return EmbeddedSettings(data_folder=tmp_path / "it's a \\ folder")


def parse(folder: DataFolder) -> ServerOptions:
    options = ServerOptions()
    options.realize(["-c", str(folder.run / "supervisord.conf")])
    return options


def command_of(settings: EmbeddedSettings, service: ServiceName) -> list[str]:
    return shlex.split(prepare(specification(service, settings), settings.folder, JAVA).read_text(), comments=True)


def write(folder: DataFolder, services: dict[str, str]) -> None:
    (folder.run / "conf.d").mkdir(parents=True)
    folder.logs.mkdir(parents=True, exist_ok=True)
    (folder.run / "supervisord.conf").write_text(main_configuration(folder, folder.run / "supervisor.sock"))
    for name, text in services.items():
        (folder.run / "conf.d" / f"{name}.conf").write_text(text)


@pytest.mark.parametrize("service", [pytest.param(service, id=service.value) for service in ServiceName])
def test_the_supervisor_reads_what_was_meant(service: ServiceName, settings: EmbeddedSettings) -> None:
    described = specification(service, settings)
    script = prepare(described, settings.folder, JAVA)
    write(settings.folder, {service: service_configuration(described, script, settings.folder)})
    (group,) = parse(settings.folder).process_group_configs
    (process,) = group.process_configs
    assert group.name == service
    assert shlex.split(process.command) == ["/bin/sh", str(script)]
    assert process.stdout_logfile == str(settings.folder.log(service))
    assert process.stopwaitsecs == described.stop_seconds


@pytest.mark.parametrize("service", [pytest.param(service, id=service.value) for service in ServiceName])
def test_a_service_that_ends_at_once_is_tried_on_slower_and_slower_and_never_given_up(
    service: ServiceName, settings: EmbeddedSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full for an hour is no reason to stay down after it."""
    described = specification(service, settings)
    write(settings.folder, {service: service_configuration(described, Path("/start"), settings.folder)})
    options = parse(settings.folder)
    (group,) = options.process_group_configs
    process = Subprocess(group.process_configs[0])
    process.group, options.logger = Mock(), Mock()
    now = 1_000_000.0
    monkeypatch.setattr("supervisor.process.time", Mock(time=lambda: now))
    monkeypatch.setattr(process, "spawn", lambda: spawned.append(now))
    spawned: list[float] = []
    process.state = ProcessStates.BACKOFF
    for _try in range(85):
        process.state = ProcessStates.BACKOFF
        process.backoff += 1
        process.delay = now + process.backoff
        before = len(spawned)
        while len(spawned) == before:
            now += 1
            process.transition()
            assert process.state == ProcessStates.BACKOFF, f"given up after {process.backoff} tries"
    pauses = [after - before for before, after in pairwise(spawned)]
    assert pauses == sorted(pauses)
    assert sum(pauses) > 3_600


@pytest.mark.parametrize(
    "value",
    [pytest.param(value, id=value) for value in ("a b", 'say "x"', "50%", "it's", "a,b=c", "back\\slash", "a # b", "a ; b", "$x", "é")],
)
def test_any_argument_and_variable_arrives_and_no_other(value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hush")
    show = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    script = tmp_path / "start"
    script.write_text(start_script(Launch(command=(sys.executable, "-c", show, value), environment={"NAME": value})))
    shown = subprocess.run(["/bin/sh", str(script)], capture_output=True, text=True, check=True)
    arguments, environment = json.loads(shown.stdout)
    assert arguments == [value]
    assert environment.pop("NAME") == value
    # Python sets this one itself when there is no locale.
    assert set(environment) <= {"LC_CTYPE"}


def test_no_secret_of_the_callers_environment_reaches_a_service(settings: EmbeddedSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hush")
    for service in ServiceName:
        assert "hush" not in prepare(specification(service, settings), settings.folder, JAVA).read_text()


def test_java_reads_back_what_an_argument_file_says(tmp_path: Path) -> None:
    value = 'it\'s a "quoted" \\ path # with blanks'
    file = tmp_path / "arguments"
    file.write_text(argument_file((f"-Dx={value}", "-version")))
    java = os.environ.get("JAVA_HOME", "") + "/bin/java" if os.environ.get("JAVA_HOME") else "java"
    shown = subprocess.run([java, "-XshowSettings:properties", f"@{file}"], capture_output=True, text=True, check=True)
    assert f"x = {value}" in shown.stderr


def test_the_marker_is_in_every_command_line(settings: EmbeddedSettings) -> None:
    for service in ServiceName:
        command = command_of(settings, service)
        assert any(argument.endswith(f"flink.reviews.data={settings.data_folder}") for argument in command)
        assert any(argument.endswith(f"flink.reviews.service={service}") for argument in command)


def test_a_python_program_is_run_by_the_running_python(settings: EmbeddedSettings) -> None:
    assert sys.executable in command_of(settings, ServiceName.MODEL_GATEWAY)


def test_temporary_files_of_an_earlier_run_are_gone_before_a_start(settings: EmbeddedSettings) -> None:
    old = settings.folder.temporary(ServiceName.KAFKA) / "old"
    old.parent.mkdir(parents=True)
    old.touch()
    prepare(specification(ServiceName.KAFKA, settings), settings.folder, JAVA)
    assert old.parent.is_dir()
    assert not old.exists()


def test_a_record_is_read_as_written_and_a_damaged_one_is_none(settings: EmbeddedSettings) -> None:
    record = Record.of(specification(ServiceName.KAFKA, settings))
    write_record(settings.folder, "kafka", record)
    assert read_record(settings.folder, "kafka") == record
    (settings.folder.run / "kafka.json").write_text('{"digest": 1')
    assert read_record(settings.folder, "kafka") is None
    remove_record(settings.folder, "kafka")
    assert read_record(settings.folder, "kafka") is None


def test_a_record_changes_when_a_secret_file_changes(settings: EmbeddedSettings) -> None:
    key = settings.folder.secrets / "key"
    described = replace(specification(ServiceName.MODEL_GATEWAY, settings), secret_files=(key,))
    without = Record.of(described)
    key.parent.mkdir(parents=True)
    key.write_text("one")
    os.utime(key, ns=(1, 1))
    first = Record.of(described)
    os.utime(key, ns=(2, 2))
    assert len({without, first, Record.of(described)}) == 3


def test_a_service_without_archives_is_the_same_service(settings: EmbeddedSettings) -> None:
    """So a stack whose setting changes is not started again."""
    without = replace(settings, class_archives=False)
    for service in ServiceName:
        assert specification(service, without).digest == specification(service, settings).digest
    prepare(specification(ServiceName.KAFKA, without), without.folder, JAVA, class_archives=without.class_archives)
    arguments = (without.folder.configuration(ServiceName.KAFKA) / "java.arguments").read_text()
    assert "DumpLoadedClassList" not in arguments
