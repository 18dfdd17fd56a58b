"""What Flink's processes measure, for Prometheus: their reporter, the process that keeps the last values, Prometheus' configuration.

Flink's reporter that is scraped listens on every address of the machine, and no option changes that. The one that pushes is in the same
jar and names everything alike, so the values come to a process on the loopback address, and Prometheus asks that one.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from embedded.data_folder import DataFolder
from embedded.jars import Jar, locked_jars
from embedded.settings import EmbeddedSettings
from embedded.specification import Port, PythonProgram, ServiceName, Specification
from options.flink_lines import flink_line
from options.infrastructure import LOOPBACK, PORT_KEYS

MODULE = "embedded.push_gateway"
READY_PATH = "/ready"
ALERTS = Path("docs") / "monitoring" / "alerts.yml"
"""The alert rules, relative to the project's folder."""
PROJECT_LABEL = "flink-reviews"
"""What the names of the stack's jobs begin with (components.names.job_name)."""

REPORTING = (ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER)
"""The processes that report. The SQL Gateway's has no registry of metrics."""

_REPORTER = "metrics.reporter.prometheus"
_PUSH_SECONDS = 5
_KEPT_SECONDS = 20
"""How old values may be before they are not handed out any more: a process that ended must not look alive."""
_SCRAPE_SECONDS = 15
_STOP_SECONDS = 10


def jar_sets(settings: EmbeddedSettings) -> tuple[str, ...]:
    """Return the names of the jar sets that JobManager and TaskManager need to report; none without metrics."""
    return (flink_line(settings.flink.line).metrics_set,) if settings.metrics.enabled else ()


def reporter_jars(settings: EmbeddedSettings) -> tuple[Jar, ...]:
    """Return the jars of those sets."""
    return tuple(jar for name in jar_sets(settings) for jar in locked_jars(name))


def reporter_options(settings: EmbeddedSettings, service: ServiceName) -> Mapping[str, str | int]:
    """Return the options of Flink with which a process reports; none without metrics."""
    if not settings.metrics.enabled:
        return {}
    return {
        f"{_REPORTER}.factory.class": "org.apache.flink.metrics.prometheus.PrometheusPushGatewayReporterFactory",
        f"{_REPORTER}.hostUrl": f"http://{LOOPBACK}:{settings.ports.metrics}",
        f"{_REPORTER}.interval": f"{_PUSH_SECONDS} s",
        f"{_REPORTER}.jobName": "flink",
        f"{_REPORTER}.groupingKey": f"instance={service}",
        f"{_REPORTER}.randomJobNameSuffix": "false",
        f"{_REPORTER}.deleteOnShutdown": "true",
        # Otherwise the names of jobs lose their slashes, and with them what is the stack and what is the statement.
        f"{_REPORTER}.filterLabelValueCharacters": "false",
    }


def configuration_file(folder: DataFolder) -> Path:
    """Return the configuration with which Prometheus asks this stack's processes."""
    return folder.configuration(ServiceName.METRICS) / "prometheus.yml"


def prometheus_configuration(settings: EmbeddedSettings, *, alerts: Path) -> Mapping[str, Any]:
    """Return Prometheus' configuration: the targets, and the labels `stack`, `process` and `statement`."""
    ports, stack = settings.ports, settings.stack
    flink = [
        {
            "targets": [f"{LOOPBACK}:{ports.metrics}"],
            "labels": {"__metrics_path__": f"/metrics/job/flink/instance/{service}", "process": str(service), "stack": stack},
        }
        for service in REPORTING
    ]
    model = {"targets": [f"{LOOPBACK}:{ports.model_gateway}"], "labels": {"process": str(ServiceName.MODEL_GATEWAY), "stack": stack}}
    instance = {"source_labels": ["process"], "target_label": "instance"}
    statement = {"source_labels": ["job_name"], "regex": f"{PROJECT_LABEL}/[^/]+/(.+)", "target_label": "statement"}
    return {
        "global": {"scrape_interval": f"{_SCRAPE_SECONDS}s", "evaluation_interval": f"{_SCRAPE_SECONDS}s"},
        "rule_files": [str(alerts)],
        "scrape_configs": [
            {"job_name": "flink", "static_configs": flink, "relabel_configs": [instance], "metric_relabel_configs": [statement]},
            {"job_name": "model-gateway", "static_configs": [model], "relabel_configs": [instance]},
        ],
    }


def specification(settings: EmbeddedSettings, *, sources: Path) -> Specification:
    """Describe the process that keeps the last values. `sources` is the project's folder; a changed line of the module restarts it."""
    folder, port = settings.folder, settings.ports.metrics
    arguments = {"--host": LOOPBACK, "--port": port, "--kept-seconds": _KEPT_SECONDS}
    module = sources / f"{MODULE.replace('.', '/')}.py"
    wanted = prometheus_configuration(settings, alerts=sources / ALERTS)
    return Specification(
        service=ServiceName.METRICS,
        program=PythonProgram(
            module=MODULE,
            arguments=(*(str(part) for pair in arguments.items() for part in pair), *(str(service) for service in REPORTING)),
            sources=hashlib.sha256(module.read_bytes()).hexdigest(),
        ),
        environment={"PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"},
        files={configuration_file(folder): yaml.safe_dump(wanted, sort_keys=False)},
        ports=(Port(number=port, key=PORT_KEYS["metrics"]),),
        ready_when=f"what keeps the metrics answers on {LOOPBACK}:{port}",
        stop_seconds=_STOP_SECONDS,
    )
