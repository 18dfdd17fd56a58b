"""Options of what both platforms have, wherever it runs: ports, Flink, Kafka, the data folder."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic.dataclasses import dataclass

from options.flink_lines import DEFAULT_LINE, FLINK_LINES
from options.option import Options, keys, one_of, option, shaped

LOOPBACK = "127.0.0.1"
"""Every listener binds to this address. The SQL Gateway and the JobManager run any code that they are sent."""

TASK_MANAGER_MEGABYTES = 928
"""All of the TaskManager's memory, as `flink.taskManagerMemory` counts it. What a job's rows and state may take of it is 192."""
LEAST_TASK_MANAGER_MEGABYTES = 864
"""Below it two small jobs no longer fit."""
RECORD_BYTES = 1_048_576
"""Kafka's own default for the largest record."""
_LEAST_RECORD_BYTES, _MOST_RECORD_BYTES = 65_536, 16_777_216
"""Kafka's own records must fit below; above, a Kafka client's buffer of 32 MiB would hold but one."""
_LOWEST_PORT, _HIGHEST_PORT = 1024, 65535
"""Ports below the lowest need rights that nothing here should have."""
_GIGABYTE = 1024

FLINK_MEMORY = shaped("an amount of memory as Flink writes it, such as 2048m or 2g", re.compile(r"[0-9]{1,6}(m|g)", re.IGNORECASE))
FlinkMemory = Annotated[str, FLINK_MEMORY]


def flink_megabytes(amount: str) -> int:
    """Return the megabytes of an amount in Flink's notation."""
    return int(amount[:-1]) * (_GIGABYTE if amount[-1] in "gG" else 1)


def _port(default: int, meaning: str) -> int:
    return option(default, meaning, low=_LOWEST_PORT, high=_HIGHEST_PORT)


@dataclass(frozen=True, kw_only=True)
class Ports(Options):
    """TCP ports on the loopback address."""

    noun: ClassVar[str] = "ports"

    kafka: int = _port(19092, "Kafka's listener")
    kafka_controller: int = _port(19093, "Kafka's controller listener")
    job_manager: int = _port(19081, "the JobManager's REST API and web UI")
    job_manager_rpc: int = _port(19123, "the JobManager's RPC")
    job_manager_blob: int = _port(19124, "the JobManager's blob server")
    task_manager_rpc: int = _port(19125, "the TaskManager's RPC")
    task_manager_data: int = _port(19126, "the TaskManager's data exchange")
    sql_gateway: int = _port(19083, "the SQL Gateway's REST API")
    model_gateway: int = _port(19434, "the OpenAI-compatible model gateway")
    model_server: int = _port(19435, "llama.cpp's server, with model.kind llamacpp")
    flink_ui: int = _port(19082, "Flink's UI, with flink.mutualTls")
    metrics: int = _port(19249, "what Flink's processes measure, with metrics.enabled")

    def clashes(self) -> list[str]:
        """Return which ports are given to two services."""
        problems: list[str] = []
        holder: dict[int, str] = {}
        for name, key in PORT_KEYS.items():
            port: int = getattr(self, name)
            if port in holder:
                problems.append(f"{key} and {holder[port]} are both {port}: give each its own port")
            holder.setdefault(port, key)
        return problems


PORT_KEYS: Mapping[str, str] = keys(Ports)
"""Field of `Ports` to the config key that sets it."""


@dataclass(frozen=True, kw_only=True)
class FlinkOptions(Options):
    """How Flink's processes are set up."""

    noun: ClassVar[str] = "flink"

    line: Annotated[str, one_of(*FLINK_LINES)] = option(
        DEFAULT_LINE,
        f"the Flink release line, {', '.join(FLINK_LINES)}; quote it in YAML, it is not a number. 2.3 runs on this machine only, "
        "until an operator for Kubernetes knows it",
    )
    task_slots: int = option(8, "slots of the TaskManager; each job needs as many as its parallelism", low=1, high=256, unit="slots")
    checkpoint_interval_seconds: int = option(10, "time between two checkpoints of a job", low=1, high=3_600, unit="seconds")
    task_manager_memory: FlinkMemory = option(
        "",
        f"memory of the TaskManager's process, as Flink writes it; without it {TASK_MANAGER_MEGABYTES}m on this machine "
        f"({LEAST_TASK_MANAGER_MEGABYTES}m at least) and 1728m on kubernetes",
        example="2g",
    )
    mutual_tls: bool = option(
        default=True,
        meaning="on this machine: Flink's ports require a client certificate from the data folder, and its UI opens through a proxy that "
        "asks for a token",
    )

    @property
    def task_manager_megabytes(self) -> int:
        """Memory of the TaskManager's process; on this machine there is a default."""
        return flink_megabytes(self.task_manager_memory) if self.task_manager_memory else TASK_MANAGER_MEGABYTES


@dataclass(frozen=True, kw_only=True)
class MetricsOptions(Options):
    """Whether Prometheus gets what Flink and the model gateway measure."""

    noun: ClassVar[str] = "metrics"

    enabled: bool = option(
        default=False,
        meaning="on this machine: Flink's processes hand over what they measure, and the data folder has a configuration for Prometheus; "
        "on kubernetes: PodMonitors for Prometheus, whose pods are let in",
    )


@dataclass(frozen=True, kw_only=True)
class KafkaOptions(Options):
    """What holds for a broker wherever it runs."""

    noun: ClassVar[str] = "kafka"

    max_record_bytes: int = option(
        RECORD_BYTES,
        "largest record that broker and topics accept; SQL reads it as ${kafka_max_record_bytes}",
        low=_LEAST_RECORD_BYTES,
        high=_MOST_RECORD_BYTES,
        unit="bytes",
    )


@dataclass(frozen=True, kw_only=True)
class DataOptions(Options):
    """Where everything is written to."""

    noun: ClassVar[str] = "data"

    folder: Path = option(Path(".data"), "the one folder that everything is written to, relative to Pulumi.yaml")
    class_archives: bool = option(
        default=True,
        meaning="on this machine: the first start makes archives of Java's classes, with which every later one takes half as long; false "
        "where nothing is started twice, as in CI: they cost 20 processor seconds and 300 MB",
    )
