"""All checks of `doctor`, in the order in which a person would mend things."""

from console.checks.approvals import check_approvals
from console.checks.finding import Finding
from console.checks.model import check_model
from console.checks.platform import check_platform
from console.checks.settings import check_bundle, check_settings
from console.checks.toolchain import check_toolchain
from console.project import Project
from settings import PlatformKind, Settings


def examine(project: Project) -> list[Finding]:
    """Look at everything that `up` needs. Changes nothing but the links in the data folder's `toolchain`."""
    settings, findings = check_settings(project)
    findings.append(check_toolchain(project.data_folder))
    if settings is None:
        return findings
    findings += check_bundle(project, settings)
    findings += check_approvals(project, settings)
    if settings.platform is PlatformKind.EMBEDDED:
        findings += check_platform(settings.embedded)
    else:
        findings += _on_kubernetes(project, settings)
    if settings.platform is PlatformKind.EMBEDDED or not settings.kubernetes.model_server.deployed:
        findings.append(check_model(settings.model))
    return findings


def _on_kubernetes(project: Project, settings: Settings) -> list[Finding]:
    from console.checks.cluster import check_cluster  # noqa: PLC0415
    from console.checks.image_builds import check_building  # noqa: PLC0415  # see console.reach

    return [*check_building(settings, project.data_folder), *check_cluster(project, settings), *_elsewhere(settings)]


def _elsewhere(settings: Settings) -> list[Finding]:
    """Ask the external broker, and the registry for images that are not built here."""
    from components.kubernetes.prerequisites import broker_problems, image_problems  # noqa: PLC0415  # see console.reach

    found = [Finding(subject="broker", ok=False, what=one, fix="check `kafka.bootstrap`") for one in broker_problems(settings)]
    return found + [Finding(subject="image", ok=False, what=one, fix="push or copy it") for one in image_problems(settings, None)]
