"""Reading what Pulumi hands to a provider: whole numbers come as floats, a None is left out, a preview has unknown values."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi.output import Unknown
from pulumi.runtime import rpc

Properties = dict[str, Any]
"""Inputs, or a resource's whole state."""


def has_unknown(value: object) -> bool:
    """Tell whether a value, or anything in it, is not known before the update."""
    if isinstance(value, Unknown) or value == rpc.UNKNOWN:
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(part) for part in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(has_unknown(part) for part in value)
    return False


def text(properties: Properties, name: str) -> str:
    """Return a text, empty when it was left out."""
    return str(properties.get(name) or "")


def integer(properties: Properties, name: str, default: int = 0) -> int:
    """Return a whole number."""
    value = properties.get(name)
    return default if value is None else int(float(value))


def flag(properties: Properties, name: str) -> bool:
    """Return a yes or no; left out is no."""
    return properties.get(name) is True


def texts(properties: Properties, name: str) -> dict[str, str]:
    """Return a mapping of texts, empty when it was left out."""
    return {str(key): str(value) for key, value in (properties.get(name) or {}).items()}


def inputs_of(table: Mapping[str, object], properties: Properties) -> dict[str, Any]:
    """Return those properties that are inputs, without Pulumi's own."""
    return {name: properties[name] for name in table if name in properties}
