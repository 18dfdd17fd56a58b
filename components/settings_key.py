"""One configuration key: its type, its default, and what values it takes."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

Value = str | int | bool

_GIGABYTE = 1024
_BYTES = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?(M|G|T|Mi|Gi|Ti)")
_CPUS = re.compile(r"(?!0+(\.0+)?m?$)([0-9]{1,3}(\.[0-9]{1,3})?|[0-9]{1,6}m)")
_MEMORY = re.compile(r"[0-9]{1,6}(m|g)", re.IGNORECASE)
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_OBJECT = r"([A-Za-z]{1,63}/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f]{16})"
_OBJECTS = re.compile(f"{_OBJECT}(,{_OBJECT})*")
_TOPIC_PREFIX = re.compile(r"[a-zA-Z0-9._-]{1,100}")
_REPOSITORY = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:[0-9]{2,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+")
_REFERENCE = re.compile(_REPOSITORY.pattern + r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[0-9a-f]{64}")
_APPROVALS = re.compile(r"c[0-9a-f]{11}(,c[0-9a-f]{11})*")
_SERVER = r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?:[0-9]{2,5}"
_SERVERS = re.compile(f"{_SERVER}(,{_SERVER})*")


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key. `parse` returns the value of a text, or None when the text is not allowed; `allowed` says in words what is."""

    name: str
    type: str
    default: Value
    example: str
    allowed: str
    parse: Callable[[str], Value | None]


def integer(name: str, default: int, low: int, high: int) -> Key:
    """Return a key for a whole number from `low` to `high`."""

    def parse(text: str) -> int | None:
        if re.fullmatch(r"[0-9]{1,9}(\.0)?", text) is None:
            return None
        number = int(float(text))
        return number if low <= number <= high else None

    return Key(
        name=name, type="integer", default=default, example=str(default), allowed=f"a whole number from {low} to {high}", parse=parse
    )


def decimal(name: str, example: str) -> Key:
    """Return a key for an amount of money, written as a decimal number; 0 by default."""
    return _shaped(name, "0", example, _DECIMAL, "an amount such as 0.15", optional=False)


def share(name: str, example: str) -> Key:
    """Return a key for a number from 0 to 1; 0 by default."""

    def parse(given: str) -> str | None:
        return given if _DECIMAL.fullmatch(given) and float(given) <= 1 else None

    return Key(name=name, type="string", default="0", example=example, allowed="a number from 0 to 1, such as 0.9", parse=parse)


def boolean(name: str, *, default: bool) -> Key:
    """Return a key for a yes or no."""
    example = str(default).lower()
    return Key(
        name=name, type="boolean", default=default, example=example, allowed="true or false", parse={"true": True, "false": False}.get
    )


def choice(name: str, default: str, choices: tuple[str, ...]) -> Key:
    """Return a key for one of several words."""
    accepted = {word: word for word in choices}
    return Key(name=name, type="string", default=default, example=default, allowed=" or ".join(choices), parse=accepted.get)


def text(name: str, default: str) -> Key:
    """Return a key for a text that is not empty."""

    def parse(given: str) -> str | None:
        return given if given.strip() == given and given.isprintable() and given else None

    return Key(name=name, type="string", default=default, example=default, allowed="a text without white space at its ends", parse=parse)


def optional_text(name: str, example: str) -> Key:
    """Return a key for a text that may be empty."""

    def parse(given: str) -> str | None:
        return given if given.strip() == given and (given.isprintable() or not given) else None

    return Key(name=name, type="string", default="", example=example, allowed="a text without white space at its ends", parse=parse)


def base_url(name: str, example: str) -> Key:
    """Return a key for an http URL, or nothing; a slash at its end is taken away."""

    def parse(given: str) -> str | None:
        try:
            parts = urlsplit(given)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.username
        except ValueError:
            return None
        return given.rstrip("/") if not given or usable else None

    return Key(
        name=name, type="string", default="", example=example, allowed="an http or https URL without a user name, or nothing", parse=parse
    )


def quantity(name: str, default: str) -> Key:
    """Return a key for an amount of memory or disk in Kubernetes' notation."""
    return _shaped(name, default, default, _BYTES, "an amount as Kubernetes writes it, such as 512Mi or 10Gi", optional=False)


def cpus(name: str, default: str) -> Key:
    """Return a key for a number of CPUs in Kubernetes' notation."""
    return _shaped(name, default, default, _CPUS, "a number of CPUs as Kubernetes writes it, such as 2 or 500m", optional=False)


def memory(name: str, default: str, *, example: str = "", optional: bool = False) -> Key:
    """Return a key for an amount of memory in Flink's notation: `2048m`, `2g`."""
    allowed = "an amount of memory as Flink writes it, such as 2048m or 2g" + (", or nothing" if optional else "")
    return _shaped(name, default, example or default, _MEMORY, allowed, optional=optional)


def flink_megabytes(amount: str) -> int:
    """Return the megabytes of an amount in Flink's notation."""
    return int(amount[:-1]) * (_GIGABYTE if amount[-1] in "gG" else 1)


def object_name(name: str, default: str, *, example: str = "", optional: bool = False) -> Key:
    """Return a key for the name of a Kubernetes object."""
    allowed = "a name of lower-case letters, digits and `-`, at most 63 long" + (", or nothing" if optional else "")
    return _shaped(name, default, example or default, _NAME, allowed, optional=optional)


def object_list(name: str, example: str) -> Key:
    """Return a key for a list of Kubernetes objects (`Kind/name`) and ids of stacks, or nothing."""
    allowed = "objects as Kind/name or the id of a stack, several with commas between, or nothing"
    return _shaped(name, "", example, _OBJECTS, allowed, optional=True)


def topic_prefix(name: str, example: str) -> Key:
    """Return a key for what the names of topics begin with, or nothing."""
    return _shaped(name, "", example, _TOPIC_PREFIX, "at most 100 letters, digits, `.`, `_` and `-`, or nothing", optional=True)


def repository(name: str, default: str) -> Key:
    """Return a key for where images are pushed to and pulled from, without tag."""
    return _shaped(name, default, default, _REPOSITORY, "a registry and a name, without a tag", optional=False)


def image_reference(name: str, example: str) -> Key:
    """Return a key for an image that is there already, by digest, or nothing."""
    return _shaped(name, "", example, _REFERENCE, "an image by digest (registry/name@sha256:...), or nothing", optional=True)


def approvals(name: str, example: str) -> Key:
    """Return a key for a list of changes' hashes, or nothing."""
    return _shaped(name, "", example, _APPROVALS, "hashes of changes as `preview` prints them, several with commas between", optional=True)


def servers(name: str, example: str) -> Key:
    """Return a key for a list of host:port, or nothing."""
    return _shaped(name, "", example, _SERVERS, "host:port, several with commas between, or nothing", optional=True)


def addresses(name: str, example: str) -> Key:
    """Return a key for a list of networks, or nothing."""

    def parse(given: str) -> str | None:
        try:
            return ",".join(str(ipaddress.ip_network(one)) for one in given.split(",")) if given else ""
        except ValueError:
            return None

    return Key(
        name=name, type="string", default="", example=example, allowed="networks like 10.0.0.0/28, several with commas between", parse=parse
    )


def _shaped(name: str, default: str, example: str, shape: re.Pattern[str], allowed: str, *, optional: bool) -> Key:
    def parse(given: str) -> str | None:
        return given if shape.fullmatch(given) or (optional and not given) else None

    return Key(name=name, type="string", default=default, example=example, allowed=allowed, parse=parse)
