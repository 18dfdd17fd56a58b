"""What the embedded platform is started from: where its data lies, which Flink line, which ports, which model."""

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic.dataclasses import dataclass

from embedded.data_folder import DataFolder
from embedded.errors import SettingsError
from embedded.model_settings import ModelKind, ModelSettings
from embedded.options import Options, PlainValue, from_plain, keys, one_of, option, shaped, to_plain
from embedded.versions import FLINK_LINES

__all__ = [
    "FLINK_MEMORY",
    "LEAST_TASK_MANAGER_MEGABYTES",
    "LOOPBACK",
    "PORT_KEYS",
    "RECORD_BYTES",
    "TASK_MANAGER_MEGABYTES",
    "DataOptions",
    "EmbeddedSettings",
    "FlinkMemory",
    "FlinkOptions",
    "KafkaOptions",
    "ModelKind",
    "ModelSettings",
    "PlainValue",
    "Ports",
    "flink_megabytes",
]

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
        "2.2", f"the Flink release line, {' or '.join(FLINK_LINES)}; quote it in YAML, it is not a number"
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


DATA_FOLDER = keys(DataOptions)["folder"]
TASK_MANAGER_MEMORY = keys(FlinkOptions)["task_manager_memory"]
MUTUAL_TLS = keys(FlinkOptions)["mutual_tls"]


@dataclass(frozen=True, kw_only=True)
class EmbeddedSettings:
    """Everything that decides how the embedded platform's processes are started. Holds no secret. `data_folder` is absolute."""

    data_folder: Path
    flink: FlinkOptions = field(default_factory=FlinkOptions)
    kafka: KafkaOptions = field(default_factory=KafkaOptions)
    ports: Ports = field(default_factory=Ports)
    model: ModelSettings = field(default_factory=ModelSettings)

    def __post_init__(self) -> None:
        if not self.data_folder.is_absolute():
            raise SettingsError(f"{DATA_FOLDER} is {self.data_folder}: the embedded platform needs an absolute path")
        if self.flink.task_manager_megabytes < LEAST_TASK_MANAGER_MEGABYTES:
            raise SettingsError(
                f"{TASK_MANAGER_MEMORY} is {self.flink.task_manager_memory}: on this machine the TaskManager needs "
                f"{LEAST_TASK_MANAGER_MEGABYTES}m or more, for example {TASK_MANAGER_MEGABYTES}m"
            )
        for problem in self.ports.clashes():
            raise SettingsError(problem)

    @property
    def folder(self) -> DataFolder:
        """The paths below `data_folder`."""
        return DataFolder(root=self.data_folder)

    @property
    def job_manager_url(self) -> str:
        """The JobManager's REST API, without a trailing slash."""
        return f"{self._scheme}://{LOOPBACK}:{self.ports.job_manager}"

    @property
    def sql_gateway_url(self) -> str:
        """The SQL Gateway's REST API, without a trailing slash."""
        return f"{self._scheme}://{LOOPBACK}:{self.ports.sql_gateway}"

    @property
    def _scheme(self) -> str:
        return "https" if self.flink.mutual_tls else "http"

    def to_plain(self) -> dict[str, PlainValue]:
        """Return the settings as a flat mapping from config key to text or number, fit for Pulumi's state."""
        return {
            DATA_FOLDER: str(self.data_folder),
            **to_plain(self.flink),
            TASK_MANAGER_MEMORY: self.flink.task_manager_megabytes,
            **to_plain(self.kafka),
            **to_plain(self.model),
            **to_plain(self.ports),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, PlainValue]) -> "EmbeddedSettings":
        """Read the settings that `to_plain` wrote, in Pulumi's state. Raises SettingsError that names the key of an unusable value."""
        # A state without `flink.mutualTls` is of a stack that was started before there was TLS.
        flink = {MUTUAL_TLS: 0, **plain}
        if TASK_MANAGER_MEMORY in flink:
            megabytes = str(flink[TASK_MANAGER_MEMORY]).removesuffix(".0")
            flink[TASK_MANAGER_MEMORY] = "" if megabytes == str(TASK_MANAGER_MEGABYTES) else f"{megabytes}m"
        return cls(
            data_folder=Path(str(plain.get(DATA_FOLDER, ""))),
            flink=from_plain(FlinkOptions, flink),
            kafka=from_plain(KafkaOptions, plain),
            ports=from_plain(Ports, plain),
            model=from_plain(ModelSettings, plain),
        )
