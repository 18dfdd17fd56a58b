"""What a format can do, and where its options stand."""

from collections.abc import Mapping
from typing import Any, Protocol

from platforms.bundle_view import Location


class UnreadableError(ValueError):
    """Bytes are not of the format."""


class Codec(Protocol):
    """One format. `checked` tells whether rows can be compared with the table's columns."""

    @property
    def checked(self) -> bool:
        """Whether rows can be compared with columns."""

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Write a row."""

    def decode(self, value: bytes) -> object:
        """Read a record: fields, or a text where there are none. Raises UnreadableError."""


def option(place: Location, key: str) -> str:
    """Return an option of a format, as `format` or as `value.format` has it."""
    return place.options.get(f"value.{key}") or place.options.get(key) or ""
