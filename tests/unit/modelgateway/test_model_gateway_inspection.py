"""Looking into a ledger beside a running gateway: what an operator sees, copies and removes."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelgateway.answers.inspection import LedgerError, copy, forget, newest, overview
from modelgateway.answers.record import Record
from modelgateway.answers.store import Store, today
from modelgateway.completion import Answer
from modelgateway.rejection import Reason, Rejection
from modelgateway.settings import LedgerSettings
from modelgateway.usage import Usage

USAGE = Usage(prompt=100, completion=50, calls=1)


def record(number: int, *, model: str = "m", prompt: str = "p", reason: Reason | None = None) -> Record:
    answer = Answer(content=f"answer {number}", model=model, usage=USAGE)
    outcome = Rejection(reason=reason, message=f"refused {number}", status=400) if reason else answer
    key, made = number.to_bytes(32), 1_795_000_000.0 + number
    return Record(key=key, outcome=outcome, usage=USAGE, model=model, prompt=prompt, input=str(number), money=0.5, made=made)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Path]:
    """A ledger that a gateway has open."""
    file = tmp_path / "ledger.sqlite"
    store = Store(LedgerSettings(file=file, max_days=100_000))
    for number in range(3):
        store.keep(record(number))
    store.keep(record(3, model="other"))
    store.keep(record(4, reason=Reason.CONTENT_FILTER))
    store.spend("m", USAGE, 0.5, today())
    yield file
    store.close()


def test_the_overview_counts_by_model_prompt_and_reason(ledger: Path) -> None:
    found = overview(ledger)
    assert {(one.model, one.reason, one.count, one.money) for one in found.groups} == {
        ("m", "", 3, 1.5),
        ("other", "", 1, 0.5),
        ("m", "content_filter", 1, 0.5),
    }
    assert found.today == {"day": today(), "calls": 1, "prompt_tokens": 100, "completion_tokens": 50, "money": 0.5}
    assert found.bytes > 0
    assert json.loads(json.dumps(found.to_json()))["groups"][0]["count"]


def test_the_newest_come_first_with_their_texts(ledger: Path) -> None:
    assert [(one.reason, one.text) for one in newest(ledger, 2)] == [("content_filter", "refused 4"), ("", "answer 3")]


def test_a_copy_is_whole_and_private_and_replaces_nothing(ledger: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite"
    copy(ledger, target)
    assert overview(target).groups == overview(ledger).groups
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(LedgerError, match="exists already"):
        copy(ledger, target)


@pytest.mark.parametrize(
    ("rejected", "model", "left"),
    [
        pytest.param(True, "", 4, id="rejections"),
        pytest.param(False, "other", 4, id="one model's"),
        pytest.param(True, "other", 5, id="both conditions"),
        pytest.param(False, "", 0, id="all"),
    ],
)
def test_what_is_forgotten_is_what_was_named(ledger: Path, rejected: bool, model: str, left: int) -> None:
    assert forget(ledger, rejected=rejected, model=model) == 5 - left
    assert sum(one.count for one in overview(ledger).groups) == left


def test_no_ledger_and_a_broken_one_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no answer of a model has been paid for yet"):
        overview(tmp_path / "none")
    broken = tmp_path / "broken"
    broken.write_bytes(b"x" * 5_000)
    for look in (overview, forget):
        with pytest.raises(LedgerError, match="broken cannot be"):
            look(broken)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [pytest.param(["2"], 0, id="with the newest"), pytest.param([], 0, id="plain"), pytest.param(["two"], 2, id="no number")],
)
def test_the_module_shows_it_where_the_console_is_not(ledger: Path, arguments: list[str], code: int) -> None:
    command = [sys.executable, "-m", "modelgateway.answers", str(ledger), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == code
    if code == 0:
        assert len(json.loads(ended.stdout)["newest"]) == len(arguments) * 2
    else:
        assert ended.stderr.startswith("usage:")
