"""The program as a language host runs it, for a plain `pulumi`: a mistake is one message, and an interruption is silent.

The console runs the same program inside its own process and has its own way for both (console.driver).
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Never

import pulumi

from components.errors import SecondStateError
from components.names import PROJECT, PROJECT_FOLDER
from components.program import program
from components.providers.speech import KNOWN, with_advice

HAS_SPOKEN = 32
"""The exit code by which a Python program tells its language host that the user knows why it ends."""


def run() -> None:
    """Declare the stack. What a person can mend becomes one message, and SystemExit.

    After a RunError Pulumi adds "an unhandled error occurred: program exited with non-zero exit code: 1".
    """
    _end_silently_when_interrupted()
    try:
        require_one_state(os.environ, pulumi.get_stack())
        program()
    except KNOWN as error:
        pulumi.log.error(with_advice(error))
        sys.exit(HAS_SPOKEN)


def _end_silently_when_interrupted() -> None:
    """Have SIGINT end this process at once.

    The language host sends it when a resource failed, and a terminal when the user presses Ctrl-C. The engine has said why then. There is
    nothing to tidy up here, and Python would print a traceback for each thread that waits for the engine.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _end)


def _end(_number: int, _frame: FrameType | None) -> Never:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(HAS_SPOKEN)


def require_one_state(environment: Mapping[str, str], stack: str, root: Path = PROJECT_FOLDER) -> None:
    """Refuse a stack whose state lies in a folder below the project's.

    Pulumi takes the relative folder of `backend.url` from where it is started, and makes it there. Whoever did `pulumi stack init` in
    `sql` has a second stack of the same name, which would take over what the first one runs. Raises SecondStateError.
    """
    started = Path(environment.get("PWD") or root)
    if environment.get("PULUMI_BACKEND_URL") or started.resolve() == root.resolve():
        return
    if (started / ".data" / "state" / ".pulumi" / "stacks" / PROJECT / f"{stack}.json").is_file():
        raise SecondStateError(started, root)
