"""Commands that the page starts with `--allow-actions`: real child processes of a console that a test writes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from console.ui.actions import ACTIONS, ActionRunner, ActionRunningError
from tests.contract.bench import until
from tests.support.ui import many, world_of
from tests.unit.console.ui.test_routes import SIGNED, served

CONSOLE = """
import json, signal, sys, time
if "up" in sys.argv:
    try:
        print("begun", flush=True)
        while True:
            time.sleep(0.01)
    except KeyboardInterrupt:
        print("ended in order", flush=True)
        sys.exit(130)
print(json.dumps(sys.argv[1:]), flush=True)
print("a problem", file=sys.stderr)
sys.exit(3)
"""


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[ActionRunner]:
    (tmp_path / "console").mkdir()
    (tmp_path / "console" / "__init__.py").touch()
    (tmp_path / "console" / "__main__.py").write_text(CONSOLE, encoding="utf-8")
    made = ActionRunner(tmp_path, "local")
    yield made
    made.stop()


@pytest.fixture
def client(runner: ActionRunner) -> Iterator[TestClient]:
    with served(world_of(many(2)), runner) as made:
        yield made


def test_a_command_runs_as_the_user_would_run_it_and_its_end_is_known(runner: ActionRunner) -> None:
    runner.start("savepoint", "statement_0000")
    until(lambda: len(runner.status()["lines"]) == 2 and not runner.status()["running"])
    status = runner.status()
    assert status["exitCode"] == 3
    assert status["lines"] == [
        '["--stack", "local", "savepoints", "take", "--reason", "asked for on the page", "--", "statement_0000"]',
        "a problem",
    ]
    assert status["command"] == "console --stack local savepoints take --reason asked for on the page -- statement_0000"


def test_one_runs_at_a_time_and_ends_in_order_with_the_page(runner: ActionRunner) -> None:
    assert runner.status() == {"command": "", "running": False, "exitCode": None, "lines": []}
    assert runner.stop() == ""
    runner.start("up")
    until(lambda: runner.status()["lines"] == ["begun"])
    with pytest.raises(ActionRunningError):
        runner.start("preview")
    assert runner.stop() == "console --stack local up"
    until(lambda: runner.status()["lines"] == ["begun", "ended in order"])
    assert runner.status()["exitCode"] == 130


@pytest.mark.parametrize(
    ("action", "body", "headers", "status"),
    [
        pytest.param("up", {}, {}, 401, id="no token"),
        pytest.param("up", {}, {**SIGNED, "origin": "https://evil.example"}, 403, id="another site"),
        pytest.param("up", {}, {**SIGNED, "host": "evil.example"}, 421, id="a rebound name"),
        pytest.param("down", {}, SIGNED, 404, id="no such action"),
        pytest.param("..%2fup", {}, SIGNED, 404, id="a path"),
        pytest.param("savepoint", {}, SIGNED, 404, id="no statement"),
        pytest.param("savepoint", {"statement": "--all"}, SIGNED, 404, id="an option in place of a statement"),
        pytest.param("savepoint", {"statement": ["statement_0000"]}, SIGNED, 404, id="a list"),
        pytest.param("savepoint", {"statement": "orders_0000_0"}, SIGNED, 404, id="a table"),
        pytest.param("up", "text", SIGNED, 400, id="no object"),
        pytest.param("up", {"x": "y" * 5000}, SIGNED, 413, id="too long"),
    ],
)
def test_what_is_refused_starts_nothing(client: TestClient, action: str, body: object, headers: Mapping[str, str], status: int) -> None:
    assert client.post(f"/api/actions/{action}", json=body, headers=headers).status_code == status
    assert client.get("/api/actions", headers=SIGNED).json()["command"] == ""


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_starts_nothing(client: TestClient, runner: ActionRunner, kind: str) -> None:
    answer = client.post("/api/actions/up", content="{}", headers={**SIGNED, "content-type": kind})
    assert answer.status_code == 415
    assert runner.status()["command"] == ""


def test_the_page_starts_one_and_is_shown_what_it_prints(client: TestClient) -> None:
    assert client.get("/api/snapshot", headers=SIGNED).json()["actions"] == sorted(ACTIONS)
    assert client.post("/api/actions/up", json={}, headers=SIGNED).status_code == 202
    assert client.post("/api/actions/preview", json={}, headers=SIGNED).status_code == 409
    until(lambda: client.get("/api/actions", headers=SIGNED).json()["lines"] == ["begun"])
