"""Commands that are imported when they are called: the list of commands, and so `--help`, needs none of them.

Measured: importing all of them loads 1,400 modules and takes 0.7 processor seconds; the list alone takes 0.15.
"""

import ast
import importlib
from pathlib import Path
from typing import Any, ClassVar

from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_group
from typer.models import CommandInfo

_PROJECT = Path(__file__).parents[1]
_Context = Any
_Command = Any
"""Typer's own types have no public names."""


class LazyCommands(TyperGroup):
    """A group whose commands are known by name. A subclass says in `modules` which module has which command."""

    modules: ClassVar[dict[str, str]]
    """Name of a command -> the module that has the function of this name, in the order of the list."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  # typer's own
        super().__init__(**settings)
        # Typer looks here for a name that is close to a misspelt one, and for no more.
        self.commands = dict.fromkeys(self.modules, TyperCommand(name=None))

    def get_command(self, ctx: _Context, cmd_name: str) -> _Command:
        """Return a command with its summary only, which is all that the list shows. None for a name that is none."""
        del ctx
        if cmd_name not in self.modules:
            return None
        return TyperCommand(name=cmd_name, help=_docstring(self.modules[cmd_name], _function(cmd_name)))

    def resolve_command(self, ctx: _Context, args: list[str]) -> tuple[Any, _Command, list[str]]:
        """Return the command that a command line names, whole."""
        name, found, rest = super().resolve_command(ctx, args)
        return (name, self.load(name), rest) if name in self.modules else (name, found, rest)

    def load(self, name: str) -> _Command:
        """Import a command of the list. A module with commands below its own has them in `GROUP`."""
        module = importlib.import_module(self.modules[name])
        group = getattr(module, "GROUP", None)
        if isinstance(group, Typer):
            made = get_group(group)
            made.name = name
            return made
        callback = getattr(module, _function(name))
        info = CommandInfo(name=name, callback=callback)
        return get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=self.rich_markup_mode)


class DefaultCommand(LazyCommands):
    """A group with a command that is meant where none is named: `savepoints copy` is `savepoints list copy`."""

    default: ClassVar[str]

    def parse_args(self, ctx: _Context, args: list[str]) -> list[str]:
        """Put the default command's name in front of what names none."""
        named = bool(args) and (args[0] in self.modules or args[0] in ctx.help_option_names)
        found: list[str] = super().parse_args(ctx, args if named else [self.default, *args])
        return found


def _function(command: str) -> str:
    return command.replace("-", "_")


def _docstring(module: str, function: str) -> str:
    """Read a function's docstring from its source, without the imports of its module."""
    source = _PROJECT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    found = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == function)
    return ast.get_docstring(found) or ""
