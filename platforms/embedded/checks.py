"""Whether this machine can run the embedded platform."""

from components.ended_services import ended_services
from embedded.preflight import obstacles, preflight
from embedded.processes import marked
from embedded.settings import EmbeddedSettings
from platforms.embedded.access import quick_job_manager
from platforms.finding import Finding
from settings import Settings


def check_machine(settings: Settings) -> list[Finding]:
    """Pass on the platform's own findings. Memory and disk stop nothing while it runs already: it has what it needs."""
    runs = bool(marked(settings.embedded.folder))
    return [*_machine(settings.embedded, runs=runs), *(_ended(settings) if runs else ())]


def in_the_way(settings: Settings) -> list[Finding]:
    """Return what would keep the processes from starting."""
    return [Finding(subject="machine", ok=False, what=one.what, fix=one.fix) for one in obstacles(settings.embedded)]


def _machine(settings: EmbeddedSettings, *, runs: bool) -> list[Finding]:
    return [
        Finding(subject="machine", ok=one.ok, what=one.what, fix=one.fix, blocks=not (runs and one.only_to_start))
        for one in preflight(settings)
    ]


def _ended(settings: Settings) -> list[Finding]:
    """Name what ended by itself within the last hour. `up` can work all the same."""
    return [
        Finding(subject="service", ok=False, blocks=False, what=f"{one.service} {one.what}", fix=one.fix)
        for one in ended_services(settings.embedded, quick_job_manager(settings))
    ]
