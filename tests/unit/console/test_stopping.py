"""Ctrl-C reaches the command wherever its exception arises."""

import importlib
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from console.stopping import StoppedError, stop_on_signals

DEADLINE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def stoppable() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hook = sys.unraisablehook
    stop_on_signals()
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in handlers.items():
            signal.signal(number, handler)


def wait_for_the_stop() -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.01)
    pytest.fail("the signal was swallowed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_fallback_for_failures_does_not_take_it_for_one(number: signal.Signals) -> None:
    def falls_back() -> None:
        with suppress(Exception):
            signal.raise_signal(number)

    with pytest.raises(StoppedError):
        falls_back()


def test_a_callback_of_the_interpreter_does_not_swallow_it(capsys: pytest.CaptureFixture[str]) -> None:
    class Ends:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    def drops() -> None:
        Ends()
        wait_for_the_stop()

    with pytest.raises(StoppedError):
        drops()
    assert capsys.readouterr().err == ""


def test_an_import_ends_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its locks are released: cut off in the wrong place, it would keep them from all threads."""
    (tmp_path / "stopped_in_here.py").write_text("import signal\nsignal.raise_signal(signal.SIGTERM)\nWHOLE = True\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def imports() -> None:
        importlib.import_module("stopped_in_here")
        wait_for_the_stop()

    with pytest.raises(StoppedError):
        imports()
    assert sys.modules.pop("stopped_in_here").WHOLE


def test_an_import_that_hangs_is_stopped_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.stopping._LONGEST_IMPORT_SECONDS", 0.2)
    text = f"import signal, time\nsignal.raise_signal(signal.SIGTERM)\ntime.sleep({DEADLINE_SECONDS})\n"
    (tmp_path / "hangs_in_here.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    began = time.monotonic()
    with pytest.raises(StoppedError):
        importlib.import_module("hangs_in_here")
    assert time.monotonic() - began < DEADLINE_SECONDS
