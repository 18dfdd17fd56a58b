"""What the last run of the engine left undone: a cluster in which everything runs can still run something else than the files say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from console.driver.backend import FileBackend, file_backend
from console.errors import ConsoleError
from console.project import Project
from console.toolchain.environment import environment
from flinksql.errors import FlinkSqlError
from platforms.state import StackState
from settings import SettingsError

_UPDATE = "update"
_COMMANDS: Mapping[str, str] = {_UPDATE: "up", "destroy": "down"}
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class DeploymentHealth:
    """The end of the last run that changed something. `reason` is empty when it succeeded, or when there is no record of one.

    `missing` are statements of the bundle that were never made, `outdated` those that are still what they were; both by file.
    """

    reason: str = ""
    missing: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Nothing is known to be left undone."""
        return not self.reason


def observe_deployment(project: Project) -> DeploymentHealth:
    """Look how the last run ended and, when it failed, what of the bundle is not deployed. Never raises."""
    backend = _backend(project)
    record = backend.last_run() if backend else {}
    command = _COMMANDS.get(str(record.get("kind")))
    if backend is None or command is None or record.get("result") != "failed":
        return DeploymentHealth()
    when = datetime.fromtimestamp(float(record.get("endTime") or 0), tz=UTC).isoformat(timespec="seconds")
    failed = f"the last `{command}` failed ({when})"
    state = backend.state()
    if command != _COMMANDS[_UPDATE] or state is None:
        return DeploymentHealth(reason=f"{failed}: run it again")
    try:
        missing, outdated = _differences(project, state)
    except (SettingsError, FlinkSqlError):
        return DeploymentHealth(reason=f"{failed}, and the bundle cannot be read: `preview` says why")
    return DeploymentHealth(reason=_reason(failed, missing, outdated), missing=missing, outdated=outdated)


def _backend(project: Project) -> FileBackend | None:
    try:
        return file_backend(environment(project)["PULUMI_BACKEND_URL"], project.stack)
    except ConsoleError:
        return None


def _reason(failed: str, missing: tuple[str, ...], outdated: tuple[str, ...]) -> str:
    parts = [f"not deployed: {_listed(missing)}"] if missing else []
    parts += [f"changed and still as before: {_listed(outdated)}"] if outdated else []
    return f"{failed}; {'; '.join(parts)}. `preview` says what is wrong" if parts else f"{failed}: run it again"


def _listed(files: tuple[str, ...]) -> str:
    shown = ", ".join(files[:_NAMED])
    return shown if len(files) <= _NAMED else f"{shown} and {len(files) - _NAMED} more"


def _differences(project: Project, state: StackState) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files of statements that are not in the state, and of those that are there with another definition."""
    # They load Pulumi, which the other answers do not need.
    from flinksql.sql import definition_hash  # noqa: PLC0415
    from platforms.pipeline import definitions  # noqa: PLC0415
    from platforms.program import checked_bundle  # noqa: PLC0415

    settings = project.settings()
    wanted = definitions(settings, checked_bundle(settings, project.stack), project.stack)
    made = {resource.name: resource.definition_hash for resource in state.resources if resource.definition_hash}
    missing = tuple(one.statement.file for name, one in sorted(wanted.items()) if name not in made)
    outdated = tuple(one.statement.file for name, one in sorted(wanted.items()) if name in made and made[name] != definition_hash(one))
    return missing, outdated
