"""Flink's three processes: JobManager, TaskManager and SQL Gateway, each run from Flink's plain modules by its main class.

Each has its own configuration folder, so that a changed setting restarts only the processes that read it.
The effect of each key on a small cluster was measured with 2.1.2 and 2.2.1.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from embedded import jvm, metrics
from embedded.certificates import STORE_PASSWORD, certificates_of
from embedded.settings import EmbeddedSettings
from embedded.specification import JavaProgram, Port, ServiceName, Specification
from options.flink_lines import flink_line
from options.infrastructure import LOOPBACK, PORT_KEYS

Options = Mapping[str, str | int]

_JOB_MANAGER_HEAP_MEGABYTES = 160
_SQL_GATEWAY_HEAP_MEGABYTES = 192

_TASK_MANAGER_DIRECT_MEGABYTES = 192
_FRAMEWORK_HEAP_MEGABYTES = 64
_OFF_HEAP_MEGABYTES = 64 + 64 + 32 + 128 + 192 + 192
"""The sum of the parts below. The rest of `flink.taskManagerMemory` is heap."""

_TASK_MANAGER_MEMORY: Options = {
    # A TaskManager that is run by its main class computes nothing: each part of its memory must be set.
    "taskmanager.cpu.cores": "2.0",
    "taskmanager.memory.framework.heap.size": f"{_FRAMEWORK_HEAP_MEGABYTES}m",
    "taskmanager.memory.framework.off-heap.size": "64m",
    "taskmanager.memory.task.off-heap.size": "64m",
    "taskmanager.memory.network.min": "32m",
    "taskmanager.memory.network.max": "32m",
    # Allocated only when a window asks for it. Without it a window aggregate fails with a NullPointerException.
    "taskmanager.memory.managed.size": "128m",
    # Only displayed, but required.
    "taskmanager.memory.jvm-metaspace.size": "192m",
    "taskmanager.memory.jvm-overhead.min": "192m",
    "taskmanager.memory.jvm-overhead.max": "192m",
}


def job_manager(settings: EmbeddedSettings) -> Specification:
    """Describe the JobManager's process. Without high availability it keeps no job ids, so it accepts one again after a restart."""
    options: Options = {
        **_cluster(settings),
        **_jobs(settings),
        **metrics.reporter_options(settings, ServiceName.JOB_MANAGER),
        "rest.bind-address": LOOPBACK,
        "rest.bind-port": settings.ports.job_manager,
        "jobmanager.bind-host": LOOPBACK,
        "blob.server.port": settings.ports.job_manager_blob,
        # The REST API serves task states from a cache of this age; the default of 3 s shows a stopped job as running.
        "web.refresh-interval": 100,
        # Record counts are fetched from the TaskManagers on request, at most once in this time; the default is 10 s.
        "metrics.fetcher.update-interval": 1000,
        "web.submit.enable": "false",
        # The JobManager keeps the whole text of each failure, more than once. With records of a megabyte in them, Flink's default of 16
        # failures crash it (measured).
        "web.exception-history-size": 8,
        "jobmanager.execution.attempts-history-size": 2,
    }
    return _specification(
        settings,
        ServiceName.JOB_MANAGER,
        options,
        heap_megabytes=_JOB_MANAGER_HEAP_MEGABYTES,
        main="org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
        ports=("job_manager", "job_manager_rpc", "job_manager_blob"),
        ready_when=f"the JobManager answers on {LOOPBACK}:{settings.ports.job_manager}",
    )


def task_manager(settings: EmbeddedSettings) -> Specification:
    """Describe the TaskManager's process."""
    heap_megabytes = settings.flink.task_manager_megabytes - _OFF_HEAP_MEGABYTES
    options: Options = {
        **_cluster(settings),
        **_TASK_MANAGER_MEMORY,
        **metrics.reporter_options(settings, ServiceName.TASK_MANAGER),
        "taskmanager.memory.task.heap.size": f"{heap_megabytes - _FRAMEWORK_HEAP_MEGABYTES}m",
        "taskmanager.host": LOOPBACK,
        "taskmanager.bind-host": LOOPBACK,
        "taskmanager.rpc.port": settings.ports.task_manager_rpc,
        "taskmanager.data.port": settings.ports.task_manager_data,
        "taskmanager.numberOfTaskSlots": settings.flink.task_slots,
        # The JobManager starts at the same time, so the first registration may fail; the default waits 10 s before the next.
        "cluster.registration.error-delay": "500 ms",
        # A TaskManager that cannot register exits and is restarted. Flink's limit of five minutes is as long as a job waits for slots.
        "taskmanager.registration.timeout": "30 s",
    }
    return _specification(
        settings,
        ServiceName.TASK_MANAGER,
        options,
        heap_megabytes=heap_megabytes,
        extra=(
            f"-XX:MaxDirectMemorySize={_TASK_MANAGER_DIRECT_MEGABYTES}m",
            # Exits as with ExitOnOutOfMemoryError, and leaves a report with the name of the thread, which names the job's task.
            "-XX:+CrashOnOutOfMemoryError",
            "-XX:-CreateCoredumpOnCrash",
            f"-XX:ErrorFile={settings.folder.crash(ServiceName.TASK_MANAGER)}",
        ),
        main="org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
        ports=("task_manager_rpc", "task_manager_data"),
        ready_when="the TaskManager has registered with the JobManager",
    )


def sql_gateway(settings: EmbeddedSettings) -> Specification:
    """Describe the SQL Gateway's process. It plans the jobs, so it has the job options too."""
    port = settings.ports.sql_gateway
    options: Options = {
        **_cluster(settings),
        **_jobs(settings),
        "execution.target": "remote",
        # Windows and timestamps without a zone must not depend on this machine's time zone.
        "table.local-time-zone": "UTC",
        "rest.bind-address": LOOPBACK,
        "sql-gateway.endpoint.rest.address": LOOPBACK,
        # Without it the endpoint listens on `rest.bind-address`.
        "sql-gateway.endpoint.rest.bind-address": LOOPBACK,
        "sql-gateway.endpoint.rest.port": port,
        "sql-gateway.endpoint.rest.bind-port": port,
    }
    return _specification(
        settings,
        ServiceName.SQL_GATEWAY,
        options,
        heap_megabytes=_SQL_GATEWAY_HEAP_MEGABYTES,
        main="org.apache.flink.table.gateway.SqlGateway",
        ports=("sql_gateway",),
        ready_when=f"the SQL Gateway answers on {LOOPBACK}:{port}",
    )


def _cluster(settings: EmbeddedSettings) -> Options:
    return {
        "jobmanager.rpc.address": LOOPBACK,
        "jobmanager.rpc.port": settings.ports.job_manager_rpc,
        "rest.address": LOOPBACK,
        "rest.port": settings.ports.job_manager,
        # The default of 10 s was exceeded on a machine with ten times the load that it can handle.
        "pekko.startup-timeout": "60 s",
        "heartbeat.interval": 2000,
        "heartbeat.timeout": settings.heartbeat_timeout_seconds * 1000,
        # By default every page in a browser may read the replies of both REST interfaces, including session handles of the gateway.
        "web.access-control-allow-origin": f"http://{LOOPBACK}:{settings.ports.job_manager}",
        **_tls(settings),
    }


def _tls(settings: EmbeddedSettings) -> Options:
    """Return the options of mutual TLS with the data folder's certificates, for the REST APIs and between the processes.

    Flink's RPC deserialises Java objects before it authenticates the sender.
    """
    if not settings.flink.mutual_tls:
        return {}
    certificates = certificates_of(settings.folder)
    options: dict[str, str | int] = {
        "security.ssl.rest.enabled": "true",
        "security.ssl.rest.authentication-enabled": "true",
        "security.ssl.internal.enabled": "true",
        "security.ssl.protocol": "TLSv1.3",
        "security.ssl.algorithms": "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384",
    }
    for place in ("rest", "internal"):
        options |= {
            f"security.ssl.{place}.keystore": str(certificates.key_store),
            f"security.ssl.{place}.keystore-type": "PKCS12",
            f"security.ssl.{place}.keystore-password": STORE_PASSWORD,
            f"security.ssl.{place}.key-password": STORE_PASSWORD,
            f"security.ssl.{place}.truststore": str(certificates.trust_store),
            f"security.ssl.{place}.truststore-type": "PKCS12",
            f"security.ssl.{place}.truststore-password": STORE_PASSWORD,
        }
    return options


def _jobs(settings: EmbeddedSettings) -> Options:
    folder = settings.folder
    return {
        "state.backend.type": "hashmap",
        "execution.checkpointing.interval": f"{settings.flink.checkpoint_interval_seconds} s",
        "execution.checkpointing.dir": _file_uri(folder.checkpoints),
        "execution.checkpointing.savepoint-dir": _file_uri(folder.savepoints),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        # No restart-strategy.type: Flink then restarts jobs that have checkpoints, and lets the others fail.
        # A single failure costs a second. A crash loop writes and asks the model again each time, so its delay soon grows to two minutes.
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "2 min",
        "restart-strategy.exponential-delay.backoff-multiplier": "2.0",
        "restart-strategy.exponential-delay.jitter-factor": "0.1",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "10 min",
    }


def _specification(
    settings: EmbeddedSettings,
    service: ServiceName,
    options: Options,
    *,
    heap_megabytes: int,
    main: str,
    ports: tuple[str, ...],
    ready_when: str,
    extra: tuple[str, ...] = (),
) -> Specification:
    folder, line = settings.folder, flink_line(settings.flink.line)
    own = (line.gateway_set,) if service is ServiceName.SQL_GATEWAY else metrics.jar_sets(settings)
    sets = (line.cluster_set, line.distribution_set, line.extension_set, *own, *settings.extra_sets)
    configuration = folder.configuration(service)
    options = {**options, "io.tmp.dirs": str(folder.temporary(service)), "process.working-dir": str(folder.temporary(service))}
    return Specification(
        service=service,
        program=JavaProgram(
            options=jvm.options(folder, service, heap_megabytes=heap_megabytes, extra=(*extra, *jvm.REFLECTION)),
            classpath=(*jvm.classpath(folder, *sets), *(folder.jars / jar.path for jar in settings.jars)),
            main=main,
            # The gateway reads the path of its folder from the environment only.
            arguments=() if service is ServiceName.SQL_GATEWAY else ("--configDir", str(configuration)),
        ),
        environment={**jvm.ENVIRONMENT, "FLINK_CONF_DIR": str(configuration)},
        secret_files=certificates_of(folder).files[:2] if settings.flink.mutual_tls else (),
        files={_config_file(configuration): _yaml(options), **jvm.log4j_file(folder, service)},
        ports=tuple(Port(number=getattr(settings.ports, port), key=PORT_KEYS[port]) for port in ports),
        ready_when=ready_when,
    )


def _file_uri(path: Path) -> str:
    """Format a path as Flink reads it: nothing is escaped (measured: `%20` becomes part of a folder's name)."""
    return f"file://{path}"


def _config_file(configuration: Path) -> Path:
    return configuration / "config.yaml"


def _yaml(options: Options) -> str:
    """Render flat YAML. Every JSON string is a YAML string."""
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in options.items())
