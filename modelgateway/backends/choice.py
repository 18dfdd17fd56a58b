"""Which backend a setting means."""

from modelgateway.backends.backend import Backend
from modelgateway.backends.offline import OfflineBackend
from modelgateway.backends.upstream import UpstreamBackend
from modelgateway.metrics import Metrics
from modelgateway.settings import ModelKind, Settings


def choose_backend(settings: Settings, metrics: Metrics) -> Backend:
    """Make the backend of this gateway, not yet connected to anything."""
    if settings.kind is ModelKind.OFFLINE:
        return OfflineBackend()
    return UpstreamBackend(settings, metrics)
