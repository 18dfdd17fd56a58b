"""The configuration keys: type, default, what is allowed. Pulumi.yaml repeats them for the command line; a test compares the two."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from embedded.lines import FLINK_LINES
from embedded.settings import PORT_KEYS, ModelKind, Ports

Value = str | int | bool

HIDDEN_PREFIX = "secret."
"""`secret.<NAME>` is the value of `${secret:NAME}` in SQL."""
API_KEY = "model.apiKey"
LOWEST_PORT, HIGHEST_PORT = 1024, 65535
"""Ports below the lowest need rights that nothing here should have."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key. `parse` returns the value of a text, or None when the text is not allowed; `allowed` says in words what is."""

    name: str
    type: str
    default: Value
    example: str
    allowed: str
    parse: Callable[[str], Value | None]


def _integer(name: str, default: int, low: int, high: int) -> Key:
    def parse(text: str) -> int | None:
        if re.fullmatch(r"[0-9]{1,9}(\.0)?", text) is None:
            return None
        number = int(float(text))
        return number if low <= number <= high else None

    return Key(
        name=name, type="integer", default=default, example=str(default), allowed=f"a whole number from {low} to {high}", parse=parse
    )


def _boolean(name: str, *, default: bool) -> Key:
    example = str(default).lower()
    return Key(
        name=name, type="boolean", default=default, example=example, allowed="true or false", parse={"true": True, "false": False}.get
    )


def _choice(name: str, default: str, choices: tuple[str, ...]) -> Key:
    accepted = {choice: choice for choice in choices}
    return Key(name=name, type="string", default=default, example=default, allowed=" or ".join(choices), parse=accepted.get)


def _text(name: str, default: str) -> Key:
    def parse(text: str) -> str | None:
        return text if text.strip() == text and text.isprintable() and text else None

    return Key(name=name, type="string", default=default, example=default, allowed="a text without white space at its ends", parse=parse)


def _base_url(name: str, example: str) -> Key:
    def parse(text: str) -> str | None:
        try:
            parts = urlsplit(text)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.username
        except ValueError:
            return None
        return text.rstrip("/") if not text or usable else None

    return Key(
        name=name, type="string", default="", example=example, allowed="an http or https URL without a user name, or nothing", parse=parse
    )


_DEFAULT_PORTS = Ports()

_KEYS = (
    _choice("platform", "embedded", ("embedded", "kubernetes")),
    _choice("bundle", "reviews", ("reviews", "article")),
    _integer("bundle.windowSeconds", 60, 1, 86_400),
    _choice("bundle.deliveryGuarantee", "at-least-once", ("at-least-once", "exactly-once")),
    _choice("flink.line", "2.2", tuple(FLINK_LINES)),
    _integer("flink.taskSlots", 8, 1, 256),
    _integer("flink.checkpointIntervalSeconds", 10, 1, 3_600),
    _integer("flink.parallelism", 1, 1, 256),
    *(_integer(key, getattr(_DEFAULT_PORTS, field), LOWEST_PORT, HIGHEST_PORT) for field, key in PORT_KEYS.items()),
    _text("data.folder", ".data"),
    _choice("model.kind", "offline", tuple(ModelKind)),
    _text("model.name", "llama3.1"),
    _base_url("model.endpoint", "http://127.0.0.1:8000/v1"),
    _integer("topics.partitions", 2, 1, 1_000),
    _boolean("topics.deleteOnDestroy", default=False),
)

KEYS: Mapping[str, Key] = MappingProxyType({key.name: key for key in _KEYS})
"""By name, in the order in which a person would think of them. The secret ones (`model.apiKey`, `secret.<NAME>`) are not here: Pulumi
knows no optional secret in Pulumi.yaml, and their values are nobody's business but the providers'."""
