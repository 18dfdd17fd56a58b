"""In which fields an object in the cluster differs from what it was created as. Pure.

Only given fields count: a cluster adds many of its own. A value is unchanged if it is the given one, or what the cluster made of it at
the time (`1024Mi` becomes `1Gi`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kubernetes.utils import quantity

SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105  # the key that marks Pulumi's own wrappers in a state
_amount: Callable[[str], Any] = quantity.parse_quantity
_QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?")
_MISSING: Any = object()
_UNTOLD = frozenset({"status", "__fieldManager", "__initialApiVersion"})
_TEXT_CHARACTERS = 60


def differences(given: object, last: object, live: object) -> list[str]:
    """Return a description of each difference: `spec.replicas is 0 and was 1`.

    `given` is what the object was created from, `last` the object as the cluster returned it then, `live` the object now.
    """
    return list(_differences(given, last, live, ""))


def _differences(given: Any, last: Any, live: Any, place: str) -> Iterator[str]:  # noqa: ANN401
    if _is_secret(given) or _same(given, live) or (last is not _MISSING and last == live):
        return
    if isinstance(given, Mapping) and isinstance(live, Mapping):
        yield from _in_map(given, last if isinstance(last, Mapping) else {}, live, place)
    elif isinstance(given, list) and isinstance(live, list) and _pairs(given, live) is not None:
        yield from _in_list(given, last if isinstance(last, list) else [], live, place)
    elif live is _MISSING:
        # What the API server dropped when the object was created is not a later change.
        if not _is_empty(given) and last is not _MISSING:
            yield f"{place} is gone"
    else:
        yield f"{place} is {_short(live)} and was {_short(given)}"


def _in_map(given: Mapping[str, Any], last: Mapping[str, Any], live: Mapping[str, Any], place: str) -> Iterator[str]:
    for key, value in given.items():
        if key not in _UNTOLD:
            below = f"{place}.{key}" if place else key
            yield from _differences(value, last.get(key, _MISSING), live.get(key, _MISSING), below)


def _in_list(given: Sequence[Any], last: Sequence[Any], live: Sequence[Any], place: str) -> Iterator[str]:
    pairs = _pairs(given, live) or ()
    before = {title: one for title, _, one in _pairs(given, last) or ()}
    for title, one, other in pairs:
        yield from _differences(one, before.get(title, _MISSING), other, f"{place}[{title}]")


def _pairs(given: Sequence[Any], live: Sequence[Any]) -> list[tuple[str, Any, Any]] | None:
    """Pair the elements: those with names by name, others by position. Return None if they cannot be paired."""
    if given and all(isinstance(one, Mapping) and "name" in one for one in [*given, *live]):
        known = {one["name"]: one for one in live}
        # A missing element is a difference, not something that the API server dropped: it keeps lists of named elements complete.
        return [(str(one["name"]), one, known.get(one["name"], "nothing")) for one in given]
    if len(given) != len(live):
        return None
    return [(str(index), one, other) for index, (one, other) in enumerate(zip(given, live, strict=True))]


def _same(given: object, live: object) -> bool:
    if given == live:
        return True
    texts = (str(given), str(live))
    if isinstance(given, str | int | float) and isinstance(live, str | int | float) and all(map(_QUANTITY.fullmatch, texts)):
        return bool(_amount(texts[0]) == _amount(texts[1]))
    return False


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and SECRET_MARK in value


def _is_empty(value: object) -> bool:
    return value is None or value in ("", False) or (isinstance(value, Mapping | list) and not value)


def _short(value: object) -> str:
    # What is in it is not shown: a state may have secrets there.
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return "an object"
    text = " ".join(str(value).split())
    return text if len(text) <= _TEXT_CHARACTERS else f"{text[:_TEXT_CHARACTERS]}..."
