"""The processes of the embedded platform."""

from components.ended_services import EndedService, ended_services
from embedded.control import ServiceControl, ServiceState
from embedded.services import services_of
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.flink.jobmanager import JobManagerClient
from platforms.health import ServiceHealth


def observe_services(settings: EmbeddedSettings, jobmanager: JobManagerClient) -> tuple[ServiceHealth, ...]:
    """Look at each service. Never raises: what cannot be learnt is in the rows."""
    control = ServiceControl(settings)
    ended = {one.service: one for one in ended_services(settings, jobmanager)}
    return tuple(_observe(control, service, ended.get(service)) for service in services_of(settings))


def _observe(control: ServiceControl, service: ServiceName, ended: EndedService | None) -> ServiceHealth:
    seen = control.observe(service)
    runs = seen.state in (ServiceState.RUNNING, ServiceState.STARTING)
    return ServiceHealth(
        name=service,
        state=seen.state,
        process_id=seen.pid or None,
        uptime_seconds=seen.uptime_seconds if runs else None,
        ready=seen.ready,
        reason=seen.reason,
        ended=f"{ended.what}; what helps: {ended.fix}" if ended else "",
        ends_again=ended is not None and ended.again,
    )
