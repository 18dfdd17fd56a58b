"""Whether the stack file and the SQL files can be used."""

from components.endpoints import embedded_endpoints
from components.errors import SettingsError
from components.parameters import load_bundle
from components.settings import Settings
from console.checks.finding import Finding
from console.project import Project
from flinksql.errors import BundleError


def check_settings(project: Project) -> tuple[Settings | None, list[Finding]]:
    """Parse the stack file. Each mistake is a finding of its own; without settings nothing else can be looked at."""
    try:
        settings = project.settings()
    except SettingsError as error:
        fix = f"mend it in {project.stack_file.name}"
        return None, [Finding(subject="settings", ok=False, what=problem, fix=fix) for problem in error.problems]
    return settings, [
        Finding(subject="settings", ok=True, what=f"{project.stack_file.name} is valid: {settings.platform}, bundle {settings.bundle.name}")
    ]


def check_bundle(settings: Settings) -> list[Finding]:
    """Read the SQL files of the bundle. Each problem is a finding with its place."""
    try:
        bundle = load_bundle(settings, embedded_endpoints(settings))
    except BundleError as error:
        return [Finding(subject="SQL", ok=False, what=str(problem), fix="mend the file") for problem in error.problems]
    jobs = len(bundle.jobs())
    return [
        Finding(subject="SQL", ok=True, what=f"bundle {settings.bundle.name}: {len(bundle.statements)} statements, {jobs} of them jobs")
    ]
