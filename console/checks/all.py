"""All checks of `doctor`, in the order in which a person would fix things."""

from console.checks.approvals import check_approvals
from console.checks.model import check_model
from console.checks.settings import check_bundle, check_settings
from console.checks.stack_resources import on_disk
from console.checks.toolchain import check_toolchain
from console.project import Project
from platforms.finding import Finding
from platforms.registry import platform_of


def examine(project: Project) -> list[Finding]:
    """Look at everything that `up` needs. Changes nothing but the links in the data folder's `toolchain`."""
    settings, findings = check_settings(project)
    findings.append(check_toolchain(project.data_folder))
    if settings is None:
        return findings
    platform = platform_of(settings)
    findings += check_bundle(project, settings)
    findings += check_approvals(project, settings)
    findings += platform.checks(on_disk(project))
    if platform.asks_model_server:
        findings.append(check_model(settings.model))
    return findings
