"""Failing the program with one message, also from within an `apply`, which runs when the program itself has returned.

The console's engine shows a RunError as it is. After one under a language host Pulumi adds "an unhandled error occurred: program exited
with non-zero exit code: 1". There the message is logged, and the exit code says that nothing more is to be said.
"""

import sys
from collections.abc import Callable
from typing import Never

import pulumi

from components.interruption import HAS_SPOKEN

Fail = Callable[[str], Never]


def _raise(message: str) -> Never:
    raise pulumi.RunError(message)


def exit_without_traceback(message: str) -> Never:
    """Log the message and end this process's program. Pulumi logs at once, so nothing is lost."""
    pulumi.log.error(message)
    sys.exit(HAS_SPOKEN)


_fail: Fail = _raise


def fail(message: str) -> Never:
    """Fail the run. Raises RunError, or SystemExit under a language host."""
    _fail(message)


def print_under_a_language_host() -> None:
    """Have `fail` end the process from now on: its program is the language host's."""
    global _fail  # noqa: PLW0603  # one program in one process
    _fail = exit_without_traceback
