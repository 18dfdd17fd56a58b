"""Whether this machine can run the embedded platform."""

from console.checks.finding import Finding
from embedded.preflight import preflight
from embedded.processes import marked
from embedded.settings import EmbeddedSettings


def check_platform(settings: EmbeddedSettings) -> list[Finding]:
    """Pass on the platform's own findings. What it lacks stops nothing while it runs already: it is there because it runs."""
    runs = bool(marked(settings.folder))
    return [Finding(subject="machine", ok=one.ok, what=one.what, fix=one.fix, blocks=not runs) for one in preflight(settings)]
