"""Sources that are slow, fail, come back, and are not asked while nobody looks."""

import threading

import pytest

from console.errors import ConsoleError
from console.ui.collector import Collector, Reading, Source, problem_text
from tests.contract.bench import until


class Scripted:
    """A source whose answers a test sets. An exception is raised."""

    def __init__(self, answer: object = "first") -> None:
        self.answer = answer
        self.asked = 0
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self) -> object:
        self.asked += 1
        self.hold.wait(30)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def source(self, name: str = "it", seconds: float = 0.01) -> Source:
        return Source(name=name, seconds=seconds, ask=self, trouble=lambda value: "all unknown" if value == "unknown" else "")


def reading(collector: Collector, name: str = "it") -> Reading:
    collector.want()
    return collector.read()[1][name]


def test_a_source_that_fails_keeps_its_last_value_with_its_time() -> None:
    scripted = Scripted()
    collector = Collector([scripted.source()])
    collector.start()
    until(lambda: reading(collector).value == "first")
    scripted.answer = ConsoleError("the JobManager does not answer", advice="run `status`")
    until(lambda: reading(collector).error == "the JobManager does not answer; run `status`")
    kept = reading(collector)
    assert kept.value == "first"
    assert kept.at is not None
    asked = scripted.asked
    until(lambda: reading(collector) is not None and scripted.asked > asked + 2)
    assert reading(collector).at == kept.at, "the age is that of the value, not of the last try"
    scripted.answer = "second"
    until(lambda: reading(collector).value == "second" and reading(collector).error == "")
    collector.stop()


def test_rows_of_unknowns_are_shown_only_before_anything_is_known() -> None:
    scripted = Scripted("unknown")
    collector = Collector([scripted.source()])
    collector.start()
    until(lambda: reading(collector).error == "all unknown")
    assert (reading(collector).value, reading(collector).at) == ("unknown", None)
    scripted.answer = "known"
    until(lambda: reading(collector).value == "known")
    scripted.answer = "unknown"
    until(lambda: reading(collector).error == "all unknown")
    assert reading(collector).value == "known"
    collector.stop()


def test_a_source_that_hangs_holds_up_no_other_one() -> None:
    slow, quick = Scripted(), Scripted()
    slow.hold.clear()
    collector = Collector([slow.source("slow"), quick.source("quick")])
    collector.start()
    until(lambda: reading(collector, "quick").value == "first" and quick.asked > 3)
    assert reading(collector, "slow") == Reading()
    assert slow.asked == 1, "it is not asked again before it answers"
    slow.hold.set()
    until(lambda: reading(collector, "slow").value == "first")
    collector.stop()


def test_however_many_pages_ask_a_source_is_asked_at_its_own_pace() -> None:
    scripted = Scripted()
    collector = Collector([scripted.source(seconds=3600)])
    collector.start()
    until(lambda: reading(collector).value == "first")
    for _ in range(1000):
        collector.want()
        collector.read()
    assert scripted.asked == 1
    collector.stop()


def test_nobody_is_asked_while_no_page_is_open() -> None:
    scripted = Scripted()
    collector = Collector([scripted.source(seconds=0.001)], idle_seconds=0.05)
    collector.start()
    counts: list[int] = []

    def rests() -> bool:
        counts.append(scripted.asked)
        return len(counts) > 3 and len(set(counts[-3:])) == 1 and counts[-1] > 0

    until(rests)
    before = scripted.asked
    collector.want()
    until(lambda: scripted.asked > before)
    collector.stop()


def test_each_change_counts_the_revision_up() -> None:
    scripted = Scripted()
    collector = Collector([scripted.source(seconds=3600)])
    assert collector.read()[0] == 0
    collector.start()
    until(lambda: collector.read()[0] == 1)
    collector.stop()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(ConsoleError("no broker"), "no broker", id="ours"),
        pytest.param(ConsoleError("no broker", advice="run `up`"), "no broker; run `up`", id="with advice"),
        pytest.param(KeyError("x"), "this is a bug in the console: KeyError: 'x'", id="a bug"),
    ],
)
def test_what_a_source_says_when_it_fails(error: Exception, text: str) -> None:
    assert problem_text(error) == text
