"""Reading an operator's description: `GroupAggregate(groupBy=[k], select=[k, SUM(v) AS total])` as its named parts.

Only to show people what changes: nothing is decided by it.
"""

import re
from collections.abc import Iterator

_OPENING, _CLOSING = "([{<", ")]}>"
_PART = re.compile(r"(?P<name>\w+)=(?P<value>.*)", re.DOTALL)
_WINDOW_NAME = "'w$"
"""How plans refer to a window: `start('w$)`. That apostrophe closes nowhere."""


def parts_of(description: str) -> dict[str, str]:
    """Return the parts between an operator's outer parentheses by name; what has no name goes under its place."""
    opening = description.find("(")
    if opening < 0 or not description.endswith(")"):
        return {"": description}
    parts: dict[str, str] = {}
    for index, text in enumerate(split(description[opening + 1 : -1])):
        match = _PART.fullmatch(text)
        parts[match["name"] if match else str(index)] = match["value"] if match else text
    return parts


def split(text: str) -> list[str]:
    """Split at commas that stand outside brackets and quotes."""
    pieces: list[str] = []
    start = 0
    for index in _commas(text):
        pieces.append(text[start:index].strip())
        start = index + 1
    last = text[start:].strip()
    return [*pieces, last] if last else pieces


def _commas(text: str) -> Iterator[int]:
    depth = 0
    quoted = False
    for index, character in enumerate(text):
        if character == "'" and not text.startswith(_WINDOW_NAME, index):
            quoted = not quoted
        elif quoted:
            continue
        elif character in _OPENING and not _compares(text, index):
            depth += 1
        elif character in _CLOSING and not _compares(text, index):
            depth -= 1
        elif character == "," and depth == 0:
            yield index


def _compares(text: str, index: int) -> bool:
    """Whether `<` or `>` at a place is a comparison: those stand between spaces or next to `=`, `<>` is one too."""
    if text[index] not in "<>":
        return False
    around = text[max(index - 1, 0) : index] + text[index + 1 : index + 2]
    return any(character in " =<>(" for character in around)
