"""Whether the stack file and the SQL files can be used."""

from console.project import Project
from flinksql.errors import BundleError
from platforms.finding import Finding
from settings import Settings, SettingsError


def check_settings(project: Project) -> tuple[Settings | None, list[Finding]]:
    """Parse the stack file. Each mistake is a finding of its own; without settings nothing else can be looked at."""
    try:
        settings = project.settings()
    except SettingsError as error:
        return None, _settings_findings(project, error)
    return settings, [
        Finding(
            subject="settings",
            ok=True,
            what=f"{project.stack_file.name} is valid: {settings.platform}, {settings.bundle.name or 'default'} bundle",
        )
    ]


def check_bundle(project: Project, settings: Settings) -> list[Finding]:
    """Read the SQL files of the bundle. Each problem is a finding with its place."""
    from platforms.program import checked_bundle  # noqa: PLC0415  # the commands that only look start in half the time without it

    try:
        bundle = checked_bundle(settings, project.stack)
    except SettingsError as error:
        return _settings_findings(project, error)
    except BundleError as error:
        return [Finding(subject="SQL", ok=False, what=str(problem), fix="fix the file") for problem in error.problems]
    jobs = len(bundle.jobs())
    return [Finding(subject="SQL", ok=True, what=f"bundle {bundle.name}: {len(bundle.statements)} statements, {jobs} of them jobs")]


def _settings_findings(project: Project, error: SettingsError) -> list[Finding]:
    fix = f"fix it in {project.stack_file.name}"
    return [Finding(subject="settings", ok=False, what=problem, fix=fix) for problem in error.problems]
