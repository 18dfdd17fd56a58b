"""Who gets an answer, and which: the page's server with sources that are slow, fail, or are very many."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from console.errors import ConsoleError
from console.health.deployment import DeploymentHealth
from console.ui.actions import ActionRunner
from console.ui.guard import PROTECTION
from console.ui.routes import STATIC, create_app
from console.ui.sources import JOBS
from tests.contract.bench import until
from tests.support.ui import World, many, parts_of, world_of
from webproxy.guard import AccessGuard

PORT = 18_123
TOKEN = "right"
GUARD = AccessGuard(port=PORT, token=TOKEN, how="`python -m console ui` prints it.")
BASE = f"http://127.0.0.1:{PORT}"
SIGNED = {"authorization": f"Bearer {TOKEN}"}
API = ("/api/snapshot", "/api/statements/statement_0000", "/api/statements/statement_0000/why", "/api/topics/orders_0000_0/rows")


@contextmanager
def served(world: World, actions: ActionRunner | None = None) -> Iterator[TestClient]:
    with parts_of(world, actions=actions) as parts:
        yield TestClient(create_app(parts, GUARD), base_url=BASE, raise_server_exceptions=False)


@pytest.fixture
def world() -> World:
    return world_of(many(3))


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with served(world) as made:
        yield made


def snapshot(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/snapshot", headers=SIGNED).json()
    return found


@pytest.mark.parametrize("path", API)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="no token"),
        pytest.param({"authorization": "Bearer wrong"}, 401, id="a wrong token"),
        pytest.param({"authorization": "Basic cmlnaHQ6cmlnaHQ="}, 401, id="another scheme"),
        pytest.param({"cookie": f"flink-reviews-{PORT}={TOKEN}"}, 401, id="a cookie is no token"),
        pytest.param({"cookie": f"flink-reviews-{PORT}={GUARD._derived('cookie')}"}, 401, id="nor is the proxies' cookie"),
        pytest.param({**SIGNED, "host": "evil.example"}, 421, id="a rebound name"),
        pytest.param({**SIGNED, "host": f"evil.example:{PORT}"}, 421, id="a rebound name with the port"),
        pytest.param({**SIGNED, "host": "127.0.0.1:1"}, 421, id="another port"),
        pytest.param({**SIGNED, "origin": "https://evil.example"}, 403, id="another site's Origin"),
        pytest.param({**SIGNED, "origin": "http://127.0.0.1:8000"}, 403, id="another port's Origin"),
        pytest.param({**SIGNED, "origin": "null"}, 403, id="a sandboxed frame"),
        pytest.param({**SIGNED, "sec-fetch-site": "cross-site"}, 403, id="another site's request"),
    ],
)
def test_data_is_given_to_nobody_else(client: TestClient, path: str, headers: Mapping[str, str], status: int) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert "statement_0000" not in answer.text
    for name, value in PROTECTION.items():
        assert answer.headers[name] == value


def test_a_token_in_the_query_is_none(client: TestClient) -> None:
    assert client.get(f"/api/snapshot?token={TOKEN}").status_code == 401
    assert client.get(f"/?token={TOKEN}").cookies == {}


@pytest.mark.parametrize("file", sorted(STATIC.iterdir()), ids=lambda file: file.name)
def test_the_files_are_given_without_a_token_and_hold_nothing_of_the_stack(client: TestClient, file: Path) -> None:
    path = "/" if file.name == "index.html" else f"/{file.name}"
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (200, file.read_bytes())
    assert answer.headers["cache-control"] == "no-store"
    assert client.get(path, headers={"host": "evil.example"}).status_code == 421
    assert client.get(path, headers={"sec-fetch-site": "cross-site"}).status_code == 200, "a link in a mail opens the page"


@pytest.mark.parametrize("file", sorted(STATIC.iterdir()), ids=lambda file: file.name)
def test_no_file_names_another_host_or_makes_markup_of_texts(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=", 'onclick="'):
        assert word not in text


@pytest.mark.parametrize(
    "path",
    [
        "/../routes.py",
        "/%2e%2e/routes.py",
        "/..%2froutes.py",
        "/static/page.js",
        "//etc/passwd",
        "/page.js/",
        "/page.js%00",
        "/api/%2e%2e/page.js",
        "/api/statements/..%2f..%2fPulumi.yaml",
        "/api/statements/%2e%2e",
        "/api/topics/..%2f..%2fetc%2fpasswd/rows",
        "/api/topics/__consumer_offsets/rows",
        "/api/statements/orders_0000_0",
        "/api/statements/nope/why",
        "/api",
        "/api/",
        "/docs",
    ],
)
def test_nothing_else_is_found(client: TestClient, path: str) -> None:
    answer = client.get(path, headers=SIGNED)
    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/page.js", *API])
def test_nothing_is_changed_by_any_method(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 401
    assert client.request(method, path, headers=SIGNED).status_code == 405


@pytest.mark.parametrize("path", ["/api/actions", "/api/actions/up", "/api/actions/savepoint"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_option_there_are_no_actions(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path, headers=SIGNED).status_code == 404
    assert snapshot(client)["actions"] == []


def test_a_page_that_has_the_newest_gets_nothing(world: World, client: TestClient) -> None:
    until(lambda: snapshot(client)["topics"] != [])

    def unchanged() -> bool:
        revision = snapshot(client)["revision"]
        return bool(client.get(f"/api/snapshot?revision={revision}", headers=SIGNED).status_code == 204)

    until(unchanged)
    assert client.get("/api/snapshot?revision=-1&drawn=x", headers=SIGNED).status_code == 200


def test_flink_and_kafka_that_are_gone_leave_the_last_snapshot(world: World, client: TestClient) -> None:
    until(lambda: all(one["at"] for one in snapshot(client)["sources"]))
    world.jobs = ConsoleError("Flink's JobManager does not answer")
    world.kafka = ConsoleError("the broker does not answer")
    until(lambda: sum(one["error"] != "" for one in snapshot(client)["sources"]) == 2)
    found = snapshot(client)
    assert {one["name"]: one["error"] for one in found["sources"] if one["error"]} == {
        "jobs": "Flink's JobManager does not answer",
        "Kafka": "the broker does not answer",
    }
    assert [row["state"] for row in found["statements"]] == ["RUNNING"] * 3
    assert len(found["topics"]) == 4


def test_a_bug_in_a_source_is_no_end_of_the_page(world: World, client: TestClient) -> None:
    world.model = KeyError("x")
    until(lambda: any("this is a bug in the console" in one["error"] for one in snapshot(client)["sources"]))


def test_a_source_that_hangs_holds_up_no_answer(world: World) -> None:
    world.delay = {JOBS: 60.0}
    with served(world) as client:
        until(lambda: snapshot(client)["topics"] != [])
        assert [row["state"] for row in snapshot(client)["statements"]] == ["", "", ""]


def test_what_the_last_run_left_undone_is_said(world: World, client: TestClient) -> None:
    world.deployment = DeploymentHealth(reason="the last `up` failed")
    until(lambda: snapshot(client)["deployment"] == "the last `up` failed")


@pytest.mark.parametrize("count", [0, 1, 100, 1000])
def test_stacks_of_any_size_are_given_whole(count: int) -> None:
    with served(world_of(many(count))) as client:
        until(lambda: all(one["at"] for one in snapshot(client)["sources"]))
        found = snapshot(client)
        assert len(found["statements"]) == count
        assert len(found["graph"]["nodes"]) == count + len(found["topics"])
        assert len({(node["layer"], node["slot"]) for node in found["graph"]["nodes"]}) == len(found["graph"]["nodes"])
