"""Ctrl-C and SIGTERM outside a run of the engine: an exception in the main thread that nothing swallows.

A handler runs between any two instructions. So its exception may arise below an `except Exception`, in a callback of the interpreter, which
prints it and goes on, or inside an import, whose locks the other threads then wait for in vain.
"""

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from types import FrameType

_AGAIN_SECONDS = 0.05
_LONGEST_IMPORT_SECONDS = 5.0
"""An import that takes longer is interrupted: it may hang."""
_IMPORTS = "<frozen importlib._bootstrap>"


class StoppedError(BaseException):
    """Ctrl-C or SIGTERM. No Exception, so that no fallback for a failure takes it for one."""


def stop_on_signals() -> None:
    """Raise StoppedError in the main thread at SIGINT and SIGTERM from now on. Must be called in the main thread."""
    stop = _Stop()
    signal.signal(signal.SIGINT, stop.handle)
    signal.signal(signal.SIGTERM, stop.handle)
    earlier = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, StoppedError):
            _send_again(signal.SIGTERM)
        else:
            earlier(unraisable)

    sys.unraisablehook = hook


@dataclass(kw_only=True)
class _Stop:
    waits_until: float | None = None
    """In monotonic seconds: when a signal that came during an import is raised at the latest."""

    def handle(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if _is_importing(frame) and now < (self.waits_until or now + 1):
            self.waits_until = self.waits_until or now + _LONGEST_IMPORT_SECONDS
            _send_again(number)
            return
        self.waits_until = None
        raise StoppedError


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORTS:
            return True
        frame = frame.f_back
    return False


def _send_again(number: int) -> None:
    timer = threading.Timer(_AGAIN_SECONDS, os.kill, args=[os.getpid(), number])
    timer.daemon = True
    timer.start()
