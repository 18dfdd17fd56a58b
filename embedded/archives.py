"""AppCDS archives: the classes that a service loads, made ready once, which halves every later start.

A service without an archive is started so that its first clean end writes one. The next start takes it. A process that was killed
leaves none, or a part: the JVM writes the header last, so a part has no magic number, is dropped here and made again.
"""

import hashlib
import json
from pathlib import Path

from embedded.java import Java
from embedded.specification import JavaProgram, ServiceName

_MAGIC = (0xF00BABA8).to_bytes(4, "little"), (0xF00BABA8).to_bytes(4, "big")
"""First bytes of a dynamic archive (`CDS_DYNAMIC_ARCHIVE_MAGIC` in HotSpot's cds.h), in the machine's byte order."""


def archive_options(folder: Path, service: ServiceName, program: JavaProgram, java: Java) -> tuple[str, ...]:
    """Give the JVM options that use the service's archive, or that make one. Takes over what the last clean end wrote.

    To be called while the service does not run. Archives of the service for other flags, classpaths or Javas are removed.
    """
    if not java.shares_classes:
        return ()
    key = archive_key(program, java)
    recorded = folder / f"{service}-{key}.jsa.new"
    folder.mkdir(parents=True, exist_ok=True)
    if _is_archive(recorded) and _proof(recorded).exists():
        # The size goes into the name: the JVM does not compare it, and crashes on a truncated archive.
        recorded.replace(folder / f"{service}-{key}-{recorded.stat().st_size}.jsa")
    usable = _usable(folder, service, key)
    for other in folder.glob(f"{service}-*.jsa*"):
        if other not in usable[:1]:
            other.unlink(missing_ok=True)
    if usable:
        return (f"-XX:SharedArchiveFile={usable[0]}",)
    # A warning for each class that cannot be archived would fill the log.
    return (f"-XX:ArchiveClassesAtExit={recorded}", "-Xlog:cds=error", "-Xlog:cds+dynamic=error")


def archive_in_place(folder: Path, service: ServiceName, program: JavaProgram, java: Java) -> tuple[str, ...]:
    """Give the option that uses the service's archive, if there is one. For another program over the same classes and flags."""
    usable = _usable(folder, service, archive_key(program, java)) if java.shares_classes else []
    return tuple(f"-XX:SharedArchiveFile={archive}" for archive in usable[:1])


def prove_archive(folder: Path, service: ServiceName, program: JavaProgram, java: Java) -> None:
    """Note that the running service became ready: one that fails while it starts also writes an archive, of next to nothing."""
    if not java.shares_classes:
        return
    _proof(folder / f"{service}-{archive_key(program, java)}.jsa.new").touch()


def archive_key(program: JavaProgram, java: Java) -> str:
    """Derive the name of an archive from everything that it depends on: sixteen hexadecimal digits."""
    parts = [java.version, str(java.executable), program.options, [str(jar) for jar in program.classpath], program.main]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _usable(folder: Path, service: ServiceName, key: str) -> list[Path]:
    """List the whole archives of a service: a truncated one has not the size that stands in its name."""
    return [file for file in folder.glob(f"{service}-{key}-*.jsa") if _is_archive(file) and file.stem.endswith(f"-{file.stat().st_size}")]


def _is_archive(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(4) in _MAGIC
    except OSError:
        return False


def _proof(recorded: Path) -> Path:
    return recorded.with_name(f"{recorded.name}.proof")
