"""From a specification to a command line on this machine: which Java or Python, which archive, and where the arguments are."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from embedded import jvm, kafka
from embedded.archives import archive_in_place, archive_options, archive_script, recording_of
from embedded.data_folder import DataFolder, write_atomically
from embedded.environment import passed_on
from embedded.errors import ServiceFailedError
from embedded.java import Java
from embedded.logs import root_cause_of
from embedded.settings import EmbeddedSettings
from embedded.specification import JavaProgram, PythonProgram, ServiceName, Specification

_FORMAT_SECONDS = 120

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")
_PASSED_ON_TO_PYTHON = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A command line with its complete environment. The process inherits nothing else from its caller, which may hold secrets."""

    command: tuple[str, ...]
    environment: dict[str, str]


def prepare(specification: Specification, folder: DataFolder, java: Java, *, class_archives: bool = True) -> Path:
    """Write the files of a service and empty its temporary folder. Return the script that starts it.

    The service must not be running.
    """
    service = specification.service
    shutil.rmtree(folder.temporary(service), ignore_errors=True)
    for made in (folder.temporary(service), folder.configuration(service), folder.logs):
        made.mkdir(parents=True, exist_ok=True)
    for file, text in specification.files.items():
        write_atomically(file, text)
    script = folder.configuration(service) / "start"
    write_atomically(script, start_script(_launch(specification, folder, java, class_archives=class_archives)), mode=0o700)
    return script


def edited_files(specification: Specification) -> list[Path]:
    """Return the files of a service that differ from what `prepare` writes."""
    return [file for file, text in specification.files.items() if not file.is_file() or file.read_text(encoding="utf-8") != text]


def start_script(launch: Launch) -> str:
    """Render a shell script that becomes the service: same process, the given environment, nothing of the caller's."""
    variables = [f"{name}={value}" for name, value in sorted(launch.environment.items())]
    return f"#!/bin/sh\nexec env -i {shlex.join((*variables, *launch.command))}\n"


def _launch(specification: Specification, folder: DataFolder, java: Java, *, class_archives: bool) -> Launch:
    service = specification.service
    if isinstance(specification.program, PythonProgram):
        return _python(specification, specification.program, folder)
    arguments = folder.configuration(service) / "java.arguments"
    archive = archive_options(folder.archives, service, specification.program, java, made=class_archives)
    write_atomically(arguments, argument_file((*archive, *_options_and_classpath(specification.program))))
    return Launch(
        # The marker precedes the file of arguments, so that the command line identifies the process.
        command=(
            str(java.executable),
            jvm.marker(folder),
            f"-Dflink.reviews.service={service}",
            f"@{arguments}",
            specification.program.main,
            *specification.program.arguments,
        ),
        environment=_environment(specification, _PASSED_ON),
    )


def prepare_archive(specification: Specification, folder: DataFolder, java: Java) -> Path | None:
    """Write the script that makes the archive of a running service. Return None when it runs with one, or cannot have one.

    Call it when the service is ready: one that fails during its start has listed almost no classes.
    """
    program, service = specification.program, specification.service
    if not isinstance(program, JavaProgram):
        return None
    recording = recording_of(folder.archives, service, program, java)
    if not recording.classes.exists():
        return None
    arguments = folder.configuration(service) / "archive.arguments"
    write_atomically(arguments, argument_file(_options_and_classpath(program)))
    command = (str(java.executable), jvm.marker(folder), f"-Dflink.reviews.service={service}", f"@{arguments}")
    script = folder.configuration(service) / "archive"
    write_atomically(script, archive_script(recording, command), mode=0o700)
    return script


def format_kafka(settings: EmbeddedSettings, java: Java) -> None:
    """Format Kafka's storage unless it is formatted. Raise ServiceFailedError with the formatter's own reason."""
    if kafka.is_formatted(settings):
        return
    folder = settings.folder
    program = kafka.format_program(settings)
    arguments = folder.configuration(ServiceName.KAFKA) / "format.arguments"
    # The formatter is the broker's code with another main class: the broker's archive saves it a second of class loading.
    broker = kafka.specification(settings).program
    archive = archive_in_place(folder.archives, ServiceName.KAFKA, broker, java) if isinstance(broker, JavaProgram) else ()
    write_atomically(arguments, argument_file((*archive, *_options_and_classpath(program))))
    try:
        result = subprocess.run(
            [str(java.executable), f"@{arguments}", program.main, *program.arguments],
            capture_output=True,
            text=True,
            timeout=_FORMAT_SECONDS,
            check=False,
            env={**passed_on(*_PASSED_ON), **jvm.ENVIRONMENT},
        )
    except subprocess.TimeoutExpired as error:
        raise ServiceFailedError(f"formatting Kafka's storage in {folder.kafka} took more than {_FORMAT_SECONDS} s: try again") from error
    if result.returncode != 0:
        reason = root_cause_of(result.stdout + result.stderr)
        raise ServiceFailedError(f"Kafka's storage in {folder.kafka} could not be formatted: {reason}")


def argument_file(arguments: tuple[str, ...]) -> str:
    """Render a file of arguments as the `java` launcher reads it: each quoted, on its own line."""
    return "".join('"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"\n' for argument in arguments)


def _options_and_classpath(program: JavaProgram) -> tuple[str, ...]:
    return (*program.options, "-cp", os.pathsep.join(str(jar) for jar in program.classpath))


def _python(specification: Specification, program: PythonProgram, folder: DataFolder) -> Launch:
    return Launch(
        # Python ignores an unknown -X option and keeps it for the program: a marker that every Python process can carry.
        command=(
            sys.executable,
            "-X",
            python_marker(folder),
            "-X",
            f"flink.reviews.service={specification.service}",
            "-m",
            program.module,
            *program.arguments,
        ),
        environment=_environment(specification, (*_PASSED_ON, *_PASSED_ON_TO_PYTHON)),
    )


def python_marker(folder: DataFolder) -> str:
    """Return the option that names the data folder in a Python command line, as `jvm.marker` does for Java."""
    return f"flink.reviews.data={folder.root}"


def _environment(specification: Specification, names: tuple[str, ...]) -> dict[str, str]:
    return {**passed_on(*names), **specification.environment}
