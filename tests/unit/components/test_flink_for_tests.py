"""Runs of tests beside each other on one Flink: each waits for its turn, and none stops Flink under another."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar

import pytest

from components.sql_tests import flink
from components.sql_tests.flink import flink_for_tests, stop
from embedded.errors import BusyError
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from tests.contract.bench import until

LINE = "2.2"


@dataclass(frozen=True, kw_only=True)
class Seen:
    ready: bool


@dataclass
class Control:
    """Services that are only noted."""

    settings: EmbeddedSettings
    running: ClassVar[set[ServiceName]] = set()
    shutdowns: ClassVar[list[str]] = []

    def observe(self, service: ServiceName) -> Seen:
        return Seen(ready=service in self.running)

    def start(self, service: ServiceName) -> None:
        self.running.add(service)

    def await_archives(self, *, seconds: float) -> None:
        pass

    def shutdown(self) -> None:
        self.shutdowns.append("shutdown")
        self.running.clear()


@pytest.fixture(autouse=True)
def control(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Control]]:
    monkeypatch.setattr(flink, "ServiceControl", Control)
    monkeypatch.setattr(flink, "install_missing", lambda *_: None)
    Control.running.clear()
    Control.shutdowns.clear()
    yield Control
    Control.running.clear()


def test_a_second_run_waits_for_the_first_and_says_so(tmp_path: Path, control: type[Control]) -> None:
    said: list[str] = []
    begun, done = Event(), Event()

    def second() -> None:
        with flink_for_tests(tmp_path, LINE, keep=False, say=said.append):
            begun.set()
        done.set()

    with flink_for_tests(tmp_path, LINE, keep=False):
        neighbour = Thread(target=second)
        neighbour.start()
        until(lambda: said == [f"waiting for another run of tests in {tmp_path}"])
        assert not begun.is_set()
        assert control.shutdowns == []
    assert done.wait(60)
    neighbour.join()
    assert len(control.shutdowns) == 2


def test_flink_is_not_stopped_under_a_run_of_tests(tmp_path: Path, control: type[Control]) -> None:
    with flink_for_tests(tmp_path, LINE, keep=True):
        with pytest.raises(BusyError, match="tests run on this Flink"):
            stop(tmp_path, LINE)
        assert control.running
    assert stop(tmp_path, LINE)
    assert not control.running
    assert not stop(tmp_path, LINE)


def test_a_flink_that_is_kept_stays_for_the_next(tmp_path: Path, control: type[Control]) -> None:
    with flink_for_tests(tmp_path, LINE, keep=True):
        pass
    assert control.shutdowns == []
    with flink_for_tests(tmp_path, LINE, keep=False):
        pass
    assert control.shutdowns == []
