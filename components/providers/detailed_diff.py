"""Which inputs differ, for people: Pulumi's server for dynamic providers tells the engine only that something does.

Without it the engine shows every input of a changed resource, the equal ones too.
"""

import re
from collections.abc import Mapping
from typing import Any

_PLAIN_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_UNSHOWN = frozenset({"__provider", "closure"})
"""`built_on` tells what changed in a closure."""


def changed_paths(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """Return the paths of the inputs that differ, one level into mappings, in the engine's notation."""
    found: list[str] = []
    for name in sorted((olds.keys() | news.keys()) - _UNSHOWN):
        old, new = olds.get(name), news.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += [f"{name}{_step(key)}" for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
        else:
            found.append(name)
    return found


def _step(key: str) -> str:
    return f".{key}" if _PLAIN_NAME.fullmatch(key) else f'["{key}"]'
