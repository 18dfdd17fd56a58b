"""What the embedded platform is told: where its data lies, which Flink line, which ports, which model."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from embedded.data_folder import DataFolder
from embedded.errors import SettingsError
from embedded.model_settings import MODEL_KEYS, ModelKind, ModelSettings, PlainValue, default_of

__all__ = [
    "LEAST_TASK_MANAGER_MEGABYTES",
    "LOOPBACK",
    "PORT_KEYS",
    "RECORD_BYTES",
    "TASK_MANAGER_MEGABYTES",
    "EmbeddedSettings",
    "ModelKind",
    "ModelSettings",
    "PlainValue",
    "Ports",
]

LOOPBACK = "127.0.0.1"
"""Every listener binds to this address. The SQL Gateway and the JobManager run any code that they are sent."""

_HIGHEST_PORT = 65535

TASK_MANAGER_MEGABYTES = 928
"""All of the TaskManager's memory, as `flink.taskManagerMemory` counts it. What a job's rows and state may take of it is 192."""
LEAST_TASK_MANAGER_MEGABYTES = 864
"""Below it two small jobs no longer fit."""
MUTUAL_TLS = "flink.mutualTls"
RECORD_BYTES = 1_048_576
"""Kafka's own default for the largest record."""

PORT_KEYS: Mapping[str, str] = {
    "kafka": "ports.kafka",
    "kafka_controller": "ports.kafkaController",
    "job_manager": "ports.jobManager",
    "job_manager_rpc": "ports.jobManagerRpc",
    "job_manager_blob": "ports.jobManagerBlob",
    "task_manager_rpc": "ports.taskManagerRpc",
    "task_manager_data": "ports.taskManagerData",
    "sql_gateway": "ports.sqlGateway",
    "model_gateway": "ports.modelGateway",
    "model_server": "ports.modelServer",
    "flink_ui": "ports.flinkUi",
}
"""Field of `Ports` to the config key that sets it."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """TCP ports on the loopback address. `job_manager` is its REST port."""

    kafka: int = 19092
    kafka_controller: int = 19093
    job_manager: int = 19081
    job_manager_rpc: int = 19123
    job_manager_blob: int = 19124
    task_manager_rpc: int = 19125
    task_manager_data: int = 19126
    sql_gateway: int = 19083
    model_gateway: int = 19434
    model_server: int = 19435
    flink_ui: int = 19082

    def __post_init__(self) -> None:
        seen: dict[int, str] = {}
        for name, key in PORT_KEYS.items():
            port: int = getattr(self, name)
            if not 1 <= port <= _HIGHEST_PORT:
                raise SettingsError(
                    f"{key} is {port}: a port is a number from 1 to {_HIGHEST_PORT}, for example `{key}: {getattr(Ports, name)}`"
                )
            if port in seen:
                raise SettingsError(f"{key} and {seen[port]} are both {port}: give each its own port")
            seen[port] = key


@dataclass(frozen=True, kw_only=True)
class EmbeddedSettings:
    """Everything that decides how the embedded platform's processes are started. Holds no secret.

    `data_folder` is absolute. `flink_line` is a key of `embedded.versions.FLINK_LINES`. `max_record_bytes` is the largest record that a
    producer may send. `mutual_tls` closes Flink's ports to everybody without a certificate of the data folder.
    """

    data_folder: Path
    flink_line: str = "2.2"
    ports: Ports = field(default_factory=Ports)
    task_slots: int = 8
    checkpoint_interval_seconds: int = 10
    task_manager_megabytes: int = TASK_MANAGER_MEGABYTES
    max_record_bytes: int = RECORD_BYTES
    mutual_tls: bool = True
    model: ModelSettings = field(default_factory=ModelSettings)

    def __post_init__(self) -> None:
        if not self.data_folder.is_absolute():
            raise SettingsError(f"data.folder is {self.data_folder}: the embedded platform needs an absolute path")
        for key, value in (("flink.taskSlots", self.task_slots), ("flink.checkpointIntervalSeconds", self.checkpoint_interval_seconds)):
            if value < 1:
                raise SettingsError(f"{key} is {value}: it must be 1 or more")
        if self.task_manager_megabytes < LEAST_TASK_MANAGER_MEGABYTES:
            raise SettingsError(
                f"flink.taskManagerMemory is {self.task_manager_megabytes}m: on this machine the TaskManager needs "
                f"{LEAST_TASK_MANAGER_MEGABYTES}m or more, for example {TASK_MANAGER_MEGABYTES}m"
            )

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
        return "https" if self.mutual_tls else "http"

    def to_plain(self) -> dict[str, PlainValue]:
        """Return the settings as a flat mapping from config key to text or number, fit for Pulumi's state."""
        return {
            "data.folder": str(self.data_folder),
            "flink.line": self.flink_line,
            "flink.taskSlots": self.task_slots,
            "flink.checkpointIntervalSeconds": self.checkpoint_interval_seconds,
            "flink.taskManagerMemory": self.task_manager_megabytes,
            "kafka.maxRecordBytes": self.max_record_bytes,
            MUTUAL_TLS: int(self.mutual_tls),
            "model.kind": str(self.model.kind),
            **{key: getattr(self.model, field) for field, key in MODEL_KEYS.items()},
            **{PORT_KEYS[part.name]: int(getattr(self.ports, part.name)) for part in fields(Ports)},
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, PlainValue]) -> "EmbeddedSettings":
        """Read the settings that `to_plain` wrote. Whole floats and digits in text count as integers; keys left out get their defaults.

        Raises SettingsError that names the key of a value that cannot be used.
        """
        default = cls(data_folder=Path(_text(plain, "data.folder", "")))
        ports = Ports(**{name: _integer(plain, key, getattr(default.ports, name)) for name, key in PORT_KEYS.items()})
        return cls(
            data_folder=default.data_folder,
            flink_line=_text(plain, "flink.line", default.flink_line),
            ports=ports,
            task_slots=_integer(plain, "flink.taskSlots", default.task_slots),
            checkpoint_interval_seconds=_integer(plain, "flink.checkpointIntervalSeconds", default.checkpoint_interval_seconds),
            task_manager_megabytes=_integer(plain, "flink.taskManagerMemory", default.task_manager_megabytes),
            max_record_bytes=_integer(plain, "kafka.maxRecordBytes", default.max_record_bytes),
            # A state without this key is of a stack that was started before there was TLS.
            mutual_tls=bool(_integer(plain, MUTUAL_TLS, 0)),
            model=_model(plain),
        )


def _model(plain: Mapping[str, PlainValue]) -> ModelSettings:
    kind = _text(plain, "model.kind", ModelSettings().kind)
    if kind not in list(ModelKind):
        raise SettingsError(f"model.kind is {kind!r}: it is one of {', '.join(ModelKind)}")
    values: dict[str, Any] = {}
    for name, key in MODEL_KEYS.items():
        default = default_of(name)
        values[name] = _integer(plain, key, default) if isinstance(default, int) else _text(plain, key, default)
    return ModelSettings(kind=ModelKind(kind), **values)


def _text(plain: Mapping[str, PlainValue], key: str, default: str) -> str:
    value = plain.get(key)
    return default if value is None else str(value)


def _integer(plain: Mapping[str, PlainValue], key: str, default: int) -> int:
    value = plain.get(key)
    if value is None:
        return default
    try:
        number = float(value)
    except ValueError:
        number = 0.5
    if not number.is_integer():
        raise SettingsError(f"{key} is {value!r}: it must be a whole number, for example `{key}: {default}`")
    return int(number)
