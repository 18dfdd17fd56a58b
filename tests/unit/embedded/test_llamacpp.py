"""llama.cpp's server as a value: its command line and key, and what is told before anything starts."""

import ctypes
import os
import platform
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from embedded import llamacpp, model, preflight
from embedded.llamacpp import ensure_key, key_file, missing_packages, model_file, model_file_problem, platform_problem, revision
from embedded.pip_packages import folder_of
from embedded.services import services_of, specification
from embedded.settings import EmbeddedSettings
from embedded.specification import PythonProgram, ServiceName
from options.model import ModelKind, ModelSettings


@pytest.fixture
def settings(tmp_path: Path) -> EmbeddedSettings:
    return EmbeddedSettings(data_folder=tmp_path / "data", model=ModelSettings(kind=ModelKind.LLAMACPP, name="small"))


def with_file(settings: EmbeddedSettings, file: Path) -> EmbeddedSettings:
    return replace(settings, model=replace(settings.model, file=str(file)))


def arguments(settings: EmbeddedSettings, service: ServiceName = ServiceName.MODEL_SERVER) -> dict[str, str]:
    program = specification(service, settings).program
    assert isinstance(program, PythonProgram)
    return dict(zip(program.arguments[::2], program.arguments[1::2], strict=True))


def test_there_is_a_model_server_only_where_it_is_asked_for(settings: EmbeddedSettings) -> None:
    plain = set(services_of(EmbeddedSettings(data_folder=Path("/d"))))
    assert set(services_of(settings)) - plain == {ServiceName.MODEL_SERVER}
    assert ServiceName.MODEL_SERVER not in plain


def test_it_serves_the_small_model_under_its_alias_on_the_loopback_address(settings: EmbeddedSettings) -> None:
    told = arguments(settings)
    assert told["--model-file"] == str(model_file(settings))
    assert told["--model-file"].endswith("SmolLM2-135M-Instruct.Q4_1.gguf")
    assert (told["--alias"], told["--host"], told["--port"]) == ("small", "127.0.0.1", "19435")
    assert (told["--slots"], told["--context-tokens"]) == ("2", "8192")


@pytest.mark.parametrize(("given", "cores", "threads"), [(0, 8, 7), (0, 2, 1), (0, 1, 1), (5, 2, 5)])
def test_one_core_is_left_to_the_others(
    settings: EmbeddedSettings, given: int, cores: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cores)), raising=False)
    assert arguments(replace(settings, model=replace(settings.model, threads=given)))["--threads"] == str(threads)
    assert specification(ServiceName.MODEL_SERVER, settings).environment["GOMP_SPINCOUNT"] == "0"


def test_the_gateway_asks_it_with_the_key_that_was_made_up(settings: EmbeddedSettings) -> None:
    told = arguments(settings, ServiceName.MODEL_GATEWAY)
    assert (told["--kind"], told["--upstream"], told["--concurrency"]) == ("llamacpp", "http://127.0.0.1:19435/v1", "2")
    assert told["--api-key-file"] == arguments(settings)["--api-key-file"] == str(key_file(settings.folder))
    assert told["--model-revision"] == revision(settings)
    assert model.upstream(settings) == told["--upstream"]


def test_the_key_is_made_up_once_and_can_be_read_by_the_owner_alone(settings: EmbeddedSettings) -> None:
    ensure_key(settings.folder)
    key = key_file(settings.folder).read_text()
    ensure_key(settings.folder)
    assert key_file(settings.folder).read_text() == key
    assert len(key.strip()) >= 40
    assert stat.S_IMODE(key_file(settings.folder).stat().st_mode) == 0o600
    assert key.strip() not in str(specification(ServiceName.MODEL_SERVER, settings))


def test_another_file_under_the_same_path_restarts_both_and_parts_their_answers(settings: EmbeddedSettings, tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    told = with_file(settings, file)
    services = (ServiceName.MODEL_SERVER, ServiceName.MODEL_GATEWAY)
    before = [specification(service, told).digest for service in services]
    file.write_bytes(b"GGUF and more")
    assert not set(before) & {specification(service, told).digest for service in services}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"GGUF\x03\x00\x00\x00", "", id="a model"),
        pytest.param(b"version https://git-lfs", "it is not a GGUF file", id="a pointer to one"),
        pytest.param(b"", "it is not a GGUF file", id="an empty file"),
        pytest.param(None, "there is no such file", id="none"),
    ],
)
def test_a_file_that_cannot_be_served_is_known_before(content: bytes | None, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    if content is not None:
        file.write_bytes(content)
    found = model_file_problem(file)
    assert (problem in found, found == "") == (True, not problem)


def test_a_named_file_needs_no_small_model(settings: EmbeddedSettings, tmp_path: Path) -> None:
    assert missing_packages(settings) == ["llamacpp", "smollm2"]
    assert missing_packages(with_file(settings, tmp_path / "m.gguf")) == ["llamacpp"]
    folder_of("llamacpp", settings.folder.model_server).mkdir(parents=True)
    assert missing_packages(settings) == ["smollm2"]
    assert missing_packages(replace(settings, model=ModelSettings())) == []


@pytest.mark.parametrize(
    ("system", "machine", "libc", "told"),
    [
        pytest.param("Linux", "x86_64", "glibc 2.36", "", id="Linux"),
        pytest.param("Linux", "aarch64", "glibc 2.36", "", id="Linux on arm64"),
        pytest.param("Linux", "x86_64", "", "without glibc", id="musl"),
        pytest.param("Linux", "riscv64", "glibc 2.36", "no wheel for Linux on riscv64", id="another machine"),
        pytest.param("FreeBSD", "amd64", "", "no wheel for FreeBSD", id="another system"),
    ],
)
def test_a_machine_without_a_wheel_is_told(system: str, machine: str, libc: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(os, "confstr", lambda _name: libc)
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    problem, fix = platform_problem()
    assert (told in problem, problem == "", fix == "") == (True, not told, not told)


@pytest.mark.parametrize(("release", "told"), [("13.1", ""), ("12.7.1", "needs macOS 13, this is 12.7.1")])
def test_an_old_mac_is_told(release: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(platform, "mac_ver", lambda: (release, ("", "", ""), "arm64"))
    problem, _fix = platform_problem()
    assert (told in problem, problem == "") == (True, not told)


def test_a_missing_openmp_library_is_told_before_the_start_with_what_to_install(
    settings: EmbeddedSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_name: str) -> object:
        raise OSError("cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    [finding] = [one for one in preflight.obstacles(settings) if "libgomp" in one.what]
    assert "apt-get install libgomp1" in finding.fix
    assert not [one for one in preflight.obstacles(replace(settings, model=ModelSettings())) if "libgomp" in one.what]


def test_the_memory_of_the_model_counts(settings: EmbeddedSettings, tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    with file.open("wb") as opened:
        opened.truncate(400_000_000_000)
    [finding] = [one for one in preflight.preflight(with_file(settings, file)) if " of them for small" in one.what]
    assert not finding.ok
    assert "for small: this machine has" in finding.what
    assert "smaller `model.file`" in finding.fix
    assert llamacpp.memory_bytes(replace(settings, model=ModelSettings())) == 0
