"""What the engine above a provider process is doing. It does not tell its dynamic providers, but the command line that started it does.

So the console and a plain `pulumi` go one way: nobody has to hand anything to the provider.
"""

from collections.abc import Sequence
from enum import StrEnum

import psutil

CLI_NAMES = frozenset({"pulumi", "pulumi.exe"})

_DESTROY = frozenset({"destroy", "down", "dn"})
_UPDATE = frozenset({"up", "update"})
_COMMANDS = _DESTROY | _UPDATE | {"preview", "pre", "refresh", "import", "watch"}
_WITH_VALUE = frozenset({"-C", "--cwd", "-e", "--env", "--color", "-v", "--verbose", "--tracing", "--profiling", "--memprofilerate"})
"""Options that may stand before the command and take the next word."""
_PARTLY = ("-t", "--target", "-x", "--exclude")
"""With one of these, or one that begins like the long ones, not everything goes."""
_SKIP_PREVIEW = frozenset({"-f", "--skip-preview"})
_PREVIEW_ONLY = "--preview-only"
DIFF = "--diff"
_DRY_RUN = "--dry_run"
"""The argument by which a language host tells the program, in a process beside this one, whether this is a preview."""

_stands_for: list[int] = []
"""The process that the engine started in place of this one, where there is such a process."""


class Doing(StrEnum):
    """What a run is for."""

    UPDATING = "updating"
    """Things are made and changed now. A preview came before, or was not wanted."""
    DESTROYING = "destroying"
    """The whole stack goes."""
    UNKNOWN = "unknown"
    """A preview, a run that is for something else, or one of which nothing is known."""


def started_by(launcher: int) -> None:
    """Take note that this process stands for another one, which the engine started."""
    _stands_for.append(launcher)


def cli_above() -> psutil.Process | None:
    """Return the nearest CLI above this process. Raises psutil.Error."""
    return next((one for one in psutil.Process(*_stands_for).parents() if one.name() in CLI_NAMES), None)


def doing() -> Doing:
    """Tell what the CLI above this process is doing."""
    try:
        cli = cli_above()
        if cli is None:
            return Doing.UNKNOWN
        told = doing_of(cli.cmdline()[1:])
        return Doing.UPDATING if told is None and _program_runs_for_real(cli) else told or Doing.UNKNOWN
    except (psutil.Error, OSError):
        return Doing.UNKNOWN


def detailed() -> bool:
    """Tell whether the CLI above this process was asked for the whole of a diff (`--diff`)."""
    try:
        cli = cli_above()
        return cli is not None and DIFF in cli.cmdline()
    except (psutil.Error, OSError):
        return False


def doing_of(arguments: Sequence[str]) -> Doing | None:
    """Tell what the CLI's arguments say; None for an update that previews first, of which this may be either part."""
    command = _command(arguments)
    options = set(arguments)
    if _PREVIEW_ONLY in options:
        return Doing.UNKNOWN
    if command in _DESTROY:
        return Doing.UNKNOWN if any(one in _PARTLY or one.startswith(("--target", "--exclude")) for one in arguments) else Doing.DESTROYING
    if command in _UPDATE:
        return Doing.UPDATING if options & _SKIP_PREVIEW else None
    return Doing.UNKNOWN


def _command(arguments: Sequence[str]) -> str:
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif word in _COMMANDS:
            return word
        elif not word.startswith("-"):
            return ""
    return ""


def _program_runs_for_real(cli: psutil.Process) -> bool:
    for process in cli.children(recursive=True):
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if _DRY_RUN in words:
            return words[words.index(_DRY_RUN) + 1 :][:1] == ["false"]
    return False
