"""Ctrl-C and SIGTERM while the CLI works.

The CLI ends cleanly by itself: at the first SIGINT it lets running creations finish and stores them, at the second it gives up at once.
It only needs to be left alone: a driver that dies of KeyboardInterrupt takes the CLI with it and leaves a lock, a pending creation and an
orphaned provider. So the driver handles the signal by a function that remembers it. A terminal sends SIGINT to the whole group, the CLI
included; a signal that reached only the driver (`kill`, SIGTERM) is passed on when the CLI does not say in time that it has it.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import psutil

_ANSWER_SECONDS = 1.0
"""The CLI says `^C received` within some milliseconds of the signal."""

FIRST = "stopping: finishing and recording what is being created first (Ctrl-C again to stop now)"
SECOND = "stopping now: the next run adopts what was being created"


@dataclass(kw_only=True)
class Interruption:
    """How often the user asked to stop, and how often the CLI said that it knows."""

    tell: Callable[[str], None]
    asked: int = 0
    heard: int = 0

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal. Two signals from one key press, by a terminal and by `make`, count as two, as they do for the CLI."""
        self.asked += 1
        self.tell(FIRST if self.asked == 1 else SECOND)
        timer = threading.Timer(_ANSWER_SECONDS, self._pass_on, args=[self.asked])
        timer.daemon = True
        timer.start()

    def _pass_on(self, number: int) -> None:
        if self.heard < number:
            send_interrupt_to_cli()


def send_interrupt_to_cli() -> list[int]:
    """Send SIGINT to the Pulumi CLIs that this process started; returns their ids."""
    sent = []
    for child in psutil.Process().children():
        try:
            if child.name() == "pulumi":
                child.send_signal(signal.SIGINT)
                sent.append(child.pid)
        except psutil.NoSuchProcess:
            continue
    return sent


@contextmanager
def interruptible(tell: Callable[[str], None]) -> Iterator[Interruption]:
    """Installs the handlers for the time of one run. Must be entered in the main thread."""
    interruption = Interruption(tell=tell)
    before = {number: signal.signal(number, interruption.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
