"""From settings to the specification of each service."""

from pathlib import Path

from embedded import flink, flink_ui, kafka, llamacpp, metrics, model
from embedded.jars import Jar, locked_jars
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName, Specification
from options.flink_lines import BROKER, flink_line

_ROOT = Path(__file__).resolve().parent.parent


def specification(service: ServiceName, settings: EmbeddedSettings) -> Specification:
    """Describe how a service is run under these settings. The same settings and code give the same value.

    Raise SettingsError when the Flink line is unknown and ArtifactError when the jar lock is malformed.
    """
    match service:
        case ServiceName.KAFKA:
            return kafka.specification(settings)
        case ServiceName.JOB_MANAGER:
            return flink.job_manager(settings)
        case ServiceName.TASK_MANAGER:
            return flink.task_manager(settings)
        case ServiceName.SQL_GATEWAY:
            return flink.sql_gateway(settings)
        case _:
            return _python_service(service, settings)


def _python_service(service: ServiceName, settings: EmbeddedSettings) -> Specification:
    if service is ServiceName.MODEL_GATEWAY:
        return model.specification(settings, sources=_ROOT / model.MODULE)
    if service is ServiceName.MODEL_SERVER:
        return llamacpp.specification(settings, sources=_ROOT)
    if service is ServiceName.METRICS:
        return metrics.specification(settings, sources=_ROOT)
    return flink_ui.specification(settings, sources=_ROOT / flink_ui.MODULE)


def services_of(settings: EmbeddedSettings) -> tuple[ServiceName, ...]:
    """List the services that these settings ask for."""
    optional = {
        ServiceName.MODEL_SERVER: llamacpp.wanted(settings.model),
        ServiceName.FLINK_UI: flink_ui.wanted(settings),
        ServiceName.METRICS: settings.metrics.enabled,
    }
    return tuple(one for one in ServiceName if optional.get(one, True))


def jars_for(service: ServiceName, settings: EmbeddedSettings) -> tuple[Jar, ...]:
    """List the jars that a service needs to start."""
    line = flink_line(settings.flink.line)
    match service:
        case ServiceName.KAFKA:
            sets: tuple[str, ...] = (BROKER,)
        case ServiceName.JOB_MANAGER | ServiceName.TASK_MANAGER:
            sets = (line.cluster_set, line.distribution_set, line.extension_set, *metrics.jar_sets(settings), *settings.extra_sets)
        case ServiceName.SQL_GATEWAY:
            sets = (line.cluster_set, line.distribution_set, line.extension_set, line.gateway_set, *settings.extra_sets)
        case ServiceName.MODEL_GATEWAY | ServiceName.MODEL_SERVER | ServiceName.FLINK_UI | ServiceName.METRICS:
            sets = ()
    more = settings.jars if line.cluster_set in sets else ()
    return (*(jar for name in sets for jar in locked_jars(name)), *more)
