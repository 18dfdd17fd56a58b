"""What is looked at before the engine starts, so that a mistake is told whole, in its own words, and leaves nothing behind.

The engine checks types by itself, one key at a time and in words of its own, after it has made the stack; a port that is taken would show
after the first processes run.
"""

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import PROJECT, Project
from platforms.registry import platform_of
from settings import Settings, SettingsError


def require_declarable(project: Project) -> Settings:
    """Read settings and SQL files. Raises ConsoleError with every mistake in the settings, BundleError with every one in the SQL."""
    from platforms.program import checked_bundle  # noqa: PLC0415  # the commands that only look start in half the time without it

    try:
        settings = project.settings()
        checked_bundle(settings, project.stack)
    except SettingsError as error:
        raise ConsoleError(str(error), advice=_where(project)) from error
    return settings


def require_startable(project: Project) -> None:
    """Look at what `require_declarable` does, and at the machine. Raises ConsoleError with each thing that is in the way, and its fix."""
    settings = require_declarable(project)
    found = platform_of(settings).obstacles()
    if found:
        lines = [f"  {finding.what}\n  → {finding.fix}" for finding in found]
        raise ConsoleError(
            "\n".join(["this machine cannot run the stack as it is:", *lines]),
            advice=_where(project),
            exit_code=ExitCode.UNHEALTHY,
        )


def _where(project: Project) -> str:
    """Say where a key is changed: `pulumi config set` knows the stack only after the first `up`."""
    return f"nothing was started or changed; the settings are in {project.stack_file.name}, as `{PROJECT}:<key>: <value>` below `config:`"
