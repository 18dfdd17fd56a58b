"""The page of what is refused, and of the errors that people can act on."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.known_errors import MISTAKES
from console.reference.markdown import MADE, table
from flinksql.sql.unsupported import CREATE_REASONS, REASONS
from settings.project import PROJECT_FOLDER

_HEAD = f"""# Errors

{MADE}

A message says what failed, where and what to do. A script tells errors apart by the exit code, and a program by the class.

## Exit codes

They are part of the contract and are never numbered anew.
"""
_CLASSES = """
## Classes

What each command, and `pulumi` itself, shows without a traceback. Any other error is a defect, and its text asks for a report.
"""
_STATEMENTS = """
## Statements that a bundle cannot hold

`preview` refuses them at their place with this text; `adopt-script` leaves them out of a script.
"""
_ROOMS = ("flinksql", "embedded", "cluster", "settings", "components", "platforms", "console")
_CODE = re.compile(r"(?P<name>[A-Z_]+) = \d+\n(?:    \"\"\"(?P<meaning>.*?)\"\"\")?", re.DOTALL)


def errors_page() -> str:
    """Return docs/reference/errors.md."""
    meanings = {match["name"]: match["meaning"] or "done" for match in _CODE.finditer(inspect.getsource(ExitCode))}
    codes = table(["code", "name", "meaning"], [[str(int(one)), f"`{one.name}`", meanings[one.name]] for one in ExitCode])
    classes = table(["class", "is a", "meaning"], sorted(_row(one) for one in _classes()))
    refused = {**REASONS, **{f"CREATE {word}": reason for word, reason in CREATE_REASONS.items()}}
    statements = table(["statement", "what is said"], [[f"`{word}`", reason] for word, reason in sorted(refused.items())])
    return "\n".join([_HEAD, codes + _CLASSES, classes + _STATEMENTS, statements])


def _classes() -> Iterator[type[Exception]]:
    """Yield every error class of the product that is shown to people as it is."""
    for name in _modules(PROJECT_FOLDER):
        importlib.import_module(name)
    waiting: list[type[Exception]] = [*MISTAKES, ConsoleError]
    seen: set[type[Exception]] = set()
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += one.__subclasses__()
            if one.__module__.partition(".")[0] in _ROOMS:
                yield one


def _modules(root: Path) -> Iterator[str]:
    """Yield the modules that define errors. Only they are loaded: others may need what a machine does not have."""
    for room in _ROOMS:
        for module in pkgutil.walk_packages([str(root / room)], f"{room}."):
            file = root.joinpath(*module.name.split("."))
            source = file.with_suffix(".py") if file.with_suffix(".py").is_file() else file / "__init__.py"
            if re.search(r"^class \w+Error\(", source.read_text(encoding="utf-8"), re.MULTILINE):
                yield module.name


def _row(one: type[Exception]) -> list[str]:
    return [f"`{one.__name__}`", f"`{one.__mro__[1].__name__}`", (inspect.getdoc(one) or "").partition("\n\n")[0]]
