"""Whether the servers of a platform that somebody else runs answer. More is not known of them."""

from collections.abc import Callable
from dataclasses import replace

from components.access import Access
from flinksql.errors import FlinkSqlError
from flinksql.flink.gateway import GatewayClient
from platforms.health import ServiceHealth

_ANSWERS, _SILENT = "ANSWERS", "SILENT"


def observe_services(access: Access) -> tuple[ServiceHealth, ...]:
    """Ask both. Never raises: what cannot be learnt is in the rows."""
    gateway = replace(access.gateway, connect_seconds=access.connect_seconds, read_seconds=access.read_seconds)
    return (
        _observed("sql-gateway", lambda: GatewayClient(gateway).information()),
        _observed("job-manager", lambda: access.quick_jobmanager().overview()),
    )


def _observed(name: str, ask: Callable[[], object]) -> ServiceHealth:
    try:
        ask()
    except FlinkSqlError as error:
        return ServiceHealth(name=name, state=_SILENT, process_id=None, uptime_seconds=None, ready=False, reason=str(error))
    return ServiceHealth(name=name, state=_ANSWERS, process_id=None, uptime_seconds=None, ready=True)
