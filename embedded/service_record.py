"""What was last started as a service: kept beside the supervisor's files, and removed with them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from embedded.data_folder import DataFolder, write_atomically
from embedded.specification import Specification


@dataclass(frozen=True, kw_only=True)
class Record:
    """The digest of the specification, and a token that changes with the secret files (their modification time, never their content)."""

    digest: str
    secrets: str

    @classmethod
    def of(cls, specification: Specification) -> "Record":
        """Describe what a start with this specification would run now."""
        return cls(digest=specification.digest, secrets=",".join(_changed_at(file) for file in specification.secret_files))


def read_record(folder: DataFolder, service: str) -> Record | None:
    """Read what was last started; None if nothing was, or if the file is malformed."""
    try:
        plain = json.loads(_file(folder, service).read_text(encoding="utf-8"))
        return Record(digest=str(plain["digest"]), secrets=str(plain["secrets"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(folder: DataFolder, service: str, record: Record) -> None:
    """Remember what was started."""
    write_atomically(_file(folder, service), json.dumps(asdict(record)))


def remove_record(folder: DataFolder, service: str) -> None:
    """Forget what was started. Call it before the service is stopped."""
    _file(folder, service).unlink(missing_ok=True)


def _file(folder: DataFolder, service: str) -> Path:
    return folder.run / f"{service}.json"


def _changed_at(file: Path) -> str:
    try:
        return str(file.stat().st_mtime_ns)
    except OSError:
        return "missing"
