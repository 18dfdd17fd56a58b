"""The ways in which a Flink REST server can let its caller down, armed for chosen calls."""

import re
import threading
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What happens to a call."""

    REPLY_DROPPED = "reply dropped after the work was done"
    RESET = "connection reset before anything was done"
    GARBAGE = "HTML instead of JSON"
    EMPTY = "empty body"
    TRUNCATED = "JSON cut in the middle"
    STACK_TRACE = "HTTP 500 with an unknown exception"
    TOO_LARGE = "HTTP 413 without a body"
    UNAVAILABLE = "HTTP 503 from a proxy"
    SESSION_VANISHED = "the session is unknown"
    JOBMANAGER_DOWN = "the gateway cannot reach the JobManager"


@dataclass(kw_only=True)
class ArmedFault:
    """A fault for the next `times` calls whose `METHOD path` matches, after letting `skip` of them pass."""

    fault: Fault
    pattern: re.Pattern[str]
    times: int
    skip: int


class Faults:
    """The armed faults of a server. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[ArmedFault] = []

    def arm(self, fault: Fault, pattern: str, *, times: int = 1, skip: int = 0) -> None:
        """Let calls fail. `pattern` is searched in `METHOD /path`."""
        with self._lock:
            self._armed.append(ArmedFault(fault=fault, pattern=re.compile(pattern), times=times, skip=skip))

    def disarm(self) -> None:
        """Behave from now on."""
        with self._lock:
            self._armed.clear()

    def next_for(self, call: str) -> Fault | None:
        """Return what happens to a call, and count it."""
        with self._lock:
            for armed in self._armed:
                if armed.times > 0 and armed.pattern.search(call):
                    if armed.skip > 0:
                        armed.skip -= 1
                        continue
                    armed.times -= 1
                    return armed.fault
        return None
