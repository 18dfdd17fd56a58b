"""Asking each source of the page in a thread of its own, at most so often, however many pages are open.

Nobody is asked while no page is open. A source that fails keeps its last value, which is then marked with its age.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from console.errors import ConsoleError
from console.known_errors import MISTAKES

IDLE_SECONDS = 20.0
"""After so long without a request from a page, nothing is asked."""
_SHARE = 2.0
"""A slow source rests so many times as long as its last answer took: no source is asked for more than a third of the time."""

Listener = Callable[[str, Any, float], None]
"""Hears of each new value: the source's name, the value, its Unix time."""


def _no_trouble(_value: object) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Something to be asked. `seconds` is the shortest pause between two questions.

    `trouble` says why a value is not worth showing, for sources that answer with rows of unknowns instead of raising; else it is empty.
    """

    name: str
    seconds: float
    ask: Callable[[], Any]
    trouble: Callable[[Any], str] = _no_trouble


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is known of a source: its newest good value, the Unix time of that value, and why the newest try gave none.

    `at` is None before the first good value.
    """

    value: Any = field(default=None, repr=False)
    at: float | None = None
    error: str = ""


class Collector:
    """The readings of all sources. Safe to use from any thread."""

    def __init__(self, sources: Iterable[Source], listener: Listener | None = None, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._sources = tuple(sources)
        self._listener = listener
        self._idle_seconds = idle_seconds
        self._changed = threading.Condition()
        self._readings = {one.name: Reading() for one in self._sources}
        self._revision = 0
        self._wanted_at = time.monotonic()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to ask. The threads end with the process: a question that is never answered holds nobody up."""
        for source in self._sources:
            threading.Thread(target=self._work, args=(source,), name=f"source {source.name}", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    def want(self) -> None:
        """Note that a page is open."""
        with self._changed:
            self._wanted_at = time.monotonic()
            self._changed.notify_all()

    def read(self) -> tuple[int, Mapping[str, Reading]]:
        """Return the revision, which grows with every change, and the readings by the names of their sources."""
        with self._changed:
            return self._revision, dict(self._readings)

    def _work(self, source: Source) -> None:
        while not self._stopped.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._stopped.is_set() or self._is_wanted())
            if self._stopped.is_set():
                return
            began = time.monotonic()
            self._ask(source)
            self._stopped.wait(max(source.seconds, (time.monotonic() - began) * _SHARE))

    def _is_wanted(self) -> bool:
        return time.monotonic() - self._wanted_at < self._idle_seconds

    def _ask(self, source: Source) -> None:
        try:
            value = source.ask()
            problem = source.trouble(value)
        except Exception as error:  # noqa: BLE001  # whatever happens to a source, the page goes on
            value, problem = None, problem_text(error)
        at = time.time()
        with self._changed:
            before = self._readings[source.name]
            if not problem:
                self._readings[source.name] = Reading(value=value, at=at)
            elif before.at is None and value is not None:
                # Rows that say what is unknown are better than none.
                self._readings[source.name] = Reading(value=value, error=problem)
            else:
                self._readings[source.name] = replace(before, error=problem)
            self._revision += 1
        if not problem and self._listener is not None:
            self._listener(source.name, value, at)


def problem_text(error: Exception) -> str:
    """Say what failed and what to do. An error that nobody foresaw is named as a bug."""
    if isinstance(error, (ConsoleError, *MISTAKES)):
        advice = str(getattr(error, "advice", ""))
        return f"{error}; {advice}" if advice else str(error)
    return f"this is a bug in the console: {type(error).__name__}: {error}"
