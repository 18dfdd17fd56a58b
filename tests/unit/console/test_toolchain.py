from pathlib import Path

import pytest

from console.driver.known_command import KnownCommand
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.toolchain import choice, official
from console.toolchain.build import BuildProgress
from console.toolchain.choice import ensure, find
from console.toolchain.command import Origin, Toolchain
from console.toolchain.environment import environment
from console.toolchain.link import link_cli
from console.toolchain.programs import version_of
from console.toolchain.remembered import note_of
from console.toolchain.versions import Version, cli_is_usable, go_is_usable, parse_version


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("v3.259.0\n", Version(3, 259, 0), id="cli"),
        pytest.param("3.260.0-alpha.1+dirty", Version(3, 260, 0), id="pre-release"),
        pytest.param("go version go1.26.8 linux/amd64", Version(1, 26, 8), id="go"),
        pytest.param("go version go1.26 linux/amd64", Version(1, 26, 0), id="go-without-patch"),
        pytest.param("no version here", None, id="none"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_version_is_read_from_what_a_program_prints(text: str, expected: Version | None) -> None:
    assert parse_version(text) == expected


@pytest.mark.parametrize(
    ("version", "usable"),
    [
        pytest.param(Version(3, 259, 0), True, id="the-pinned-one"),
        pytest.param(Version(3, 300, 1), True, id="newer"),
        pytest.param(Version(3, 258, 9), False, id="older"),
        pytest.param(Version(4, 0, 0), False, id="other-major"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_a_cli_is_usable_from_the_pinned_release_on_within_its_major(version: Version | None, usable: bool) -> None:
    assert cli_is_usable(version) is usable


@pytest.mark.parametrize(
    ("version", "usable"),
    [
        pytest.param(Version(1, 26, 0), True, id="enough"),
        pytest.param(Version(1, 25, 9), False, id="too-old"),
        pytest.param(None, False, id="missing"),
    ],
)
def test_go_must_be_new_enough(version: Version | None, usable: bool) -> None:
    assert go_is_usable(version) is usable


def _program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_program_that_fails_or_is_missing_has_no_version(tmp_path: Path) -> None:
    assert version_of(_program(tmp_path, "broken", "echo 3.259.0; exit 1"), "version") is None
    assert version_of(tmp_path / "missing", "version") is None


def test_a_cli_on_path_is_linked_to_and_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = _program(tmp_path / "foreign", "pulumi", "echo v3.261.0")
    monkeypatch.setenv("PATH", f"{foreign.parent}:/usr/bin:/bin")
    found = find(tmp_path / "data")
    assert found is not None
    assert (found.origin, found.version) == (Origin.PATH, Version(3, 261, 0))
    assert found.cli.resolve() == foreign
    assert list(foreign.parent.iterdir()) == [foreign]


def test_an_old_cli_on_path_gives_way_to_the_kept_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = _program(tmp_path / "foreign", "pulumi", "echo v3.100.0")
    kept = _program(tmp_path / "data" / "bin", "pulumi", "echo v3.259.0")
    monkeypatch.setenv("PATH", f"{foreign.parent}:/usr/bin:/bin")
    found = find(tmp_path / "data")
    assert found is not None
    assert found.origin is Origin.DATA_FOLDER
    assert found.cli == kept


def test_the_first_usable_cli_on_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = _program(tmp_path / "old", "pulumi", "echo v3.100.0")
    new = _program(tmp_path / "new", "pulumi", "echo v3.261.0")
    monkeypatch.setenv("PATH", f"{old.parent}::{tmp_path / 'missing'}:{new.parent}:/usr/bin:/bin")
    found = find(tmp_path / "data")
    assert found is not None
    assert found.cli.resolve() == new


def test_our_own_link_on_path_is_never_linked_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`eval "$(python -m console environment)"` of an earlier version put it there; every second command failed then."""
    foreign = _program(tmp_path / "foreign", "pulumi", "echo v3.261.0")
    links = tmp_path / "data" / "toolchain" / "bin"
    monkeypatch.setenv("PATH", f"{links}:{foreign.parent}:/usr/bin:/bin")
    for _ in range(3):
        found = find(tmp_path / "data")
        assert found is not None
        assert found.cli.resolve(strict=True) == foreign


def test_two_projects_on_path_never_link_to_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = _program(tmp_path / "foreign", "pulumi", "echo v3.261.0")
    one, other = tmp_path / "one", tmp_path / "other"
    for data_folder, first in ((one, other), (other, one), (one, other)):
        monkeypatch.setenv("PATH", f"{first / 'toolchain' / 'bin'}:{foreign.parent}:/usr/bin:/bin")
        found = find(data_folder)
        assert found is not None
        assert found.cli.readlink() == foreign


def test_a_link_to_itself_that_was_left_behind_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = _program(tmp_path / "foreign", "pulumi", "echo v3.261.0")
    links = tmp_path / "data" / "toolchain" / "bin"
    links.mkdir(parents=True)
    (links / "pulumi").symlink_to(links / "pulumi")
    monkeypatch.setenv("PATH", f"{links}:{foreign.parent}:/usr/bin:/bin")
    found = find(tmp_path / "data")
    assert found is not None
    assert found.cli.resolve(strict=True) == foreign


def test_with_every_way_closed_the_error_names_all_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(official, "install", lambda _root, _say: "no route to host")
    with pytest.raises(ConsoleError) as caught:
        ensure(tmp_path / "data", lambda _line: None)
    assert caught.value.exit_code is ExitCode.TOOLCHAIN
    assert "no route to host" in str(caught.value)
    assert all(f"  {number}. " in caught.value.advice for number in (1, 2, 3))


def test_with_the_installer_out_of_reach_and_go_there_the_cli_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "tools", "go", "echo go version go1.26.8")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:/usr/bin:/bin")
    monkeypatch.setattr(official, "install", lambda _root, _say: "no route to host")
    built: list[Path] = []

    def build(folder: Path, _say: object) -> Path:
        built.append(folder)
        return _program(folder, "pulumi", "echo v3.259.0")

    monkeypatch.setattr(choice, "build", build)
    assert ensure(tmp_path / "data", lambda _line: None).origin is Origin.BUILT
    assert ensure(tmp_path / "data", lambda _line: None).origin is Origin.DATA_FOLDER
    assert built == [tmp_path / "data" / "bin"]


def test_a_right_link_is_left_alone(tmp_path: Path) -> None:
    cli = _program(tmp_path / "cli", "pulumi", "true")
    link_cli(tmp_path / "bin", cli)
    before = (tmp_path / "bin" / "pulumi").lstat().st_ino
    link_cli(tmp_path / "bin", cli)
    assert (tmp_path / "bin" / "pulumi").lstat().st_ino == before


def test_hundreds_of_lines_of_a_build_become_a_few() -> None:
    said: list[str] = []
    progress = BuildProgress(said.append)
    for number in range(250):
        progress.line(f"go: downloading example.org/module{number} v1.0.0\n")
        progress.line(f"example.org/module{number}/package\n")
    progress.line("main.go:3:1: undefined: x\n")
    assert [line.partition(": ")[2] for line in said] == [
        "100 modules fetched",
        "100 packages compiled",
        "200 modules fetched",
        "200 packages compiled",
    ]
    assert progress.problems == ["main.go:3:1: undefined: x"]


def _project(stack: str) -> Project:
    return Project(root=Path("/p"), stack=stack, data_folder=Path("/p/.data"), values={}, secrets=frozenset())


def test_local_is_never_asked_for_a_passphrase_and_writes_into_the_data_folder_only() -> None:
    variables = environment(_project("local"), {"PULUMI_CONFIG_PASSPHRASE": "of another project"})
    assert variables["PULUMI_CONFIG_PASSPHRASE"] == ""
    assert variables["PULUMI_BACKEND_URL"] == "file:///p/.state"
    assert variables["PULUMI_HOME"] == "/p/.data/pulumi"


def test_another_stack_without_a_passphrase_is_refused_instead_of_asked() -> None:
    with pytest.raises(ConsoleError, match="need a passphrase"):
        environment(_project("prod"), {})
    assert "PULUMI_CONFIG_PASSPHRASE" not in environment(_project("prod"), {"PULUMI_CONFIG_PASSPHRASE_FILE": "/f"})


def test_a_backend_of_the_users_choice_is_kept() -> None:
    assert environment(_project("local"), {"PULUMI_BACKEND_URL": "s3://bucket"})["PULUMI_BACKEND_URL"] == "s3://bucket"


def test_the_automation_api_does_not_ask_for_the_version_again(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    cli = _program(tmp_path / "bin", "pulumi", f"echo once >> '{asked}'; echo v3.261.0")
    version = version_of(cli, "version")
    assert version is not None
    command = KnownCommand(Toolchain(root=tmp_path, version=version, origin=Origin.DATA_FOLDER))
    assert (command.command, str(command.version)) == (str(cli), "3.261.0")
    assert asked.read_text().count("once") == 1


def test_the_cli_of_the_data_folder_is_asked_for_its_version_once_until_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    asked, data = tmp_path / "asked", tmp_path / "data"
    _program(data / "bin", "pulumi", f"echo once >> '{asked}'; echo v3.261.0")
    versions = [found.version for found in (find(data), find(data)) if found]
    assert (versions, asked.read_text().count("once")) == ([Version(3, 261, 0)] * 2, 1)
    _program(data / "bin", "pulumi", f"echo once >> '{asked}'; echo v3.262.10")
    found = find(data)
    assert found is not None
    assert found.version == Version(3, 262, 10)


def test_a_cli_of_the_data_folder_that_does_not_run_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    _program(tmp_path / "bin", "pulumi", "exit 1")
    assert find(tmp_path) is None
    assert not note_of(tmp_path / "bin" / "pulumi").exists()
