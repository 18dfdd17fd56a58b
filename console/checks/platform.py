"""Whether this machine can run the embedded platform."""

from console.checks.finding import Finding
from embedded.preflight import preflight
from embedded.processes import marked
from embedded.settings import EmbeddedSettings


def check_platform(settings: EmbeddedSettings) -> list[Finding]:
    """Pass on the platform's own findings. Memory and disk stop nothing while it runs already: it has what it needs."""
    runs = bool(marked(settings.folder))
    return [
        Finding(subject="machine", ok=one.ok, what=one.what, fix=one.fix, blocks=not (runs and one.only_to_start))
        for one in preflight(settings)
    ]
