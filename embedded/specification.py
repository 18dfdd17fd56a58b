"""How one service is run, as a value: program, options, classpath, files, ports. It does not depend on the machine."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class ServiceName(StrEnum):
    """The processes of the embedded platform. The value names its log, its files and its supervised group."""

    KAFKA = "kafka"
    JOB_MANAGER = "jobmanager"
    TASK_MANAGER = "taskmanager"
    SQL_GATEWAY = "sql-gateway"
    MODEL_GATEWAY = "model-gateway"
    MODEL_SERVER = "model-server"
    """llama.cpp's server, only if `model.kind` asks for it."""
    FLINK_UI = "flink-ui"
    """The proxy in front of Flink's UI, only if Flink's own port requires a certificate."""
    METRICS = "metrics"
    """What Flink's processes measured last, for Prometheus; only with `metrics.enabled`."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """A TCP port on the loopback address that a service listens on, and the config key that sets it."""

    number: int
    key: str


@dataclass(frozen=True, kw_only=True)
class JavaProgram:
    """A Java main class. The path of `java` is not part of it: which Java to run is decided at the start."""

    options: tuple[str, ...]
    classpath: tuple[Path, ...]
    main: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PythonProgram:
    """A Python module run by the interpreter that starts it. `sources` is a hash over the module's code."""

    module: str
    arguments: tuple[str, ...]
    sources: str


@dataclass(frozen=True, kw_only=True)
class Specification:
    """Everything that decides how a service runs.

    `files` are written before the start, with their text. The service reads `secret_files`, which may be missing; their content is not
    known here. `ready_when` completes the sentence "waits until ...". `stop_seconds` is how long a stop may take before it is forced.
    """

    service: ServiceName
    program: JavaProgram | PythonProgram
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[Path, str] = field(default_factory=dict)
    secret_files: tuple[Path, ...] = ()
    ports: tuple[Port, ...]
    ready_when: str
    stop_seconds: int = 60

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal digits. It changes if and only if a change needs a restart."""
        parts = {
            "program": _plain(self.program),
            "environment": dict(sorted(self.environment.items())),
            "files": {str(path): text for path, text in sorted(self.files.items())},
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _plain(program: JavaProgram | PythonProgram) -> list[object]:
    if isinstance(program, JavaProgram):
        return ["java", program.options, [str(path) for path in program.classpath], program.main, program.arguments]
    return ["python", program.module, program.arguments, program.sources]


def hash_of_sources(folder: Path) -> str:
    """Return the SHA-256 of the names and contents of a package's modules."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
