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
    KUBERNETES_UNAVAILABLE = "HTTP 503 with a Status body from the API server's service proxy"
    BAD_GATEWAY_PAGE = "HTTP 502 with a page of HTML from a proxy"
    TOO_MANY_REQUESTS = "HTTP 429 from a proxy that limits rates"
    REDIRECTED = "HTTP 302 to a page for logging in"
    NO_VERSION = "HTTP 404: the version is not served"
    OTHER_JSON = "JSON of another program"
    NOT_TEXT = "bytes that are no text"
    BODY_CUT = "fewer bytes than were promised, then the end"
    SLOW = "an answer that takes longer than a moment"
    TOO_SLOW = "an answer that takes longer than the caller waits"
    NEVER_READY = "a result that is never ready"
    OPERATION_LOST = "the operation is unknown"
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
