"""Which values of its secrets a job was started with, kept so that another value is noticed and the value itself cannot be had.

A mark is a digest of the value with a salt of its own. It stands in the state as a secret output, which the stack's secrets provider
encrypts: without that, a short password could be found by trying.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

_SALT_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """How a job's secrets stand to those of now: the names of the changed ones, and of those of which that is not known."""

    changed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def marks_of(values: Mapping[str, str]) -> str:
    """Return the marks of secrets, by name, as one text. There is a new salt each time, so two texts cannot be compared."""
    return json.dumps({name: _mark(secrets.token_hex(_SALT_BYTES), value) for name, value in sorted(values.items())})


def rotation(marks: str, values: Mapping[str, str]) -> Rotation:
    """Compare the secrets of now with marks. Of a secret without a mark nothing is known, and of all of them when the text is empty."""
    given = _read(marks)
    known = {name: mark for name, mark in given.items() if name in values}
    changed = (name for name, mark in known.items() if not hmac.compare_digest(mark, _mark(mark.partition(":")[0], values[name])))
    return Rotation(changed=tuple(sorted(changed)), unknown=tuple(sorted(values.keys() - known.keys())))


def _mark(salt: str, value: str) -> str:
    return f"{salt}:{hmac.digest(salt.encode(), value.encode(), 'sha256').hex()}"


def _read(marks: str) -> dict[str, str]:
    try:
        read = json.loads(marks) if marks else {}
    except ValueError:
        return {}
    return {str(name): str(mark) for name, mark in read.items()} if isinstance(read, dict) else {}
