"""Configuration keys whose values go into objects of Kubernetes as they are: labels, annotations, tolerations, names."""

import json
import re
from collections.abc import Callable

from settings.key import Key

_SUBDOMAIN = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
_WORD = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"({_SUBDOMAIN}/)?{_WORD}")
_LABEL = re.compile(rf"({_WORD})?")
_NAME = re.compile(_SUBDOMAIN)
_TOLERATION = re.compile(rf"(?P<key>({_SUBDOMAIN}/)?{_WORD})?(=(?P<value>{_WORD}))?(:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute))?")


def labels(name: str, example: str) -> Key:
    """Return a key for labels: `name=value`, several with commas between, or a JSON object. The value is JSON, or nothing."""
    return _pairs(name, example, lambda value: _LABEL.fullmatch(value) is not None, "labels as name=value, several with commas between")


def annotations(name: str, example: str) -> Key:
    """Return a key for annotations. A value with a comma in it needs the JSON object. The value is JSON, or nothing."""
    allowed = "annotations as name=value, several with commas between; a JSON object where a value has a comma"
    return _pairs(name, example, str.isprintable, allowed)


def tolerations(name: str, example: str) -> Key:
    """Return a key for tolerations as `kubectl taint` writes taints: `key=value:Effect`. The value is JSON, or nothing."""

    def parse(given: str) -> str | None:
        found = [_TOLERATION.fullmatch(one) if one else None for one in given.split(",")] if given else []
        read = [_toleration(one) for one in found if one is not None]
        if len(read) < len(found):
            return None
        return json.dumps(read) if read else ""

    allowed = "tolerations as key=value:Effect, key:Effect or key, several with commas between, or nothing"
    return Key(name=name, type="string", default="", example=example, allowed=allowed, parse=parse)


def names(name: str, example: str) -> Key:
    """Return a key for names of objects, several with commas between, or nothing."""

    def parse(given: str) -> str | None:
        return given if not given or all(_NAME.fullmatch(one) for one in given.split(",")) else None

    return Key(name=name, type="string", default="", example=example, allowed="names of objects, several with commas between", parse=parse)


def subdomain(name: str, example: str) -> Key:
    """Return a key for the name of an object of the whole cluster, which may have dots in it, or nothing."""

    def parse(given: str) -> str | None:
        return given if not given or _NAME.fullmatch(given) else None

    return Key(name=name, type="string", default="", example=example, allowed="the name of an object, or nothing", parse=parse)


def _toleration(found: "re.Match[str]") -> dict[str, str]:
    key, value, effect = found["key"], found["value"], found["effect"]
    read = {"operator": "Equal" if value else "Exists", "key": key, "value": value, "effect": effect}
    return {name: text for name, text in read.items() if text}


def _pairs(name: str, example: str, is_value: Callable[[str], bool], allowed: str) -> Key:
    def parse(given: str) -> str | None:
        read = _object(given) if given.startswith("{") else _listed(given)
        if read is None or not all(_KEY.fullmatch(key) and is_value(value) for key, value in read.items()):
            return None
        return json.dumps(read, sort_keys=True) if read else ""

    return Key(name=name, type="string", default="", example=example, allowed=f"{allowed}, or nothing", parse=parse)


def _listed(given: str) -> dict[str, str] | None:
    pairs = [one.partition("=") for one in given.split(",")] if given else []
    return {key: value for key, _, value in pairs} if all(sign for _, sign, _ in pairs) else None


def _object(given: str) -> dict[str, str] | None:
    try:
        read = json.loads(given)
    except ValueError:
        return None
    return read if isinstance(read, dict) and all(isinstance(value, str) for value in read.values()) else None
