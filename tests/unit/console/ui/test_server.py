"""The command's own part: port, link, browser, Ctrl-C, and the stack as its state has it."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from components.names import DETAILS, PIPELINE_TYPE, STATEMENT_TYPE
from components.providers.definitions import plain_definition
from components.stack_state import STACK_TYPE
from console.driver.backend import file_backend
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.health.concealed import NOT_SHOWN
from console.project import Project, open_project
from console.ui.server import link_of, listening, opened_in_browser
from console.ui.sources import sources_of
from console.ui.stack import StackReader
from flinksql.statement import Definition
from tests.contract.bench import until
from tests.support.project import REPOSITORY
from tests.support.ui import job, many


def test_the_port_is_of_the_loopback_address_and_the_token_new_each_time() -> None:
    with listening(0) as (listener, first), listening(0) as (_, second):
        assert listener.getsockname()[0] == "127.0.0.1"
        assert first.token != second.token
        assert len(first.token) >= 32
        assert link_of(first) == f"http://127.0.0.1:{first.port}/#token={first.token}"


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConsoleError, match=f"port {port} of 127.0.0.1 is taken") as caught, listening(port):
            pass
    assert caught.value.exit_code is ExitCode.USAGE


def test_the_browser_is_given_a_private_file_and_never_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    with opened_in_browser("http://127.0.0.1:1/#token=secret") as found:
        assert found
        [address] = opened
        file = Path(address.removeprefix("file://"))
        assert "secret" not in address
        assert file.stat().st_mode & 0o077 == 0
        assert 'content="0; url=http://127.0.0.1:1/#token=secret"' in file.read_text(encoding="utf-8")
    assert not file.exists()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/state")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {}\n", encoding="utf-8")
    return open_project("local", tmp_path)


def deploy(definitions: list[Definition]) -> None:
    """Write the state that `up` leaves."""
    backend = file_backend(os.environ["PULUMI_BACKEND_URL"], "local")
    assert backend is not None
    statements = {one.name: {"kind": "job", "jobName": one.job_name} for one in definitions}
    own = {"schemaVersion": 2, "platform": "embedded", "bundle": "many"}
    resources = [
        {"urn": "urn::stack", "type": STACK_TYPE, "outputs": own},
        {"urn": "urn::pipeline", "type": PIPELINE_TYPE, "outputs": {DETAILS: {"statements": statements, "topics": {}}}},
        *(
            {
                "urn": f"urn::{one.name}",
                "type": STATEMENT_TYPE,
                "custom": True,
                "outputs": {**plain_definition(one), "definition_hash": one.statement.text},
            }
            for one in definitions
        ),
    ]
    backend.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    backend.checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}), encoding="utf-8")


def test_the_stack_is_read_again_and_drawn_anew_only_when_it_changed(project: Project) -> None:
    reader = StackReader(project)
    deploy(many(2))
    first = reader.refresh()
    assert list(first.definitions) == ["statement_0000", "statement_0001"]
    assert reader.refresh().drawn == first.drawn == 1
    deploy([*many(2), job("late", "orders_0000_2", "late_orders")])
    assert reader.refresh().drawn == 2
    assert "statement:late" in reader.facts.places
    deploy([*many(2), job("late", "orders_0000_2", "late_orders", condition="amount > 5")])
    assert reader.refresh().drawn == 2, "another condition is no other graph"
    assert "amount > 5" in reader.facts.definitions["late"].statement.text


def test_a_stack_that_went_down_is_said_and_the_last_facts_stay(project: Project) -> None:
    reader = StackReader(project)
    deploy(many(2))
    reader.refresh()
    backend = file_backend(os.environ["PULUMI_BACKEND_URL"], "local")
    assert backend is not None
    backend.checkpoint.unlink()
    with pytest.raises(ConsoleError, match="stack local is not up"):
        reader.refresh()
    assert len(reader.facts.definitions) == 2


def test_secrets_are_asked_for_once_for_each_text_of_the_stack_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(of: Project) -> object:
        made.append(of.stack)
        return lambda text: text.replace("hunter2", "${secret:x}")

    monkeypatch.setattr("console.ui.stack.redactor", counted)
    project.stack_file.write_text("config:\n  flink-reviews:secret.x: {secure: abc}\n", encoding="utf-8")
    with_secret = open_project("local", project.root)
    reader = StackReader(with_secret)
    assert [reader.redactor(with_secret)("it is hunter2") for _ in range(5)] == ["it is ${secret:x}"] * 5
    assert len(made) == 1
    project.stack_file.write_text("config:\n  flink-reviews:secret.x: {secure: def}\n", encoding="utf-8")
    reader.redactor(with_secret)
    assert len(made) == 2
    project.stack_file.unlink()
    assert reader.redactor(with_secret)("it is hunter2") == NOT_SHOWN


def test_sources_answer_or_fail_with_a_reason_where_nothing_runs(project: Project) -> None:
    reader = StackReader(project)
    deploy(many(2))
    reader.refresh()
    answers = {one.name: (one, one.ask()) for one in sources_of(reader)}
    assert {name for name, (one, value) in answers.items() if one.trouble(value)} == {"jobs"}
    source, jobs = answers["jobs"]
    assert "JobManager" in source.trouble(jobs)


def run(project: Project, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    script = (
        f"import sys; sys.argv = ['console', *{list(arguments)!r}]\nfrom pathlib import Path\nimport console.project, console.session\n"
    )
    script += f"console.session.open_project = lambda stack: console.project.open_project(stack, Path({str(project.root)!r}))\n"
    script += "from console.app import main\nsys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("serves", [pytest.param(False, id="at once"), pytest.param(True, id="when it serves")])
@pytest.mark.parametrize("sent", [pytest.param(signal.SIGINT, id="Ctrl-C"), pytest.param(signal.SIGTERM, id="SIGTERM")])
def test_ctrl_c_ends_it_quietly(project: Project, sent: signal.Signals, *, serves: bool) -> None:
    deploy(many(2))
    process = run(project, "ui", "--json")
    assert process.stdout is not None
    event = json.loads(process.stdout.readline())
    assert event["event"] == "serving"
    port = int(event["link"].partition("#")[0].rstrip("/").rpartition(":")[2])
    if serves:
        until(lambda: _answers(port))
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (ExitCode.INTERRUPTED, "", "")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["--stack", "nope", "ui"], ExitCode.USAGE, "there is no stack 'nope'", id="no such stack"),
        pytest.param(["ui"], ExitCode.FAILED, "stack local is not up", id="not up"),
        pytest.param(["ui", "--port", "70000"], ExitCode.USAGE, "Invalid value", id="no port"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_served(project: Project, arguments: list[str], code: int, words: str) -> None:
    process = run(project, *arguments)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


def _answers(port: int) -> bool:
    """Tell whether the server answers, however: the port is open before it does."""
    try:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
    except httpx.HTTPError:
        return False
    return True
