"""The program as a language host runs it, for a plain `pulumi`: a mistake is one message.

The console runs the same program inside its own process and has its own way (console.driver).
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.errors import FormerStateError, SecondStateError
from components.names import PROJECT, PROJECT_FOLDER
from components.program_errors import exit_without_traceback, print_under_a_language_host
from components.providers.reporting import KNOWN, with_advice
from platforms.errors import PlatformError
from platforms.process_environment import process_environment
from platforms.program import program

_FOR_PEOPLE: tuple[type[Exception], ...] = (*KNOWN, PlatformError)


def run() -> None:
    """Declare the stack. What a person can fix becomes one message, and SystemExit."""
    print_under_a_language_host()
    try:
        require_one_state(process_environment(), pulumi.get_stack())
        program()
    except _FOR_PEOPLE as error:
        exit_without_traceback(with_advice(error))


def require_one_state(environment: Mapping[str, str], stack: str, root: Path = PROJECT_FOLDER) -> None:
    """Refuse a stack that has a second state, which would take over what the first one runs.

    Pulumi takes the relative folder of `backend.url` from where it is started, and makes it there. Whoever did `pulumi stack init` in
    `sql` has a second stack of the same name; so has who did it where an earlier version keeps the stack in the data folder.
    Raises SecondStateError and FormerStateError.
    """
    if environment.get("PULUMI_BACKEND_URL"):
        return
    former = root / ".data" / "state"
    if _has_resources(former / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"):
        raise FormerStateError(former, root / ".state")
    started = Path(environment.get("PWD") or root)
    if started.resolve() == root.resolve():
        return
    if (started / ".state" / ".pulumi" / "stacks" / PROJECT / f"{stack}.json").is_file():
        raise SecondStateError(started, root)


def _has_resources(checkpoint: Path) -> bool:
    """Tell whether a stack's state knows anything; one that cannot be read counts."""
    try:
        latest = json.loads(checkpoint.read_text(encoding="utf-8"))["checkpoint"].get("latest") or {}
        return bool(latest.get("resources"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return True
