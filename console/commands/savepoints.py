"""`savepoints`: the group of commands about what jobs can be restored from."""

from typing import ClassVar

import typer

from console.lazy_commands import DefaultCommand


class SavepointCommands(DefaultCommand):
    """The commands below `savepoints`. Without one it shows which there are."""

    default: ClassVar = "show"
    modules: ClassVar = {
        "show": "console.commands.savepoints_show",
        "take": "console.commands.savepoints_take",
        "restore": "console.commands.savepoints_restore",
        "delete": "console.commands.savepoints_delete",
    }


GROUP = typer.Typer(cls=SavepointCommands, add_completion=False, context_settings={"help_option_names": ["--help", "-h"]})


@GROUP.callback()
def savepoints() -> None:
    """Show, take, restore and delete savepoints. `savepoints [STATEMENT]` is `savepoints show [STATEMENT]`."""
