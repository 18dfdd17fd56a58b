"""Check prerequisites before anything is started. Each finding says what to do about it. Changes nothing."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from embedded import llamacpp, ports, processes
from embedded.artifacts import jars_of, missing_jars
from embedded.data_folder import DataFolder, path_problem, version_problem
from embedded.errors import EmbeddedError
from embedded.java import SUPPORTED, find_java, rejected_candidates
from embedded.services import services_of, specification
from embedded.settings import EmbeddedSettings
from embedded.specification import Port, ServiceName
from options.flink_lines import flink_line
from options.infrastructure import TASK_MANAGER_MEGABYTES

_PYTHON = (3, 11)
_FREE_BYTES = 1_500_000_000
"""Jars 221 MB, archives 330 MB, a Java runtime 100 MB, and space for Kafka's data and logs."""

_FREE_BYTES_LATER = 500_000_000
_PACKAGE_BYTES = 200_000_000
"""llama.cpp's server, or the small model: the wheel while it is unpacked, and its content."""
_MEBIBYTE = 2**20
_MEMORY_BYTES = 1_500_000_000
"""The five processes take about 1 GB while a pipeline runs. Planning a large statement needs some more."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check. `fix` is empty if all is well; `what` says what was found in either case.

    `only_to_start` marks a check that no longer matters once the platform runs: by then it has its memory and its disk.
    """

    ok: bool
    what: str
    fix: str = ""
    only_to_start: bool = False


def preflight(settings: EmbeddedSettings) -> list[Finding]:
    """Check everything that the embedded platform needs. A check that cannot be made is a finding too, never an exception."""
    return [
        _python(),
        _guarded(lambda: _java(settings.folder), "Java"),
        *_space_and_ports(settings),
        *_openmp(settings),
    ]


def obstacles(settings: EmbeddedSettings) -> list[Finding]:
    """Check only what would make a start fail half-way. Fast enough to run before every run: it starts no program."""
    runs = bool(processes.marked(settings.folder))
    return [
        finding for finding in (*_space_and_ports(settings), *_openmp(settings)) if not finding.ok and not (runs and finding.only_to_start)
    ]


def _space_and_ports(settings: EmbeddedSettings) -> list[Finding]:
    return [
        _guarded(lambda: _data_folder(settings.folder), "the data folder"),
        _guarded(lambda: _disk(settings), "the disk"),
        _guarded(lambda: _memory(settings), "the memory"),
        *_ports(settings),
    ]


def _guarded(check: Callable[[], Finding], subject: str) -> Finding:
    try:
        return check()
    except (EmbeddedError, OSError) as error:
        return Finding(ok=False, what=f"{subject} could not be checked: {error}", fix="fix that and run this again")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, _PYTHON))
    if sys.version_info < _PYTHON:
        return Finding(ok=False, what=f"Python {version}", fix=f"use Python {wanted} or newer")
    return Finding(ok=True, what=f"Python {version}")


def _java(folder: DataFolder) -> Finding:
    java = find_java(folder)
    if java is not None:
        return Finding(ok=True, what=f"Java {java.feature} at {java.executable}")
    wanted = " or ".join(map(str, SUPPORTED))
    others = rejected_candidates(folder)
    here = f" ({others})" if others else ""
    return Finding(ok=True, what=f"no Java {wanted} at JAVA_HOME or on PATH{here}: one will be installed into {folder.java}")


def _openmp(settings: EmbeddedSettings) -> list[Finding]:
    """Check what llama.cpp's server needs from the machine, if the settings ask for it."""
    if not llamacpp.wanted(settings.model):
        return []
    problem, fix = llamacpp.platform_problem()
    missing = llamacpp.missing_packages(settings)
    what = f"llama.cpp's server for {settings.model.served_name}" + (f": installed once by `up` ({', '.join(missing)})" if missing else "")
    return [Finding(ok=not problem, what=problem or what, fix=fix)]


def _data_folder(folder: DataFolder) -> Finding:
    what = f"the data folder {folder.root}"
    other = "set another one with `pulumi config set data.folder <path>`"
    if problem := path_problem(folder):
        return Finding(ok=False, what=f"{what}: {problem}", fix=other)
    if problem := version_problem(folder):
        return Finding(ok=False, what=f"{what}: {problem}", fix=f"stop it with the version that made it and move it away, or {other}")
    nearest = _nearest(folder.root)
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        return Finding(ok=False, what=f"{what}: {nearest} is not a folder that this user may write to", fix=f"make it writable, or {other}")
    return Finding(ok=True, what=f"{what} can be written")


def _disk(settings: EmbeddedSettings) -> Finding:
    folder = settings.folder
    fetched = not missing_jars(folder.artifacts, jars_of(flink_line(settings.flink.line)))
    needed = (_FREE_BYTES_LATER if fetched else _FREE_BYTES) + len(llamacpp.missing_packages(settings)) * _PACKAGE_BYTES
    free = shutil.disk_usage(_nearest(folder.root)).free
    what = f"{free / 1e9:.1f} GB free for the data folder"
    if free < needed:
        fix = f"free {needed / 1e9:.1f} GB on the disk of {folder.root}, or set another `data.folder`"
        return Finding(ok=False, what=what, fix=fix, only_to_start=True)
    return Finding(ok=True, what=what)


def _memory(settings: EmbeddedSettings) -> Finding:
    memory = psutil.virtual_memory()
    available = memory.available
    what = f"{available / 1e9:.1f} GB of memory available"
    needed = _MEMORY_BYTES + llamacpp.memory_bytes(settings) + (settings.flink.task_manager_megabytes - TASK_MANAGER_MEGABYTES) * _MEBIBYTE
    if memory.total < needed and (model := llamacpp.memory_bytes(settings)):
        of_it = f"{model / 1e9:.1f} of them for {settings.model.served_name}"
        what = f"the stack needs {needed / 1e9:.1f} GB, {of_it}: this machine has {memory.total / 1e9:.1f} GB"
        return Finding(ok=False, what=what, fix="use a smaller `model.file`, or another `model.kind`")
    if memory.total < needed:
        given = f"flink.taskManagerMemory is {settings.flink.task_manager_megabytes}m"
        most = (memory.total - _MEMORY_BYTES) // _MEBIBYTE + TASK_MANAGER_MEGABYTES
        what = f"{given}, with which the stack needs {needed / 1e9:.1f} GB: this machine has {memory.total / 1e9:.1f} GB"
        return Finding(ok=False, what=what, fix=f"set it to {most}m or less with `pulumi config set flink.taskManagerMemory ...`")
    if available < needed:
        fix = f"end other programs until {needed / 1e9:.1f} GB are available"
        return Finding(ok=False, what=what, fix=fix, only_to_start=True)
    return Finding(ok=True, what=what)


def _ports(settings: EmbeddedSettings) -> list[Finding]:
    ours = {port for one in processes.marked(settings.folder) for port in ports.listening(one.pid)}
    findings = []
    for service in services_of(settings):
        try:
            wanted = specification(service, settings).ports
        except EmbeddedError as error:
            findings.append(Finding(ok=False, what=str(error), fix="fix that and run this again"))
            continue
        findings += [_guarded(partial(_port, service, port, settings.folder, ours), f"port {port.number} ({port.key})") for port in wanted]
    return findings


def _port(service: ServiceName, port: Port, folder: DataFolder, ours: set[int]) -> Finding:
    if ports.is_free(port.number):
        return Finding(ok=True, what=f"port {port.number} ({port.key}) is free")
    # The holder is asked too: what an interrupted `up` left at work may have started the service since `ours` was read.
    holder = None if port.number in ours else ports.holder_of(port.number)
    if port.number in ours or (holder and processes.is_marked(holder.pid, folder)):
        return Finding(ok=True, what=f"port {port.number} ({port.key}) is held by our own {service}")
    by = f"by {holder}" if holder else "by a process that this user cannot see"
    return Finding(
        ok=False,
        what=f"port {port.number} ({port.key}) of {service} is taken {by}",
        fix=f"stop it, or choose another port with `pulumi config set {port.key} <port>`",
    )


def _nearest(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
