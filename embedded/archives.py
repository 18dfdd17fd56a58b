"""AppCDS archives: the classes that a service loads, prepared once. An archive halves the time of every later start.

A service without an archive lists the classes that it loads. Once it is ready and has loaded none for a while, a second JVM makes the
archive from that list. It runs at low priority beside the service, and the next start uses the archive. Nothing is written at shutdown.
"""

import hashlib
import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from embedded.java import Java
from embedded.specification import JavaProgram, ServiceName

_MAGIC = (0xF00BABA2).to_bytes(4, "little"), (0xF00BABA2).to_bytes(4, "big")
"""First bytes of a static archive (`CDS_ARCHIVE_MAGIC` in HotSpot's cds.h), in the machine's byte order. The JVM writes them last."""

QUIET_SECONDS = 30
"""How long a service must have loaded no class. Deploying a job loads many, so the archive holds what jobs need as well."""

_NICENESS = 19

_OF_A_FOLDER = ("-D", "-XX:ErrorFile=")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Where the classes of a service are listed, and where its archive is made."""

    classes: Path
    archive: Path


def archive_options(folder: Path, service: ServiceName, program: JavaProgram, java: Java, *, made: bool = True) -> tuple[str, ...]:
    """Return the JVM options that use the service's archive, or, where one is to be `made`, that list the classes to make it from.

    Put a finished archive in its place, and remove archives for other flags, classpaths or Javas. The service must not be running.
    """
    if not java.shares_classes:
        return ()
    recording = recording_of(folder, service, program, java)
    folder.mkdir(parents=True, exist_ok=True)
    if is_archive(recording.archive):
        # The size goes into the name: the JVM does not compare it, and crashes on a truncated archive.
        finished = recording.archive
        finished.replace(folder / f"{service}-{archive_key(program, java)}-{finished.stat().st_size}.jsa")
    usable = _usable(folder, service, archive_key(program, java))
    for other in folder.glob(f"{service}-*.*"):
        if other not in usable[:1]:
            other.unlink(missing_ok=True)
    if usable:
        return (f"-XX:SharedArchiveFile={usable[0]}",)
    return (f"-XX:DumpLoadedClassList={recording.classes}",) if made else ()


def archive_in_place(folder: Path, service: ServiceName, program: JavaProgram, java: Java) -> tuple[str, ...]:
    """Return the option that uses the service's archive, if there is one. For another program with the same classes and flags."""
    usable = _usable(folder, service, archive_key(program, java)) if java.shares_classes else []
    return tuple(f"-XX:SharedArchiveFile={archive}" for archive in usable[:1])


def archive_script(recording: Recording, command: tuple[str, ...]) -> str:
    """Render the shell script that waits until the list of classes is stable, and then becomes the JVM that makes the archive.

    `command` is the service's Java with its options and classpath. The last line of the list may be incomplete, so it is left out.
    """
    classes, read = shlex.quote(str(recording.classes)), shlex.quote(f"{recording.classes}.read")
    options = (
        f"-XX:SharedClassListFile={recording.classes}.read",
        f"-XX:SharedArchiveFile={recording.archive}",
        "-Xlog:disable",
        "-Xshare:dump",
    )
    return f"""\
#!/bin/sh
[ ! -e {shlex.quote(str(recording.archive))} ] || exit 0
size=none
while [ "$size" != "$(wc -c < {classes})" ]; do
    size=$(wc -c < {classes})
    sleep {QUIET_SECONDS}
done
sed '$d' {classes} > {read}
exec nice -n {_NICENESS} {shlex.join((*command, *options))}
"""


def archive_key(program: JavaProgram, java: Java) -> str:
    """Derive the name of an archive from everything that it depends on: sixteen hexadecimal digits.

    System properties and the place of a crash report are left out: they name the data folder, and no class depends on them.
    """
    options = [option for option in program.options if not option.startswith(_OF_A_FOLDER)]
    parts = [java.version, str(java.executable), options, [str(jar) for jar in program.classpath], program.main]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def recording_of(folder: Path, service: ServiceName, program: JavaProgram, java: Java) -> Recording:
    """Return the paths of a service's recording, whether or not they exist."""
    stem = f"{service}-{archive_key(program, java)}"
    return Recording(classes=folder / f"{stem}.classes", archive=folder / f"{stem}.jsa.new")


def _usable(folder: Path, service: ServiceName, key: str) -> list[Path]:
    """List the complete archives of a service. The size of a truncated one differs from the size in its name."""
    return [file for file in folder.glob(f"{service}-{key}-*.jsa") if is_archive(file) and file.stem.endswith(f"-{file.stat().st_size}")]


def is_archive(file: Path) -> bool:
    """Tell whether a file is an archive that was made to its end."""
    try:
        with file.open("rb") as stream:
            return stream.read(4) in _MAGIC
    except OSError:
        return False
