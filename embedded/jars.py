"""The jar lock: the files of each jar set, with size and checksums. `embedded` and the build of the Flink image read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from embedded.errors import ArtifactError

LOCK_FILE = Path(__file__).resolve().parent.parent / "docker" / "flink" / "jars.lock"


@dataclass(frozen=True, kw_only=True, order=True)
class Jar:
    """One locked file of a Maven repository. `size` in bytes, checksums in lower-case hexadecimal digits."""

    group: str
    artifact: str
    version: str
    classifier: str = ""
    size: int
    sha256: str
    sha1: str

    @property
    def coordinate(self) -> str:
        """`group:artifact[:classifier]:version`."""
        classifier = f":{self.classifier}" if self.classifier else ""
        return f"{self.group}:{self.artifact}{classifier}:{self.version}"

    @property
    def file_name(self) -> str:
        """The name that Maven gives the file."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{classifier}.jar"

    @property
    def path(self) -> PurePosixPath:
        """Where the file lies in a Maven repository, relative to its root."""
        return PurePosixPath(*self.group.split("."), self.artifact, self.version, self.file_name)

    def is_whole(self, file: Path) -> bool:
        """Return whether a file has the jar's size. Its checksum was verified when it arrived."""
        try:
            return file.stat().st_size == self.size
        except OSError:
            return False

    def line(self, jar_set: str) -> str:
        """Render the jar as a line of the lock file."""
        return f"{jar_set} {self.coordinate} {self.size} sha256={self.sha256} sha1={self.sha1}"


def read_lock(file: Path = LOCK_FILE) -> dict[str, tuple[Jar, ...]]:
    """Read the jars by the name of their set, in the order of the file, which is the order of the classpath.

    Raise ArtifactError, which names the line, when the file is missing or malformed.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ArtifactError(f"the jar lock {file} cannot be read ({error.strerror}): restore it with `git checkout {file.name}`") from error
    return parse_lines(lines, file.name)


def parse_lines(lines: Iterable[str], file: str) -> dict[str, tuple[Jar, ...]]:
    """Parse the lines of a lock file. Raise ArtifactError, which names `file` and the line, when one is malformed."""
    sets: dict[str, list[Jar]] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            name, jar = _parse(line, f"{file}:{number}")
            sets.setdefault(name, []).append(jar)
    return {name: tuple(jars) for name, jars in sets.items()}


@cache
def locked_jars(jar_set: str) -> tuple[Jar, ...]:
    """Return the jars of a set of the committed lock. Raise ArtifactError when the lock has no such set."""
    sets = read_lock()
    if jar_set not in sets:
        raise ArtifactError(f"the jar lock has no set {jar_set!r} (it has {', '.join(sets)}): make it again with `python -m embedded.lock`")
    return sets[jar_set]


def _parse(line: str, place: str) -> tuple[str, Jar]:
    try:
        name, coordinate, size, sha256, sha1 = line.split()
        group, artifact, *classifier, version = coordinate.split(":")
        return name, Jar(
            group=group,
            artifact=artifact,
            classifier=classifier[0] if classifier else "",
            version=version,
            size=int(size),
            sha256=_checksum(sha256, "sha256", 64),
            sha1=_checksum(sha1, "sha1", 40),
        )
    except ValueError as error:
        raise ArtifactError(f"{place}: not a line of a jar lock ({error}): make it again with `python -m embedded.lock`") from error


def _checksum(text: str, kind: str, digits: int) -> str:
    prefix, _, value = text.partition("=")
    if prefix != kind or len(value) != digits or not set(value) <= set("0123456789abcdef"):
        raise ValueError(f"{kind}= with {digits} hexadecimal digits expected, found {text!r}")
    return value
