"""What is looked at before the engine starts, so that a mistake is told whole, in its own words, and leaves nothing behind.

The engine checks types by itself, one key at a time and in words of its own, after it has made the stack; a port that is taken would show
after the first processes run.
"""

from cluster.errors import ClusterError
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import PROJECT, Project
from embedded.preflight import obstacles
from settings import PlatformKind, Settings, SettingsError


def require_declarable(project: Project) -> Settings:
    """Read settings and SQL files. Raises ConsoleError with every mistake in the settings, BundleError with every one in the SQL."""
    from components.program import checked_bundle  # noqa: PLC0415  # the commands that only look start in half the time without it

    try:
        settings = project.settings()
        checked_bundle(settings, project.stack)
    except SettingsError as error:
        raise ConsoleError(str(error), advice=_where(project)) from error
    return settings


def require_startable(project: Project) -> None:
    """Look at what `require_declarable` does, and at the machine. Raises ConsoleError with each thing that is in the way, and its fix."""
    settings = require_declarable(project)
    if settings.platform is PlatformKind.KUBERNETES:
        _require_cluster(settings)
    found = obstacles(settings.embedded) if settings.platform is PlatformKind.EMBEDDED else []
    if found:
        lines = [f"  {finding.what}\n  → {finding.fix}" for finding in found]
        raise ConsoleError(
            "\n".join(["this machine cannot run the stack as it is:", *lines]),
            advice=_where(project),
            exit_code=ExitCode.UNHEALTHY,
        )


def _require_cluster(settings: Settings) -> None:
    from cluster.api_server import connect  # noqa: PLC0415  # see console.reach

    where = settings.kubernetes.cluster
    try:
        connect(where.context, where.kubeconfig).read("/version")
    except ClusterError as error:
        raise ConsoleError(f"{error}; nothing was started or changed", advice=error.advice, exit_code=ExitCode.UNHEALTHY) from error


def _where(project: Project) -> str:
    """Say where a key is changed: `pulumi config set` knows the stack only after the first `up`."""
    return f"nothing was started or changed; the settings are in {project.stack_file.name}, as `{PROJECT}:<key>: <value>` below `config:`"
