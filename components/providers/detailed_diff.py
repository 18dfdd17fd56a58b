"""Which inputs differ, for people: Pulumi's server for dynamic providers tells the engine only that something does.

Without it the engine shows every input of a changed resource, the equal ones too.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

_PLAIN_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_UNSHOWN = frozenset({"__provider", "closure", "revision", "written"})
"""`built_on` tells what changed in a closure."""

_PARAMETERS = "parameters"
_CUT_BY_PULUMI = 150
"""A diff shows so many characters of a line."""
_CONTEXT = 40
_LONGEST = 160


def changed_paths(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """Return the paths of the inputs that differ, one level into mappings, in the engine's notation."""
    found: list[str] = []
    for name in sorted((olds.keys() | news.keys()) - _UNSHOWN):
        old, new = olds.get(name), news.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            keys = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
            found += [f"{name}{_step(key)}" for key in keys if name != _PARAMETERS or not _is_in_another_property(key, olds, news)]
        else:
            found.append(name)
    return found


def own_parameters_changed(olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the old and new values of changed parameters that a statement's own text reads."""
    old, new = olds.get(_PARAMETERS) or {}, news.get(_PARAMETERS) or {}
    return {
        name: (str(old[name]), str(new[name])) for name in sorted(old.keys() & new.keys()) if old[name] != new[name] and _reads(name, news)
    }


def _is_in_another_property(parameter: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Tell whether a parameter is the closure's alone and `built_on` says what changed there. A prompt would be shown again and again."""
    return olds.get("built_on") != news.get("built_on") and not _reads(parameter, olds) and not _reads(parameter, news)


def _reads(parameter: str, inputs: Mapping[str, Any]) -> bool:
    return f"${{{parameter}}}" in str(inputs.get("text", ""))


def _step(key: str) -> str:
    return f".{key}" if _PLAIN_NAME.fullmatch(key) else f'["{key}"]'


def cut_changes(before: str, after: str) -> list[str]:
    """Return what changed in lines that are too long for a diff, such as a prompt: number, old words and new words."""
    old, new = before.splitlines(), after.splitlines()
    found: list[str] = []
    for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "replace" and last - first == end - start:
            pairs = zip(old[first:last], new[start:end], strict=True)
            found += [f"line {start + at}: {_text(*pair)}" for at, pair in enumerate(pairs, 1) if max(map(len, pair)) > _CUT_BY_PULUMI]
    return found


def _text(old: str, new: str) -> str:
    """Quote two lines from shortly before their first difference to shortly after their last."""
    begin = _equal(old, new)
    end = min(_equal(reversed(old), reversed(new)), min(len(old), len(new)) - begin)
    return " => ".join(_quoted(line, begin, len(line) - end) for line in (old, new))


def _equal(one: Iterable[str], other: Iterable[str]) -> int:
    """Count how many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _quoted(line: str, begin: int, end: int) -> str:
    start, stop = max(0, begin - _CONTEXT), min(len(line), end + _CONTEXT)
    text = line[start:stop] if stop - start <= _LONGEST else f"{line[start : start + _LONGEST]}..."
    return f'"{"..." if start else ""}{text}{"..." if stop < len(line) and not text.endswith("...") else ""}"'
