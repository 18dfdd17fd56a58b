"""The gateway as a process: ready line, orderly end, exit codes, nothing secret in the log."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.contract.model_gateway_parts import DEADLINE_SECONDS, fake_model_server, gateway_process

ASKED = {"model": "m", "messages": [{"role": "user", "content": "The sound of TEXT-OF-A-REVIEW is great."}]}


ANSWER = json.dumps({"model": "m", "choices": [{"finish_reason": "stop", "message": {"content": "from upstream"}}]}).encode()


def post(url: str) -> httpx.Response:
    return httpx.post(f"{url}/lanes/summaries/v1/chat/completions", json=ASKED, timeout=DEADLINE_SECONDS, trust_env=False)


def test_it_answers_parallel_requests_and_logs_one_line_for_each_without_texts() -> None:
    with gateway_process() as gateway:
        with ThreadPoolExecutor(10) as callers:
            answers = [answer.json()["choices"][0]["message"]["content"] for answer in callers.map(post, [gateway.url] * 20)]
        assert answers == ["The sound of TEXT-OF-A-REVIEW is great."] * 20
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.wait() == 0
    lines = [line for line in gateway.log if "completion" in line]
    assert len(lines) == 20
    assert all("status=200" in line and "model=m lane=summaries" in line for line in lines)
    assert "TEXT-OF-A-REVIEW" not in "".join(gateway.log)


@pytest.mark.parametrize("number", [pytest.param(signal.SIGTERM, id="SIGTERM"), pytest.param(signal.SIGINT, id="SIGINT")])
def test_a_request_under_way_is_finished_before_an_orderly_end(number: signal.Signals) -> None:
    with (
        fake_model_server() as upstream,
        gateway_process("--kind", "openai", "--upstream", upstream.url) as gateway,
        ThreadPoolExecutor(1) as caller,
    ):
        upstream.body = ANSWER
        upstream.holds_back = True
        answer = caller.submit(post, gateway.url)
        assert upstream.arrived.wait(DEADLINE_SECONDS)
        gateway.process.send_signal(number)
        wait_until_closed(gateway.url)
        upstream.release.set()
        assert answer.result(DEADLINE_SECONDS).json()["choices"][0]["message"]["content"] == "from upstream"
        assert gateway.wait() == 0
    assert "Traceback" not in "".join(gateway.log)


def test_an_answer_is_not_held_back_by_nagles_algorithm() -> None:
    with gateway_process() as gateway, httpx.Client(timeout=DEADLINE_SECONDS, trust_env=False) as client:
        seconds = []
        for _ in range(40):
            began = time.perf_counter()
            client.post(f"{gateway.url}/v1/chat/completions", json=ASKED)
            seconds.append(time.perf_counter() - began)
    # The kernel waits 40 ms for the acknowledgement of the head before it sends the body. The quickest tenth is free of other load.
    assert sorted(seconds)[4] < 0.035


def test_a_client_that_sends_far_too_much_still_gets_its_answer() -> None:
    with gateway_process() as gateway:
        size = 30_000_000
        # A bare socket: unlike httpx it does not hide that it was cut off while sending.
        with socket.create_connection(("127.0.0.1", int(gateway.url.rsplit(":", 1)[1])), timeout=DEADLINE_SECONDS) as connection:
            head = ("POST /v1/chat/completions HTTP/1.1", "host: x", "content-type: application/json", f"content-length: {size}", "", "")
            connection.sendall("\r\n".join(head).encode())
            connection.sendall(b" " * size)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert post(gateway.url).status_code == 200


def test_after_a_kill_the_same_port_can_be_taken_again() -> None:
    with gateway_process() as gateway:
        post(gateway.url)
        gateway.process.kill()
        assert gateway.wait() == -signal.SIGKILL
        with gateway_process("--port", gateway.url.rsplit(":", 1)[1]) as successor:
            assert successor.url == gateway.url
            assert post(successor.url).status_code == 200


def test_the_key_is_in_no_log_and_no_argument(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-hidden")
    file.chmod(0o600)
    with (
        fake_model_server() as upstream,
        gateway_process("--kind", "openai", "--upstream", upstream.url, "--api-key-file", str(file)) as gateway,
    ):
        upstream.status = 401
        assert "key_refused" in post(gateway.url).json()["choices"][0]["message"]["content"]
        assert httpx.get(f"{gateway.url}/health", timeout=DEADLINE_SECONDS, trust_env=False).json()["upstream"] == "key refused (HTTP 401)"
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.wait() == 0
    assert upstream.asked[0][2]["authorization"] == "Bearer sk-hidden"
    assert "sk-hidden" not in "".join(gateway.log)
    assert "sk-hidden" not in str(gateway.process.args)


def test_a_taken_port_ends_the_start_with_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = run("--port", str(port))
    assert found.returncode == 2
    assert (
        found.stderr.splitlines()[-1] == f"modelgateway: port {port} on 127.0.0.1 is taken. Stop what listens there or give another --port."
    )
    assert "Traceback" not in found.stderr


def test_wrong_arguments_end_the_start_with_one_clear_line() -> None:
    found = run("--kind", "openai")
    assert found.returncode == 2
    assert "needs --upstream" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_gateway_in_front_of_a_model_does_not_load_the_summariser() -> None:
    heavy = "vaderSentiment", "pysbd"
    program = f"import sys, modelgateway.server; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert found.stdout.strip() == "[]"


def wait_until_closed(url: str) -> None:
    """Poll until the port accepts no connection any more."""
    address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            return
    pytest.fail("the gateway still accepts connections")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modelgateway", *arguments], capture_output=True, text=True, check=False, timeout=DEADLINE_SECONDS
    )
