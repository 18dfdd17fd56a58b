"""The page of the commands, from the command line itself."""

import inspect
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from console.app import Commands, app
from console.lazy_commands import LazyCommands
from console.reference.markdown import MADE, table

_Parameter = Any
"""Typer's own types have no public names."""
_HELP = "help"
_KINDS = {int: "NUMBER", float: "NUMBER"}


def commands_page() -> str:
    """Return docs/reference/commands.md."""
    group = get_command(app)
    if not isinstance(group, Commands):
        raise TypeError("the command line has another group of commands than it says")
    head = f"# Commands\n\n{MADE}\n\n`python -m console [--stack STACK] COMMAND`\n\n{_prose(group.help or '')}\n"
    general = table(["option", "default", "meaning"], [_row(one) for one in group.params if one.name != _HELP])
    return "\n".join([head, general, *(section for name in group.modules for section in _sections(name, group.load(name)))])


def _sections(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401  # typer's own
    """Yield a command's section, and those of the commands below it."""
    yield _section(name, command)
    if isinstance(command, LazyCommands):
        for below in command.modules:
            yield from _sections(f"{name} {below}", command.load(below))


def _section(name: str, command: Any) -> str:  # noqa: ANN401  # typer's own
    given = [one for one in command.params if one.name != _HELP]
    usage = " ".join([f"`python -m console {name}", *(_usage(one) for one in given if one.param_type_name == "argument")]) + "`"
    rows = table(["option", "default", "meaning"], [_row(one) for one in given]) if given else ""
    return f"## {name}\n\n{usage}\n\n{_prose(command.help or '')}\n" + (f"\n{rows}" if rows else "")


def _usage(parameter: _Parameter) -> str:
    name = _metavar(parameter)
    return name if parameter.required else f"[{name}]"


def _metavar(parameter: _Parameter) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _row(parameter: _Parameter) -> list[str]:
    if parameter.param_type_name == "argument":
        return [f"`{_metavar(parameter)}`", _default(parameter), parameter.help or ""]
    names = "/".join([*parameter.opts, *parameter.secondary_opts])
    value = "" if parameter.is_flag else f" {_value(parameter)}"
    return [f"`{names}{value}`", _default(parameter), parameter.help or ""]


def _value(parameter: _Parameter) -> str:
    kind = parameter.type_descriptor.annotation
    return str(parameter.metavar or _KINDS.get(kind, "TEXT"))


def _default(parameter: _Parameter) -> str:
    default = parameter.default
    return "" if default in (None, "", False, ()) or parameter.required else f"`{default}`"


def _prose(text: str) -> str:
    return "\n".join(_unwrapped(inspect.cleandoc(text)))


def _unwrapped(text: str) -> Iterator[str]:
    """Yield paragraphs, each on one line, with an empty one between two."""
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        yield " ".join(paragraph.split())
