"""Jars of functions: `CREATE FUNCTION ... USING JAR 'jars/udf.jar'` with a file of the bundle, named relative to its folder.

The file's checksum is in the value that replaces the path, so another file under the same name is another statement.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from flinksql.sql.tokens import Token, TokenisedText, TokenKind

SUFFIX = ".jar"
PARAMETER = "jar:"
"""Begins the name of the parameter that a jar's path is replaced by. No placeholder can have such a name."""
NOT_BROUGHT = "The bundle has no jar that this platform could bring to its SQL Gateway"
"""What ends the message about a jar where none can be brought."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class BundleJar:
    """A jar in the bundle's folder. `path` is relative to it, with forward slashes; `sha256` has 64 hexadecimal digits."""

    path: str
    file: Path
    sha256: str

    @property
    def place(self) -> PurePosixPath:
        """Where the jar lies in a folder that keeps jars by their content, so that each version stays beside the others."""
        return PurePosixPath(self.sha256[:_DIGITS], self.file.name)


JarAddress = Callable[[BundleJar], str]
"""Gives the URI under which the SQL Gateway reads a jar."""


def jars_below(folder: str) -> JarAddress:
    """Return the addresses of jars that are kept below a folder of the machine where the SQL Gateway runs."""
    return lambda jar: f"file://{folder}/{jar.place}"


def read_jars(folder: Path) -> dict[str, BundleJar]:
    """Return the jars in a bundle's folder and below, by their paths. Raises OSError for one that cannot be read."""
    found = sorted(file for file in folder.rglob(f"*{SUFFIX}") if file.is_file()) if folder.is_dir() else []
    jars: dict[str, BundleJar] = {}
    for file in found:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        path = file.relative_to(folder).as_posix()
        jars[path] = BundleJar(path=path, file=file, sha256=digest)
    return jars


def place_jars(jars: Mapping[str, BundleJar], folder: Path) -> None:
    """Copy the jars of functions into a folder that keeps them by their content. One that is there whole stays."""
    for jar in jars.values():
        target = folder / jar.place
        if target.is_file() and target.stat().st_size == jar.file.stat().st_size:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as part, jar.file.open("rb") as source:
            shutil.copyfileobj(source, part)
        Path(part.name).chmod(0o644)
        Path(part.name).replace(target)


def relative_jars(tokenised: TokenisedText) -> list[Token]:
    """Return the paths after USING JAR that are relative to the bundle's folder."""
    tokens = tokenised.tokens
    if not (tokens and tokens[0].is_word("CREATE") and any(token.is_word("FUNCTION") for token in tokens[1:4])):
        return []
    named = (token for before, token in pairwise(tokens) if before.is_word("JAR") and token.kind is TokenKind.STRING)
    return [token for token in named if token.text.startswith("'") and "${" not in token.text and _is_relative(token.value)]


def parameter_of(path: str) -> str:
    """Return the name of the parameter that replaces a path."""
    return PARAMETER + str(PurePosixPath(path))


def missing_jar(path: str, known: Mapping[str, str]) -> str:
    """Return what is said of a path that names no jar of the bundle."""
    jars = sorted(name.removeprefix(PARAMETER) for name in known if name.startswith(PARAMETER))
    there = f"Jars in the bundle: {', '.join(jars)}" if jars else NOT_BROUGHT
    advice = "name a file of the bundle, relative to its folder, or by `file:///...` one that the SQL Gateway can read"
    return f"there is no jar {path.removeprefix(PARAMETER)}: {advice}. {there}"


def _is_relative(path: str) -> bool:
    return bool(path) and not path.startswith("/") and not _SCHEME.match(path)
