"""Whether this machine can run the embedded platform."""

from components.ended_services import ended_services
from console.checks.finding import Finding
from console.health.jobs import job_manager
from embedded.preflight import preflight
from embedded.processes import marked
from embedded.settings import EmbeddedSettings


def check_platform(settings: EmbeddedSettings) -> list[Finding]:
    """Pass on the platform's own findings. Memory and disk stop nothing while it runs already: it has what it needs."""
    runs = bool(marked(settings.folder))
    return [*_machine(settings, runs=runs), *(_ended(settings) if runs else ())]


def _machine(settings: EmbeddedSettings, *, runs: bool) -> list[Finding]:
    return [
        Finding(subject="machine", ok=one.ok, what=one.what, fix=one.fix, blocks=not (runs and one.only_to_start))
        for one in preflight(settings)
    ]


def _ended(settings: EmbeddedSettings) -> list[Finding]:
    """Name what ended by itself within the last hour. `up` can work all the same."""
    client = job_manager(settings.job_manager_url, settings.data_folder)
    return [
        Finding(subject="service", ok=False, blocks=False, what=f"{one.service} {one.what}", fix=one.fix)
        for one in ended_services(settings, client)
    ]
