"""The settings of the embedded platform: its data folder, Flink line, ports and model."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from embedded.data_folder import DataFolder
from embedded.errors import SettingsError
from embedded.jars import Jar, parse_lines
from options.errors import OptionError
from options.infrastructure import (
    LEAST_TASK_MANAGER_MEGABYTES,
    LOOPBACK,
    TASK_MANAGER_MEGABYTES,
    DataOptions,
    FlinkOptions,
    KafkaOptions,
    MetricsOptions,
    Ports,
)
from options.model import ModelSettings
from options.option import PlainValue, from_plain, keys, to_plain

JARS = "jars"
"""The key under which a bundle's jars are kept in a stack's state."""
DATA_FOLDER = keys(DataOptions)["folder"]
CLASS_ARCHIVES = keys(DataOptions)["class_archives"]
TASK_MANAGER_MEMORY = keys(FlinkOptions)["task_manager_memory"]
MUTUAL_TLS = keys(FlinkOptions)["mutual_tls"]
METRICS = keys(MetricsOptions)["enabled"]
STACK = "stack"
"""The key under which a stack with metrics keeps its name in its state."""


@dataclass(frozen=True, kw_only=True)
class EmbeddedSettings:
    """Everything that decides how the embedded platform's processes are started. Holds no secret. `data_folder` is absolute.

    `extra_sets` are names of jar sets that Flink gets in addition to its own: a Flink for tests of SQL has one. After
    `heartbeat_timeout_seconds` without a word a TaskManager counts as lost: soon where jobs have to go on after a kill.
    """

    data_folder: Path
    flink: FlinkOptions = field(default_factory=FlinkOptions)
    kafka: KafkaOptions = field(default_factory=KafkaOptions)
    ports: Ports = field(default_factory=Ports)
    model: ModelSettings = field(default_factory=ModelSettings)
    extra_sets: tuple[str, ...] = ()
    heartbeat_timeout_seconds: int = 10
    jars: tuple[Jar, ...] = ()
    """The jars that the stack's bundle adds to the classpath of Flink's processes."""
    metrics: MetricsOptions = field(default_factory=MetricsOptions)
    stack: str = ""
    """The name that the stack's metrics bear; known only where it is needed."""
    class_archives: bool = True
    """Whether archives of classes are made. It is no part of what a process is started as: another value restarts none."""

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
            # Only if there are some: a stack without them must not change.
            **({JARS: "\n".join(jar.line(JARS) for jar in self.jars)} if self.jars else {}),
            **({METRICS: 1, STACK: self.stack} if self.metrics.enabled else {}),
            **({} if self.class_archives else {CLASS_ARCHIVES: 0}),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, PlainValue]) -> "EmbeddedSettings":
        """Read the settings that `to_plain` wrote to Pulumi's state. Raise SettingsError, which names the key, for an unusable value."""
        # A state without `flink.mutualTls` belongs to a stack that was started before TLS was supported.
        flink = {MUTUAL_TLS: 0, **plain}
        if TASK_MANAGER_MEMORY in flink:
            megabytes = str(flink[TASK_MANAGER_MEMORY]).removesuffix(".0")
            flink[TASK_MANAGER_MEMORY] = "" if megabytes == str(TASK_MANAGER_MEGABYTES) else f"{megabytes}m"
        try:
            return cls(
                data_folder=Path(str(plain.get(DATA_FOLDER, ""))),
                flink=from_plain(FlinkOptions, flink),
                kafka=from_plain(KafkaOptions, plain),
                ports=from_plain(Ports, plain),
                model=from_plain(ModelSettings, plain),
                jars=parse_lines(str(plain.get(JARS, "")).splitlines(), DATA_FOLDER).get(JARS, ()),
                metrics=from_plain(MetricsOptions, plain),
                stack=str(plain.get(STACK, "")),
                class_archives=bool(plain.get(CLASS_ARCHIVES, 1)),
            )
        except OptionError as error:
            raise SettingsError(str(error)) from None
