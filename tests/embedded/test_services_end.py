"""The end of a stack, and what its next start makes of it: nothing left over, archives taken, a killed JVM's remains ignored."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded import archives
from embedded.control import ServiceControl, ServiceState
from embedded.ports import is_free
from embedded.processes import marked, parent_of
from embedded.services import specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from tests.embedded.test_services import eventually, make_settings

pytestmark = pytest.mark.real

ARCHIVE_SECONDS = 180
KAFKA, MODEL_GATEWAY = ServiceName.KAFKA, ServiceName.MODEL_GATEWAY


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[EmbeddedSettings]:
    made = make_settings(tmp_path / "a folder with 'quotes' & blanks" / "data", class_archives=True)
    yield made
    ServiceControl(made).shutdown()
    shutil.rmtree(made.data_folder)


def java_arguments(settings: EmbeddedSettings) -> str:
    return (settings.folder.configuration(KAFKA) / "java.arguments").read_text()


def assert_nothing_is_left(settings: EmbeddedSettings) -> None:
    assert marked(settings.folder) == []
    assert all(is_free(port.number) for service in ServiceName for port in specification(service, settings).ports)
    assert not settings.folder.run.exists()


def test_a_shutdown_leaves_no_process_no_port_and_no_run_folder(settings: EmbeddedSettings) -> None:
    control = ServiceControl(settings)
    control.start(MODEL_GATEWAY)
    supervisor = parent_of(control.observe(MODEL_GATEWAY).pid)
    control.shutdown()
    assert_nothing_is_left(settings)
    assert not psutil.pid_exists(supervisor)
    assert control.observe(MODEL_GATEWAY).state is ServiceState.STOPPED


def test_a_shutdown_ends_what_a_killed_supervisor_left_behind(settings: EmbeddedSettings) -> None:
    control = ServiceControl(settings)
    control.start(MODEL_GATEWAY)
    os.kill(parent_of(control.observe(MODEL_GATEWAY).pid), signal.SIGKILL)
    control.shutdown()
    assert_nothing_is_left(settings)


def test_a_shutdown_of_nothing_changes_nothing(settings: EmbeddedSettings, tmp_path: Path) -> None:
    never = EmbeddedSettings(data_folder=tmp_path / "never", ports=settings.ports)
    ServiceControl(never).shutdown()
    assert not never.data_folder.exists()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make archives as soon as no class was loaded for a second."""
    monkeypatch.setattr(archives, "QUIET_SECONDS", 1)


@pytest.mark.usefixtures("soon")
def test_the_second_start_takes_the_archive_made_during_the_first_and_keeps_the_data(settings: EmbeddedSettings) -> None:
    control = ServiceControl(settings)
    control.start(KAFKA)
    formatted = (settings.folder.kafka / "meta.properties").read_bytes()
    assert "-XX:DumpLoadedClassList=" in java_arguments(settings)
    assert control.await_archives(seconds=ARCHIVE_SECONDS)
    (made,) = settings.folder.archives.glob("*.jsa.new")
    control.shutdown()
    assert made.exists()
    assert_nothing_is_left(settings)
    control.start(KAFKA)
    assert "-XX:SharedArchiveFile=" in java_arguments(settings)
    assert (settings.folder.kafka / "meta.properties").read_bytes() == formatted
    assert not made.exists(), "taken over"


def test_nothing_is_written_on_the_way_down(settings: EmbeddedSettings) -> None:
    control = ServiceControl(settings)
    control.start(KAFKA)
    control.shutdown()
    assert_nothing_is_left(settings)
    assert list(settings.folder.archives.glob("*.jsa*")) == []


@pytest.mark.usefixtures("soon")
def test_an_archive_in_the_making_does_not_hold_up_a_shutdown(settings: EmbeddedSettings) -> None:
    control = ServiceControl(settings)
    control.start(KAFKA)
    eventually(lambda: len(marked(settings.folder)) > 1, what="a second JVM makes the archive")
    control.shutdown()
    assert_nothing_is_left(settings)
    control.start(KAFKA)
    assert "-XX:DumpLoadedClassList=" in java_arguments(settings)


def test_a_killed_service_leaves_no_archive_and_starts_again(settings: EmbeddedSettings) -> None:
    control = ServiceControl(settings)
    control.start(KAFKA)
    os.kill(parent_of(control.observe(KAFKA).pid), signal.SIGKILL)
    os.kill(next(one.pid for one in marked(settings.folder) if one.service == KAFKA), signal.SIGKILL)
    eventually(lambda: marked(settings.folder) == [], what="Kafka is gone")
    assert control.start(KAFKA).pid
    assert list(settings.folder.archives.glob("*.jsa")) == []


@pytest.mark.usefixtures("soon")
def test_a_damaged_archive_does_not_stop_a_service(settings: EmbeddedSettings) -> None:
    control = ServiceControl(settings)
    control.start(KAFKA)
    assert control.await_archives(seconds=ARCHIVE_SECONDS)
    control.shutdown()
    control.start(KAFKA)
    control.shutdown()
    (archive,) = settings.folder.archives.glob("kafka-*.jsa")
    archive.chmod(0o644)
    os.truncate(archive, archive.stat().st_size // 2)
    assert control.start(KAFKA).pid
    assert control.observe(KAFKA).ready


def test_a_path_too_long_for_a_socket_is_no_obstacle(settings: EmbeddedSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = make_settings(tmp_path / ("x" * 100) / "data")
    control = ServiceControl(deep)
    try:
        started = control.start(MODEL_GATEWAY)
        # A run of the console gives the engine a temporary folder of its own, which ends with the run.
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.setenv("TMPDIR", str(elsewhere))
        monkeypatch.setattr(tempfile, "tempdir", None)
        observed = ServiceControl(deep).observe(MODEL_GATEWAY)
        assert (observed.ready, observed.state, observed.pid) == (True, ServiceState.RUNNING, started.pid)
    finally:
        control.shutdown()
    assert_nothing_is_left(deep)
