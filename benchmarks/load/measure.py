"""Carrying out one row of the load test."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.load.account import TOPICS, Account
from benchmarks.load.scenarios import MOST_RECORDS, Scenario
from benchmarks.load.shapes import Sent, reviews
from benchmarks.load.stack import REVIEWS, LoadedStack, until
from benchmarks.load.topics import read, send

_WARM_UP = 20_000
_PROBE = 60_000
_HANG_SECONDS = 1_200.0
_HEAP_EVERY_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the table."""

    scenario: Scenario
    sent: list[Sent]
    offered_per_second: float
    seconds: float
    account: Account
    restarts: int
    heap_megabytes: float
    wrong_windows: int

    @property
    def lost(self) -> int:
        """Records that came out nowhere."""
        return self.account.lost(self.sent)

    @property
    def holds(self) -> bool:
        """Whether in = good + rejected, and nothing restarted or came twice."""
        everything = self.account.good + len(self.account.rejected) == len(self.sent)
        return everything and not self.lost and not self.wrong_windows and not self.account.repeated and not self.restarts


@dataclass(kw_only=True)
class HeapWatch:
    """The largest heap seen while a row runs."""

    largest: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)


def capacity(stack: LoadedStack) -> float:
    """Measure the reviews a second that stage one takes in one slot, once its classes are loaded."""
    for count in (_WARM_UP, _PROBE):
        before = stack.reviews_read()
        send(stack.bootstrap, REVIEWS, reviews(products=6)(count))
        seconds = until(lambda: stack.reviews_read() >= before + count, limit_seconds=_HANG_SECONDS, what="reading the first reviews")  # noqa: B023
    return _PROBE / seconds


def measure(stack: LoadedStack, scenario: Scenario, capacity_per_second: float) -> Row:
    """Send a scenario's records and follow them to their end."""
    count = scenario.count or min(round(scenario.seconds_of_capacity * capacity_per_second), MOST_RECORDS)
    before = stack.moments()
    restarts = 0 if scenario.paused else stack.restarts()
    with _heap(stack) as heap:
        if scenario.paused:
            stack.pause()
        began = time.monotonic()
        sent = send(stack.bootstrap, REVIEWS, scenario.shape(count))
        offered = len(sent) / (time.monotonic() - began)
        if scenario.paused:
            stack.resume()
        account = _complete_account(stack, before, sent)
    return Row(
        scenario=scenario,
        sent=sent,
        offered_per_second=offered,
        seconds=time.monotonic() - began,
        account=account,
        restarts=stack.restarts() - restarts,
        heap_megabytes=heap.largest,
        wrong_windows=account.wrong_windows(sent, stack.window_seconds),
    )


def _complete_account(stack: LoadedStack, before: dict[str, dict[int, int]], sent: list[Sent]) -> Account:
    """Read until everything that was sent has come out, and each context has its answer."""
    latest = Account()

    def complete() -> bool:
        nonlocal latest
        latest = Account()
        for topic in TOPICS:
            latest.read(topic, read(stack.bootstrap, topic, before[topic]))
        return latest.lost(sent) == 0 and latest.answered

    until(complete, limit_seconds=_HANG_SECONDS, what="the end of all reviews")
    return latest


@contextmanager
def _heap(stack: LoadedStack) -> Iterator[HeapWatch]:
    watch = HeapWatch()

    def watch_heap() -> None:
        while not watch.stop.wait(_HEAP_EVERY_SECONDS):
            try:
                watch.largest = max(watch.largest, stack.heap_megabytes())
            except Exception:  # noqa: BLE001, S112  # a look that fails is made up for by the next; the row's restarts tell the rest
                continue

    thread = threading.Thread(target=watch_heap, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop.set()
        thread.join()
