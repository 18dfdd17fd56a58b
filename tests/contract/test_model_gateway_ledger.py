"""An answer is paid for once: counted in calls at the model server."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from modelgateway.answers.record import Record
from modelgateway.answers.store import PRUNE_EVERY, Store
from modelgateway.completion import Answer
from modelgateway.settings import LedgerSettings, Settings
from modelgateway.usage import Usage
from tests.contract.model_gateway_parts import DEADLINE_SECONDS, gateway_process
from tests.fakes.model_server import SUMMARY, Call, Reply, error, model_server, said, summary
from tests.support.model_gateway import COMPLETIONS, ask, body_for, gateway, reason, settings_for


def kept(base: str, folder: Path) -> Settings:
    return settings_for(base, ledger=LedgerSettings(file=folder / "ledger.sqlite"))


def record(number: int, content: str = "x", made: float | None = None) -> Record:
    answer = Answer(content=content, model="m", usage=Usage(prompt=1, completion=1, calls=1))
    return Record(key=number.to_bytes(32), outcome=answer, usage=answer.usage, made=time.time() if made is None else made)


def test_the_same_question_is_one_call_and_keeps_its_answer_over_a_restart(tmp_path: Path) -> None:
    with model_server() as server:
        for _ in range(3):
            with gateway(kept(server.url, tmp_path)) as client:
                assert ask(client) == SUMMARY
        assert len(server.calls) == 1


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"text": "another review"}, id="input"),
        pytest.param({"prompt": "Another prompt, JSON with fields: sentiment."}, id="prompt"),
        pytest.param({"model": "llama3.2"}, id="model"),
        pytest.param({"temperature": 0.5}, id="a parameter"),
        pytest.param({"max_tokens": 300}, id="length"),
    ],
)
def test_whatever_determines_the_answer_makes_it_another_question(tmp_path: Path, changed: dict[str, object]) -> None:
    with model_server() as server, gateway(kept(server.url, tmp_path)) as client:
        for fields in ({}, changed, {}, changed):
            assert ask(client, **fields) == SUMMARY  # type: ignore[arg-type]  # the fields of a request, by name
        assert len(server.calls) == 2


def test_the_lane_and_the_client_make_no_other_question(tmp_path: Path) -> None:
    with model_server() as server, gateway(kept(server.url, tmp_path)) as client:
        for path in ("/v1/chat/completions", COMPLETIONS):
            assert client.post(path, json=body_for(user=path)).status_code == 200
        assert len(server.calls) == 1


def test_another_upstream_is_another_question_and_another_fallback_is_not(tmp_path: Path) -> None:
    with model_server() as first, model_server() as second:
        for settings in (
            kept(first.url, tmp_path),
            settings_for(first.url, second.url, ledger=LedgerSettings(file=tmp_path / "ledger.sqlite")),
            kept(second.url, tmp_path),
        ):
            with gateway(settings) as client:
                ask(client)
        assert (len(first.calls), len(second.calls)) == (1, 1)


def test_equal_requests_at_one_time_are_one_call(tmp_path: Path) -> None:
    release = threading.Event()

    def behave(_call: Call) -> Reply:
        release.wait(30)
        return Reply(body=summary())

    settings = replace(kept("http://x", tmp_path), attempt_seconds=30.0)
    with model_server(behave) as server, gateway(replace(settings, upstreams=settings_for(server.url).upstreams)) as client:
        with ThreadPoolExecutor(10) as pool:
            answers = [pool.submit(ask, client) for _ in range(10)]
            deadline = time.monotonic() + 30
            while "modelgateway_in_flight 10.0" not in client.get("/metrics").text:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            release.set()
            assert all(one.result() == SUMMARY for one in answers)
        assert len(server.calls) == 1
        assert 'modelgateway_requests_total{source="shared"} 9.0' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("reply", "calls"),
    [
        pytest.param(Reply(status=400, body=error("content policy")), 1, id="refused for its text: kept"),
        pytest.param(Reply(body=said("x", finish="length")), 1, id="cut off: kept"),
        pytest.param(Reply(status=401, body=error("bad key")), 2, id="wrong key: asked again"),
        pytest.param(Reply(status=404, body=error("no model")), 2, id="no such model: asked again"),
    ],
)
def test_a_rejection_is_kept_when_the_input_is_its_cause(tmp_path: Path, reply: Reply, calls: int) -> None:
    with model_server(lambda _call: reply) as server, gateway(kept(server.url, tmp_path)) as client:
        first, second = (ask(client) for _ in range(2))
        assert reason(first) == reason(second) != "ok"
        assert len(server.calls) == calls


def test_an_answer_that_was_given_survives_kill_9(tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.sqlite")
    with model_server() as server:
        arguments = ("--kind", "openai", "--upstream", server.url, "--ledger", ledger)
        with gateway_process(*arguments) as process:
            for number in range(20):
                post(process.url, number)
            process.process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        with gateway_process(*arguments) as process:
            for number in range(20):
                post(process.url, number)
        assert len(server.calls) == 20


def post(url: str, number: int) -> None:
    response = httpx.post(f"{url}{COMPLETIONS}", json=body_for(f"review {number}"), timeout=DEADLINE_SECONDS, trust_env=False)
    assert json.loads(response.json()["choices"][0]["message"]["content"]) == SUMMARY


def test_two_gateways_on_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    with model_server() as server, gateway(kept(server.url, tmp_path)) as one, gateway(kept(server.url, tmp_path)) as other:
        for number in range(10):
            ask(one, f"review {number}")
        for number in range(10):
            ask(other, f"review {number}")
        assert len(server.calls) == 10


def test_a_broken_file_is_put_aside_and_costs_calls_and_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_bytes(b"not a database, but long enough to be read as one" * 100)
    with model_server() as server, gateway(kept(server.url, tmp_path)) as client:
        assert [ask(client), ask(client)] == [SUMMARY] * 2
        assert len(server.calls) == 1
    assert len(list(tmp_path.glob("ledger.sqlite.unreadable-*"))) == 1


def test_a_ledger_that_fails_while_running_costs_calls_and_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with model_server() as server, gateway(kept(server.url, tmp_path)) as client:
        monkeypatch.setattr(Store, "keep", full)
        assert [ask(client), ask(client)] == [SUMMARY] * 2
        assert len(server.calls) == 2
        assert "modelgateway_ledger_errors_total 2.0" in client.get("/metrics").text


def test_only_its_owner_reads_the_file_and_it_holds_neither_texts_nor_keys(tmp_path: Path) -> None:
    with model_server() as server, gateway(kept(server.url, tmp_path)) as client:
        ask(client, "TEXT-OF-A-REVIEW")
    file = tmp_path / "ledger.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"TEXT-OF-A-REVIEW" not in content
    assert b"sk-hidden" not in content
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.sqlite"], "closed, it is one file to copy"


def test_what_is_too_old_is_asked_again(tmp_path: Path) -> None:
    store = Store(LedgerSettings(file=tmp_path / "l", max_days=1))
    store.keep(record(1, made=time.time() - 86_401))
    store.keep(record(2))
    assert (store.find(record(1).key), store.find(record(2).key) is not None) == (None, True)
    store.prune()
    assert store.count() == 1
    store.close()


def test_it_stays_within_its_size_and_the_oldest_go_first(tmp_path: Path) -> None:
    limit = 2_000_000
    store = Store(LedgerSettings(file=tmp_path / "l", max_bytes=limit))
    for number in range(PRUNE_EVERY * 10):
        store.keep(record(number, "x" * 2_000, made=time.time() - 10_000 + number))
    store.close()
    assert (tmp_path / "l").stat().st_size < 2.5 * limit
    store = Store(LedgerSettings(file=tmp_path / "l", max_bytes=limit))
    assert store.find(record(PRUNE_EVERY * 10 - 1).key) is not None
    assert store.find(record(0).key) is None
    store.close()
    assert (tmp_path / "l").stat().st_size < 1.1 * limit


KILLED_WRITER = """
import sys
from pathlib import Path
from modelgateway.answers.store import Store
from modelgateway.settings import LedgerSettings
from tests.contract.test_model_gateway_ledger import record
store = Store(LedgerSettings(file=Path(sys.argv[1])))
for number in range(1_000_000):
    store.keep(record(number))
    print(number, flush=True)
"""


def test_what_was_kept_before_a_kill_in_the_middle_of_writing_is_there(tmp_path: Path) -> None:
    file = tmp_path / "l"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", KILLED_WRITER, str(file)], stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(500)]
        writer.kill()
    store = Store(LedgerSettings(file=file))
    assert all(store.find(record(int(line)).key) is not None for line in lines)
    store.close()
