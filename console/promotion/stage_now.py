"""Whether the stage before is well at this moment, where the program could only read what was recorded of it.

A program knows another stack by its state alone. The command has that stack's own settings as well, and so the way into its cluster.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cluster.errors import ClusterError
from components.promotion import listed
from components.recorded_bundle import recorded_statements
from console.errors import ConsoleError
from console.project import Project
from flinksql.errors import FlinkSqlError
from platforms.base import Platform
from platforms.errors import PlatformError
from platforms.registry import platform_running
from platforms.stage_health import unwell
from platforms.state import StackState
from settings import SettingsError

Say = Callable[[str], None]


def require_well_now(source: Project, state: StackState | None, say: Say) -> None:
    """Refuse to promote from a stage whose jobs are not well. Raises ConsoleError.

    A cluster that cannot be reached from here says nothing of its jobs: then what was recorded counts, and `say` tells so.
    """
    statements = recorded_statements([(one.kind, one.outputs) for one in state.resources]) if state else {}
    if state is None or not statements:
        return
    try:
        platform = platform_running(state.outputs, source.settings())
        if platform.connect_to_stage(state.outputs) is not None:
            return  # The program has asked.
        found = _unwell(platform, state.outputs, statements)
    except (ClusterError, PlatformError, SettingsError, FlinkSqlError) as error:
        reason = str(error).partition(";")[0]
        say(f"Whether {source.stack} is well now is not known from here: {reason}. What its last `up` or `refresh` recorded counts.")
        return
    if found:
        told = listed([f"{name} is {condition}" for name, condition in found.items()])
        raise ConsoleError(
            f"stack {source.stack} is not well: {told}",
            advice=f"`python -m console --stack {source.stack} status` says what is wrong, and `up` there repairs it. To promote all the "
            f"same, let its state know first: `pulumi refresh -s {source.stack}`, then `promote --override REASON`",
        )


def _unwell(platform: Platform, outputs: Mapping[str, Any], statements: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return what is not well. Raises an error where the place itself cannot be reached."""
    platform.obstacles()
    return unwell(platform.connect(outputs), statements)
