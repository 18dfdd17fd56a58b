"""Which code a Python service runs, as one hash: a changed line restarts it."""

import hashlib
from pathlib import Path


def hash_of_sources(folder: Path) -> str:
    """Return SHA-256 over the names and contents of a package's modules."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
