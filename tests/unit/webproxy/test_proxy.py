"""What goes through the proxy and what does not, with a page's server that tells what it was asked."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from webproxy.background import proxied
from webproxy.guard import AccessGuard
from webproxy.proxy import Upstream

HOW = "`status` prints it."


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str]] = []  # noqa: RUF012

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("transfer-encoding") == "chunked":
            body = b"".join(iter(self._chunk, b""))
        Page.asked.append((self.command, self.path))
        told = json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body.decode()}).encode()
        self.send_response(302 if self.path == "/redirect" else 200)
        self.send_header("content-length", str(len(told) + (1000 if self.path == "/cut" else 0)))
        self.send_header("access-control-allow-origin", "*")
        self.send_header("location", "/ui") if self.path == "/redirect" else None
        self.end_headers()
        self.wfile.write(told if self.command != "HEAD" else b"")
        self.close_connection = self.path == "/cut"

    def _chunk(self) -> bytes:
        part = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return part

    do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def page() -> Iterator[int]:
    Page.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def browser(upstream: Upstream, *, hides_path: bool = True) -> Iterator[tuple[httpx.Client, AccessGuard]]:
    with (
        proxied(upstream, how=HOW, hides_path=hides_path) as door,
        httpx.Client(base_url=f"http://127.0.0.1:{door.port}", trust_env=False, timeout=20) as client,
    ):
        yield client, door


@pytest.fixture
def opened(page: int) -> Iterator[tuple[httpx.Client, AccessGuard]]:
    with browser(Upstream(name="The page", base_url=f"http://127.0.0.1:{page}")) as made:
        yield made


def test_the_link_opens_the_page_and_the_cookie_keeps_it_open(opened: tuple[httpx.Client, AccessGuard]) -> None:
    client, door = opened
    entered = client.get(door.link)
    assert entered.status_code == 303
    assert "token" not in entered.headers["location"]
    cookie = entered.headers["set-cookie"]
    assert f"Path={door.root}" in cookie
    assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}
    found = client.get(f"{door.root}jobs/overview?a=%2F&b=c%20d").json()
    assert found["path"] == "/jobs/overview?a=%2F&b=c%20d"
    assert "cookie" not in found["headers"]


@pytest.mark.parametrize("attack", ["image", "form", "text", "rebinding", "nobody"])
def test_nothing_of_an_attack_reaches_the_page(opened: tuple[httpx.Client, AccessGuard], attack: str) -> None:
    client, door = opened
    client.get(door.link)
    before, foreign = list(Page.asked), {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    url = f"{door.root}jobs/{'0' * 32}/yarn-cancel"
    match attack:
        case "image":
            status = client.get(url, headers={"sec-fetch-site": "cross-site"}).status_code
        case "form":
            status = client.post(url, data={"a": "b"}, headers=foreign).status_code
        case "text":
            status = client.post(url, content="{}", headers={"content-type": "text/plain", **foreign}).status_code
        case "rebinding":
            status = client.get(url, headers={"host": f"evil.example:{door.port}"}).status_code
        case _:
            client.cookies.clear()
            status = client.get(url).status_code
    assert status == {"image": 403, "form": 403, "text": 403, "rebinding": 421, "nobody": 401}[attack]
    assert Page.asked == before


def test_a_refusal_says_where_the_link_is(opened: tuple[httpx.Client, AccessGuard]) -> None:
    assert HOW in opened[0].get("/").text


def test_other_sites_may_not_read_or_frame_an_answer(opened: tuple[httpx.Client, AccessGuard]) -> None:
    client, door = opened
    client.get(door.link)
    answer = client.get(door.root)
    assert "access-control-allow-origin" not in answer.headers
    assert (answer.headers["x-frame-options"], answer.headers["referrer-policy"]) == ("DENY", "no-referrer")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "HEAD"])
def test_a_program_with_the_token_does_everything(opened: tuple[httpx.Client, AccessGuard], method: str) -> None:
    client, door = opened
    body = {"content": iter([b"one ", b"two"])} if method in {"POST", "PATCH"} else {}
    answer = client.request(method, "/v1/sessions", headers={"authorization": f"Bearer {door.token}"}, **body)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert Page.asked == [(method, "/v1/sessions")]
    if body:
        assert answer.json()["body"] == "one two"
    if method != "HEAD":
        assert "authorization" not in answer.json()["headers"]


def test_a_redirection_stays_behind_the_proxy(opened: tuple[httpx.Client, AccessGuard]) -> None:
    client, door = opened
    client.get(door.link)
    assert client.get(f"{door.root}redirect").headers["location"] == f"{door.root}ui"


def test_an_answer_that_is_cut_off_is_cut_off_here(opened: tuple[httpx.Client, AccessGuard]) -> None:
    client, door = opened
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/cut", headers={"authorization": f"Bearer {door.token}"})


def test_a_page_that_is_not_there_is_named() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with browser(Upstream(name="Flink's JobManager", base_url=f"http://127.0.0.1:{port}")) as (client, door):
        answer = client.get("/", headers={"authorization": f"Bearer {door.token}"})
    assert (answer.status_code, "Flink's JobManager does not answer" in answer.text) == (502, True)


def test_a_page_behind_a_unix_socket_is_reached(page: int, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=_bridge, args=(listener, page), daemon=True).start()
        with browser(Upstream(name="AKHQ", base_url="http://akhq", socket=path), hides_path=False) as (client, door):
            client.get(door.link)
            assert client.get("/ui").json()["headers"]["host"] == f"127.0.0.1:{door.port}"


def _bridge(listener: socket.socket, port: int) -> None:
    near, _ = listener.accept()
    far = socket.create_connection(("127.0.0.1", port))

    def copy(source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(65536):
            sink.sendall(data)

    threading.Thread(target=copy, args=(far, near), daemon=True).start()
    copy(near, far)


def test_a_smuggled_request_is_not_passed_on(opened: tuple[httpx.Client, AccessGuard]) -> None:
    _, door = opened
    with closing(http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)) as connection:
        connection.putrequest("POST", "/v1/x")
        for name, value in {"authorization": f"Bearer {door.token}", "content-length": "4", "transfer-encoding": "chunked"}.items():
            connection.putheader(name, value)
        connection.endheaders(b"0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n")
        assert connection.getresponse().status == 400
    assert not any(path == "/admin" for _, path in Page.asked)


def test_the_port_is_free_afterwards(page: int) -> None:
    upstream = Upstream(name="The page", base_url=f"http://127.0.0.1:{page}")
    with proxied(upstream, how=HOW, hides_path=True) as door:
        pass
    deadline = time.monotonic() + 20
    while True:
        try:
            with proxied(upstream, port=door.port, how=HOW, hides_path=True) as again:
                assert again.port == door.port
                assert again.token != door.token
                return
        except OSError:
            assert time.monotonic() < deadline
