"""The salt of the job ids. Flink cancels a job for anyone who requests a URL with its id, and a web page can request any URL.

Ids are derived from a statement's name and definition. Without a salt they are the same wherever the same bundle runs.
"""

import secrets
from functools import cache

from embedded.data_folder import DataFolder, ensure_folder, write_atomically
from embedded.errors import DataFolderError
from embedded.locks import file_lock

_BYTES = 16
_LOCK_SECONDS = 30


@cache
def _create_salt(folder: DataFolder) -> str:
    """Return the salt. The first process to come here creates it."""
    ensure_folder(folder)
    with file_lock(folder.locks / "salt.lock", timeout_seconds=_LOCK_SECONDS):
        found = _read(folder)
        if not found:
            found = secrets.token_hex(_BYTES)
            try:
                write_atomically(folder.salt, f"{found}\n", mode=0o600)
            except OSError as error:
                raise DataFolderError(f"{folder.salt} cannot be written ({error.strerror}): make the data folder writable") from error
    return found


def read_salt(folder: DataFolder, *, make: bool = False) -> str:
    """Return the salt of the data folder: 32 hexadecimal digits, or an empty text if there is none and `make` is false.

    Raise DataFolderError when it cannot be written.
    """
    return _create_salt(folder) if make else _read(folder)


def _read(folder: DataFolder) -> str:
    try:
        return folder.salt.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise DataFolderError(f"{folder.salt} cannot be read ({error.strerror}): make the data folder readable") from error
