"""The processes of the embedded platform."""

from console.health.report import ServiceHealth
from embedded.control import ServiceControl, ServiceState
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName


def observe_services(settings: EmbeddedSettings) -> tuple[ServiceHealth, ...]:
    """Look at each service. Never raises: what cannot be learnt is in the rows."""
    control = ServiceControl(settings)
    return tuple(_observe(control, service) for service in ServiceName)


def _observe(control: ServiceControl, service: ServiceName) -> ServiceHealth:
    seen = control.observe(service)
    runs = seen.state in (ServiceState.RUNNING, ServiceState.STARTING)
    return ServiceHealth(
        name=service,
        state=seen.state,
        process_id=seen.pid or None,
        uptime_seconds=seen.uptime_seconds if runs else None,
        ready=seen.ready,
        reason=seen.reason,
    )
