"""A port of this machine leads to the pod that is ready now, is shared where it is the same, and refused where it is not."""

import fcntl
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.api_server import ApiServer
from cluster.brokers_forward import brokers_forwarded, require_any_pod
from cluster.errors import PortForwardError
from cluster.forward_lock import ForwardLock
from cluster.port_forward import PortForward, forwarded
from cluster.target import ServicePort
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes
from tests.support.kubernetes_objects import CORE, NAMESPACE, metadata, pod
from tests.support.ports import free_ports

KAFKA = ServicePort(namespace=NAMESPACE, service="kafka", port=9094)
DEADLINE_SECONDS = 20.0


@contextmanager
def _echo(prefix: bytes) -> Iterator[tuple[str, int]]:
    """Serve like a pod: answer each connection's bytes with a prefix before them."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(65_536):
                connection.sendall(prefix + data)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield "127.0.0.1", listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _service(kubernetes: FakeKubernetes, target_port: int | str = 9094) -> None:
    spec = {"selector": {"app": "kafka"}, "ports": [{"port": 9094, "targetPort": target_port}]}
    kubernetes.put(f"{CORE}/services", {"metadata": metadata("kafka"), "spec": spec})


def _pod(kubernetes: FakeKubernetes, name: str, where: tuple[str, int], *, ready: bool = True, born: str = "1") -> None:
    kubernetes.put(f"{CORE}/pods", pod(name, labels={"app": "kafka"}, phase="Running", ready=ready, creationTimestamp=born))
    kubernetes.pods[name] = where


def _ask(port: int, words: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS) as connection:
        connection.sendall(words)
        return connection.recv(65_536)


def _eventually(ask: Callable[[], bytes], wanted: bytes) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    answer = b""
    while answer != wanted:
        assert time.monotonic() < deadline, f"last answer {answer!r}"
        try:
            answer = ask()
        except OSError:
            answer = b""


def test_bytes_go_both_ways_and_connections_do_not_mix(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    _service(kubernetes)
    with _echo(b"pod: ") as where, forwarded(api_server, KAFKA) as forward:
        _pod(kubernetes, "kafka-0", where)
        with (
            socket.create_connection(("127.0.0.1", forward.port)) as first,
            socket.create_connection(("127.0.0.1", forward.port)) as second,
        ):
            first.sendall(b"one")
            second.sendall(b"two")
            assert (first.recv(100), second.recv(100)) == (b"pod: one", b"pod: two")


def test_many_bytes_arrive_whole(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    _service(kubernetes)
    sent = os.urandom(500_000)
    with _echo(b"") as where, forwarded(api_server, KAFKA) as forward:
        _pod(kubernetes, "kafka-0", where)
        with socket.create_connection(("127.0.0.1", forward.port)) as connection:
            threading.Thread(target=connection.sendall, args=(sent,), daemon=True).start()
            got = b""
            while len(got) < len(sent):
                got += connection.recv(65_536)
    assert got == sent


def test_leaving_while_the_pod_still_sends_breaks_no_thread(
    kubernetes: FakeKubernetes, api_server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda problem: broken.append(problem.thread.name))
    _service(kubernetes)
    with _echo(b"") as where, forwarded(api_server, KAFKA) as forward:
        _pod(kubernetes, "kafka-0", where)
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", forward.port), timeout=DEADLINE_SECONDS) as connection:
                connection.sendall(os.urandom(300_000))
                assert connection.recv(1)
    assert [name for name in broken if "port forward" in name] == []


def test_a_pod_that_was_replaced_is_left_for_the_new_one(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    _service(kubernetes)
    with _echo(b"old ") as old, _echo(b"new ") as new, forwarded(api_server, KAFKA) as forward:
        _pod(kubernetes, "kafka-0", old)
        assert _ask(forward.port, b"x") == b"old x"
        _pod(kubernetes, "kafka-0", old, ready=False)
        _pod(kubernetes, "kafka-1", new, born="2")
        assert _ask(forward.port, b"x") == b"new x"


def test_a_named_port_is_looked_up_in_the_pod(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    _service(kubernetes, target_port="http")
    with _echo(b"") as where, forwarded(api_server, KAFKA) as forward:
        _pod(kubernetes, "kafka-0", where)
        assert forward.require_pod().port == 8083


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        pytest.param(lambda _kubernetes: None, "there is no service kafka in namespace flink", id="no-service"),
        pytest.param(_service, "no pod of service kafka in namespace flink is ready", id="no-pod"),
    ],
)
def test_nobody_to_answer_closes_the_connection_and_says_why(
    kubernetes: FakeKubernetes, api_server: ApiServer, prepare: Callable[[FakeKubernetes], None], words: str
) -> None:
    prepare(kubernetes)
    heard: list[str] = []
    with forwarded(api_server, KAFKA, complain=heard.append) as forward:
        assert _ask(forward.port, b"") == b""
        with pytest.raises(PortForwardError, match=words):
            forward.require_pod()
    assert heard == [words]


def test_the_pods_own_refusal_is_heard(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    _service(kubernetes)
    [nobody] = free_ports(1)
    _pod(kubernetes, "kafka-0", ("127.0.0.1", nobody))
    heard: list[str] = []
    with forwarded(api_server, KAFKA, complain=heard.append) as forward:
        assert _ask(forward.port, b"") == b""
        _eventually(lambda: heard[-1].encode() if heard else b"", b"connection refused inside the pod")


def test_blocks_of_one_process_share_a_forward(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    _service(kubernetes)
    [port] = free_ports(1)
    with _echo(b"") as where, forwarded(api_server, KAFKA, port) as first:
        _pod(kubernetes, "kafka-0", where)
        with forwarded(api_server, KAFKA, port) as second:
            assert second is first
        assert _ask(port, b"x") == b"x"
    with pytest.raises(ConnectionRefusedError):
        _ask(port, b"x")


def test_a_port_of_another_program_is_refused(api_server: ApiServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortForwardError, match=f"port {port} of this machine is taken") as caught, forwarded(api_server, KAFKA, port):
            pass
    assert "ports.*" in caught.value.advice


def test_a_port_that_leads_elsewhere_is_refused(api_server: ApiServer) -> None:
    [port] = free_ports(1)
    with ForwardLock(port, "https://other:6443 staging kafka 9094") as lock:
        assert lock.acquire()
        with (
            pytest.raises(PortForwardError, match="service kafka:9094 in namespace staging of https://other:6443"),
            forwarded(api_server, KAFKA, port),
        ):
            pass


def test_the_right_to_a_port_leaves_no_file_and_is_nobodys_twice(tmp_path: Path) -> None:
    first, second, third = (ForwardLock(9092, "kafka", tmp_path) for _ in range(3))
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert list(tmp_path.iterdir()) == []
    assert second.acquire()
    assert not third.acquire()
    second.release()
    assert list(tmp_path.iterdir()) == []


def test_the_right_is_the_same_for_processes_with_another_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run gives the engine, and with it the process of our providers, a temporary folder of its own."""
    [port] = free_ports(1)
    with ForwardLock(port, "kafka") as ours:
        assert ours.acquire()
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr(tempfile, "tempdir", None)
        assert not ForwardLock(port, "kafka").acquire()


def test_a_right_that_is_taken_after_the_end_is_given_back(api_server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that waits for another process's port may get it in the moment in which its own forward is closed."""
    [port] = free_ports(1)
    forward = PortForward(api_server, KAFKA, port)
    acquire = ForwardLock.acquire

    def acquire_after_the_end(lock: ForwardLock) -> bool:
        forward.close()
        return acquire(lock)

    monkeypatch.setattr(ForwardLock, "acquire", acquire_after_the_end)
    forward.start()
    monkeypatch.undo()
    with ForwardLock(port, "kafka") as next_one:
        assert next_one.acquire()
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_file_that_goes_while_it_is_being_locked_gives_no_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving, coming, other = (ForwardLock(9092, "kafka", tmp_path) for _ in range(3))
    assert leaving.acquire()
    flock = fcntl.flock

    def lock_after_the_other_left(descriptor: int, operation: int) -> None:
        leaving.release()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", lock_after_the_other_left)
    assert coming.acquire()
    monkeypatch.undo()
    assert not other.acquire()
    coming.release()


def test_another_process_shares_the_forward_and_goes_on_alone(kubernetes: FakeKubernetes, api_server: ApiServer, tmp_path: Path) -> None:
    _service(kubernetes)
    [port] = free_ports(1)
    program = (
        "import sys\n"
        "from cluster.api_server import connect\n"
        "from cluster.port_forward import PortForward, forwarded\n"
        "from cluster.target import ServicePort\n"
        f"with forwarded(connect({CONTEXT!r}, sys.argv[1]), ServicePort(namespace='flink', service='kafka', port=9094), {port}):\n"
        "    print('shares', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    with _echo(b"") as where:
        _pod(kubernetes, "kafka-0", where)
        with forwarded(api_server, KAFKA, port):
            command = [sys.executable, "-c", program, str(kubernetes.kubeconfig(tmp_path))]
            other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
            assert other.stdout is not None
            assert other.stdout.readline() == "shares\n"
            assert _ask(port, b"x") == b"x"
        try:
            _eventually(lambda: _ask(port, b"y"), b"y")
        finally:
            other.communicate("\n", timeout=DEADLINE_SECONDS)
    assert other.returncode == 0


def test_clients_of_a_broker_are_told_the_port_that_they_reach_it_on(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    _service(kubernetes)
    said = b"127.0.0.1" + (19092).to_bytes(4, "big")
    with _echo(b"") as where, forwarded(api_server, KAFKA, advertised=19092) as forward:
        _pod(kubernetes, "kafka-0", where)
        size = len(said).to_bytes(4, "big")
        assert _ask(forward.port, size + said) == size + b"127.0.0.1" + forward.port.to_bytes(4, "big")


def test_each_node_is_reached_by_a_port_of_its_own_and_names_the_others_by_theirs(
    kubernetes: FakeKubernetes, api_server: ApiServer
) -> None:
    _service(kubernetes)
    targets = {19092 + node: replace(KAFKA, pod=f"kafka-node-{node}") for node in range(2)}
    said = b"".join(b"127.0.0.1" + port.to_bytes(4, "big") for port in targets)
    size = len(said).to_bytes(4, "big")
    with _echo(b"") as first, _echo(b"") as second, brokers_forwarded(api_server, targets) as forwards:
        _pod(kubernetes, "kafka-node-0", first)
        _pod(kubernetes, "kafka-node-1", second)
        assert [one.require_pod().pod for one in forwards] == ["kafka-node-0", "kafka-node-1"]
        reached = b"".join(b"127.0.0.1" + one.port.to_bytes(4, "big") for one in forwards)
        assert [_ask(one.port, size + said) for one in forwards] == [size + reached] * 2


def test_a_kafka_without_a_node_is_still_one_and_without_any_it_is_none(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    _service(kubernetes)
    targets = {19092 + node: replace(KAFKA, pod=f"kafka-node-{node}") for node in range(2)}
    with _echo(b"") as where, brokers_forwarded(api_server, targets) as forwards:
        with pytest.raises(PortForwardError, match=r"pod kafka-node-0 of service kafka in namespace .* is not ready"):
            require_any_pod(forwards)
        _pod(kubernetes, "kafka-node-1", where)
        require_any_pod(forwards)
