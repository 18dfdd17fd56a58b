"""The embedded platform's processes as a shell script would start them: one after another, without archives, without a supervisor.

Programs, classpaths, heaps, flags and configuration files are those of `embedded`, so that only the way of starting differs.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.errors import NeverReadyError
from embedded import kafka
from embedded.certificates import ensure_certificates
from embedded.java import Java
from embedded.readiness import probe
from embedded.services import specification
from embedded.settings import EmbeddedSettings
from embedded.specification import JavaProgram, PythonProgram, ServiceName, Specification

READY_SECONDS = 120.0
POLL_SECONDS = 0.05
STOP_SECONDS = 20.0


class PlainProcesses:
    """A context manager that ends, at the latest when it is left, every process that it started."""

    def __init__(self, settings: EmbeddedSettings, java: Java) -> None:
        self._settings = settings
        self._java = java
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, services: Sequence[ServiceName]) -> None:
        """Start the services in this order, each when the one before is ready. Raises NeverReadyError."""
        ensure_certificates(self._settings.folder)
        for service in services:
            if service is ServiceName.KAFKA:
                self._format_kafka()
            self._wait(service, self._launch(specification(service, self._settings)))

    def stop(self) -> None:
        """End all processes, the newest first; those that do not go are killed."""
        for process in reversed(self._running):
            process.terminate()
        for process in reversed(self._running):
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()
            process.wait()
        self._running.clear()

    def _launch(self, service: Specification) -> subprocess.Popen[bytes]:
        folder = self._settings.folder
        for made in (folder.temporary(service.service), folder.logs):
            made.mkdir(parents=True, exist_ok=True)
        _write(service)
        with folder.log(service.service).open("wb") as log:
            process = subprocess.Popen(
                self._command(service.program),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **service.environment},
                # Ctrl-C goes to the script, which then ends them in order.
                start_new_session=True,
            )
        self._running.append(process)
        return process

    def _command(self, program: JavaProgram | PythonProgram) -> list[str]:
        if isinstance(program, PythonProgram):
            return [sys.executable, "-m", program.module, *program.arguments]
        classpath = os.pathsep.join(str(jar) for jar in program.classpath)
        return [str(self._java.executable), *program.options, "-cp", classpath, program.main, *program.arguments]

    def _format_kafka(self) -> None:
        _write(specification(ServiceName.KAFKA, self._settings))
        if not kafka.is_formatted(self._settings):
            subprocess.run(self._command(kafka.format_program(self._settings)), check=True, capture_output=True)

    def _wait(self, service: ServiceName, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while missing := probe(service, self._settings):
            if time.monotonic() > deadline or process.poll() is not None:
                log = self._settings.folder.log(service)
                raise NeverReadyError(f"{service} ended or was not ready after {READY_SECONDS:.0f} s: {missing}; see {log}")
            time.sleep(POLL_SECONDS)


def _write(service: Specification) -> None:
    for file, text in service.files.items():
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, encoding="utf-8")
