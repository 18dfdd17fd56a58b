"""What Flink's processes push is what Prometheus gets, for as long as it is fresh; nobody else gets in."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from embedded.push_gateway import MOST_BYTES, PushServer, PushStore
from tests.contract.bench import until
from tests.support.ports import free_ports

JOB_MANAGER, TASK_MANAGER = (f"/metrics/job/flink/instance/{name}" for name in ("jobmanager", "taskmanager"))
TEXT = b'# TYPE flink_jobmanager_job_uptime gauge\nflink_jobmanager_job_uptime{job_name="flink-reviews/local/contexts",} 12.0\n'
KEPT_SECONDS = 20.0
REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass(kw_only=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Bench:
    port: int
    clock: Clock

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers or {}))
            reply = connection.getresponse()
            return Answer(status=reply.status, body=reply.read(), headers={name.lower(): value for name, value in reply.getheaders()})
        finally:
            connection.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    clock = Clock()
    server = PushServer(("127.0.0.1", 0), PushStore(["jobmanager", "taskmanager"], kept_seconds=KEPT_SECONDS, clock=clock))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Bench(port=server.server_address[1], clock=clock)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_was_pushed_last_is_handed_out_word_by_word(bench: Bench) -> None:
    assert bench.ask("PUT", JOB_MANAGER, b"old").status == 202
    assert bench.ask("PUT", JOB_MANAGER, TEXT).status == 202
    told = bench.ask("GET", JOB_MANAGER)
    assert (told.status, told.body) == (200, TEXT)
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_processes_are_kept_apart(bench: Bench) -> None:
    bench.ask("PUT", JOB_MANAGER, b"one")
    bench.ask("PUT", TASK_MANAGER, b"two")
    assert (bench.ask("GET", JOB_MANAGER).body, bench.ask("GET", TASK_MANAGER).body) == (b"one", b"two")


def test_a_process_that_never_pushed_or_said_its_end_is_down(bench: Bench) -> None:
    assert bench.ask("GET", JOB_MANAGER).status == 404
    bench.ask("PUT", JOB_MANAGER, TEXT)
    assert bench.ask("DELETE", JOB_MANAGER).status == 202
    told = bench.ask("GET", JOB_MANAGER)
    assert (told.status, told.body) == (404, b"jobmanager has pushed nothing, or has ended\n")


@pytest.mark.parametrize(
    ("age", "status"), [pytest.param(KEPT_SECONDS, 200, id="just fresh"), pytest.param(KEPT_SECONDS + 0.5, 404, id="too old")]
)
def test_values_of_a_process_that_was_killed_are_not_handed_out_for_long(bench: Bench, age: float, status: int) -> None:
    bench.ask("PUT", TASK_MANAGER, TEXT)
    bench.clock.now += age
    assert bench.ask("GET", TASK_MANAGER).status == status
    bench.ask("PUT", TASK_MANAGER, TEXT)
    assert bench.ask("GET", TASK_MANAGER).status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/metrics", f"{JOB_MANAGER}/more", "/metrics/job/flink/instance/other", "/metrics/job/x"])
def test_a_path_that_is_nobodys_is_unknown(bench: Bench, method: str, path: str) -> None:
    told = bench.ask(method, path, b"x" if method == "PUT" else None)
    assert told.status == 404
    assert b"known are" in told.body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": "http://evil.example"}, 403, id="another site"),
        pytest.param({"Origin": "null"}, 403, id="a page without a site"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="an image of another site"),
        pytest.param({"Host": "evil.example"}, 421, id="a name that was made to point here"),
        pytest.param({"Host": "localhost:9"}, 200, id="localhost"),
        pytest.param({"Sec-Fetch-Site": "none"}, 200, id="an address that was typed"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_page_in_a_browser_neither_reads_nor_writes(bench: Bench, method: str, headers: dict[str, str], status: int) -> None:
    bench.ask("PUT", JOB_MANAGER, TEXT)
    told = bench.ask(method, JOB_MANAGER, b"forged" if method == "PUT" else None, headers)
    assert told.status == (202 if method == "PUT" and status == 200 else status)
    if status != 200:
        assert bench.ask("GET", JOB_MANAGER).body == TEXT


def test_a_push_that_is_too_large_is_refused_before_it_is_read(bench: Bench) -> None:
    with socket.create_connection(("127.0.0.1", bench.port), timeout=10) as raw:
        raw.sendall(f"PUT {JOB_MANAGER} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {MOST_BYTES + 1}\r\n\r\n".encode())
        assert raw.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert bench.ask("GET", JOB_MANAGER).status == 404


def test_a_push_without_a_length_is_refused(bench: Bench) -> None:
    with socket.create_connection(("127.0.0.1", bench.port), timeout=10) as raw:
        raw.sendall(f"PUT {JOB_MANAGER} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode())
        assert raw.recv(4096).startswith(b"HTTP/1.1 411 ")


def test_half_a_push_leaves_what_was_there(bench: Bench) -> None:
    bench.ask("PUT", JOB_MANAGER, TEXT)
    with socket.create_connection(("127.0.0.1", bench.port), timeout=10) as raw:
        raw.sendall(f"PUT {JOB_MANAGER} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf".encode())
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(4096) == b""
    assert bench.ask("GET", JOB_MANAGER).body == TEXT


def answers(port: int) -> bool:
    try:
        return Bench(port=port, clock=Clock()).ask("GET", "/ready").status == 200
    except OSError:
        return False


def test_it_runs_as_a_process_and_ends_on_a_signal() -> None:
    [port] = free_ports(1)
    command = [sys.executable, "-m", "embedded.push_gateway", "--port", str(port), "jobmanager"]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: answers(port))
            taken = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
            assert taken.returncode == 1
            assert taken.stderr.startswith(f"push_gateway: 127.0.0.1:{port} cannot be listened on (")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
        assert process.stderr is not None
        assert process.stderr.read() == f"push_gateway: keeps metrics of jobmanager on 127.0.0.1:{port}\n"
