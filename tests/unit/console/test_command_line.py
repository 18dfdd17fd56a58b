"""The command line as a shell sees it: help, exit codes, where messages go."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from console.app import Commands, app, main
from console.commands.outputs import flat
from console.exit_codes import ExitCode
from platforms.embedded.logs import Tail, log_files
from platforms.errors import PlatformError
from tests.unit.console.tiny_project import REPOSITORY

GROUP: Any = get_command(app)
assert isinstance(GROUP, Commands)
COMMANDS = list(GROUP.modules)


@dataclass(frozen=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str


Call = Callable[..., Ended]


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Call]:
    """The command line in this process, on a stack that was never up."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", (tmp_path / "state").as_uri())
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["console", *arguments])
        code = main()
        captured = capsys.readouterr()
        return Ended(code=code, out=captured.out, err=captured.err)

    yield call
    for number, handler in before.items():
        signal.signal(number, handler)


def test_help_names_every_command_and_the_exit_codes(console: Call) -> None:
    ended = console("--help")
    assert ended.code == 0
    assert all(command in ended.out for command in COMMANDS)
    assert "130 interrupted" in " ".join(ended.out.split())


def test_the_console_is_a_module_that_can_be_run() -> None:
    ended = subprocess.run([sys.executable, "-m", "console", "--help"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    "package",
    ["pydantic", "pulumi", "sqlglot", "confluent_kafka", "requests", "aiohttp", "starlette", "uvicorn", "platforms", "flinksql"],
)
def test_the_list_of_commands_loads_no_part_that_runs_anything(package: str, modules_of_help: frozenset[str]) -> None:
    assert package not in modules_of_help


@pytest.fixture(scope="module")
def modules_of_help() -> frozenset[str]:
    script = "import sys; from console.app import main; sys.argv = ['console', '--help']; main(); print('modules', *sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return frozenset(ended.stdout.split("modules ")[-1].split())


def test_a_misspelt_command_is_answered_with_the_closest_one(console: Call) -> None:
    ended = console("satus")
    assert ended.code == ExitCode.USAGE
    assert "'status'" in ended.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, console: Call) -> None:
    ended = console(command, "--help")
    assert ended.code == 0
    assert f"Usage: python -m console {command}" in ended.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_defaults_of_a_command_are_within_its_own_bounds(name: str) -> None:
    command = GROUP.load(name)
    required = ["x" for one in command.params if one.param_type_name == "argument" and one.required]
    with command.make_context(name, required) as context:
        assert set(context.params) >= {one.name for one in command.params if one.name != "help"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["--stack", "nope", "status"], ExitCode.USAGE, "there is no stack 'nope'", id="unknown-stack"),
        pytest.param(["up", "--sideways"], ExitCode.USAGE, "No such option", id="unknown-option"),
        pytest.param(["sideways"], ExitCode.USAGE, "No such command", id="unknown-command"),
        pytest.param(["feed", "--rate", "-1"], ExitCode.USAGE, "Invalid value", id="value-out-of-range"),
        pytest.param(["outputs"], ExitCode.FAILED, "stack local is not up", id="outputs-before-up"),
        pytest.param(["status", "--json"], ExitCode.FAILED, "stack local is not up", id="status-before-up"),
        pytest.param(["watch"], ExitCode.FAILED, "stack local is not up", id="watch-before-up"),
        pytest.param(["feed"], ExitCode.FAILED, "stack local is not up", id="feed-before-up"),
        pytest.param(["forward"], ExitCode.USAGE, "need no forward", id="forward-on-the-embedded-platform"),
        pytest.param(["logs", "nothing"], ExitCode.USAGE, "there is no log of 'nothing'", id="unknown-service"),
    ],
)
def test_a_mistake_has_its_exit_code_and_its_message_on_standard_error(
    arguments: list[str], code: ExitCode, words: str, console: Call
) -> None:
    ended = console(*arguments)
    assert ended.code == code
    assert words in ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err


def test_doctor_gives_its_findings_as_json(console: Call) -> None:
    ended = console("doctor", "--json")
    found = json.loads(ended.out)
    assert ended.code == (ExitCode.OK if found["ok"] else ExitCode.UNHEALTHY)
    assert {"settings", "Pulumi CLI", "SQL", "machine", "model"} <= {finding["subject"] for finding in found["findings"]}
    assert all(finding["ok"] or finding["fix"] for finding in found["findings"])


def test_the_environment_can_be_given_to_a_shell(console: Call, tmp_path: Path) -> None:
    lines = console("environment").out.splitlines()
    assert all(line.startswith(("export PULUMI_", "export PATH=")) for line in lines)
    assert "export PULUMI_STACK=local" in lines
    assert f"export PULUMI_BACKEND_URL={(tmp_path / 'state').as_uri()}" in lines


def test_a_tail_gives_the_last_lines_then_what_is_added_also_after_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("1\n2\n3\nhalf")
    tail = Tail(log, 2)
    assert list(tail.read()) == ["2", "3"]
    with log.open("a") as file:
        file.write(" done\n4\n")
    assert list(tail.read()) == ["half done", "4"]
    log.rename(tmp_path / "kafka.log.1")
    assert list(tail.read()) == []
    log.write_text("5\n")
    assert list(tail.read()) == ["5"]


def test_logs_of_all_services_are_found_and_rotated_ones_are_not(tmp_path: Path) -> None:
    for name in ("kafka.log", "kafka.log.1", "jobmanager.log"):
        (tmp_path / name).touch()
    assert [file.name for file in log_files(tmp_path, "")] == ["jobmanager.log", "kafka.log"]
    with pytest.raises(PlatformError, match="no log of 'zookeeper'") as caught:
        log_files(tmp_path, "zookeeper")
    assert "jobmanager, kafka" in caught.value.advice


def test_nested_outputs_are_shown_flat() -> None:
    assert list(flat({"b": {"x": 1}, "a": [1, 2], "c": True})) == [("a", "1, 2"), ("b.x", "1"), ("c", "True")]


@pytest.mark.parametrize(
    ("arguments", "subject"),
    [
        pytest.param((), None, id="no subject"),
        pytest.param(("--user", "jane"), {"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}, id="a user"),
        pytest.param(("--group", "team"), {"kind": "Group", "name": "team", "apiGroup": "rbac.authorization.k8s.io"}, id="a group"),
        pytest.param(
            ("--user", "system:serviceaccount:team:ci"), {"kind": "ServiceAccount", "namespace": "team", "name": "ci"}, id="an account"
        ),
    ],
)
def test_rights_are_printed_as_objects_to_apply(console: Call, arguments: tuple[str, ...], subject: dict[str, str] | None) -> None:
    ended = console("--stack", "prod", "rights", *arguments)
    assert ended.code == 0
    made = [one for one in yaml.safe_load_all(ended.out) if one]
    assert [one["kind"] for one in made] == ["Role", "ClusterRole", *(["RoleBinding", "ClusterRoleBinding"] if subject else [])]
    assert [one["subjects"] for one in made if "subjects" in one] == ([[subject]] * 2 if subject else [])
    assert made[0]["metadata"]["namespace"] == "flink-prod"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("--stack", "local", "rights"), "needs no rights in a cluster", id="on this machine"),
        pytest.param(("--stack", "prod", "rights", "--user", "a", "--group", "b"), "exclude each other", id="two subjects"),
    ],
)
def test_rights_that_cannot_be_told_are_a_usage_error(console: Call, arguments: tuple[str, ...], words: str) -> None:
    ended = console(*arguments)
    assert ended.code == ExitCode.USAGE
    assert words in ended.err
