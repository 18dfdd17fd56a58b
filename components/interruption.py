"""What SIGINT does to the program under a language host. Imports little: it is in force before everything else is imported."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Never

HAS_SPOKEN = 32
"""The exit code by which a Python program tells its language host that the user knows why it ends."""


def end_silently_when_interrupted() -> None:
    """Have SIGINT end this process at once.

    The language host sends it when a resource failed, and a terminal when the user presses Ctrl-C. The engine has said why then. There is
    nothing to tidy up here, and Python would print a traceback for each thread that waits for the engine.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _end)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt for SIGINT within the block, for a part of the program that has processes to stop."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not _end:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        _end(signal.SIGINT, None)
    finally:
        signal.signal(signal.SIGINT, _end)


def _end(_number: int, _frame: FrameType | None) -> Never:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(HAS_SPOKEN)
