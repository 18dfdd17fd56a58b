"""Texts with fields of a record in braces, by which a manifest says how a record is shown.

`{name}` is a field, `{price:.2f}` with a format for numbers, `{answer.title}` a field of JSON that stands in a field, `{a|b|'none'}` the
first that is there. A name with other characters stands in backticks, as in SQL: {`Machine Id`}. A field that is missing everywhere is
shown as `-`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MISSING = "-"
_PLACE = re.compile(r"\{([^{}]*)\}")
_NAME = r"(?:(?:[^\W\d]|\$)[\w$-]*|`[^`]+`)"
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_OUTSIDE_BACKTICKS = r"(?=(?:[^`]*`[^`]*`)*[^`]*\Z)"
_LITERAL = re.compile(r"'[^']*'")
_FORMAT = re.compile(r"[<>^+,]?[0-9]{0,3}(,)?(\.[0-9]{1,2})?[dfge%]?")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What stands in one pair of braces: alternatives in their order, and a format for numbers."""

    alternatives: tuple[str, ...]
    format: str


@dataclass(frozen=True, kw_only=True)
class Template:
    """A text, in parts."""

    parts: tuple[str | Choice, ...]

    def text(self, fields: Mapping[str, Any]) -> str:
        """Return the text for a record."""
        return "".join(one if isinstance(one, str) else _shown(fields, one) for one in self.parts)


def parse_template(text: str) -> Template:
    """Return a template. Raises ValueError that says what is wrong."""
    parts: list[str | Choice] = []
    end = 0
    for place in _PLACE.finditer(text):
        parts += [text[end : place.start()], _choice(place[1])]
        end = place.end()
    rest = text[end:]
    for piece in (*(one for one in parts if isinstance(one, str)), rest):
        if "{" in piece or "}" in piece:
            raise ValueError("a brace stands alone: a field is written {name}")
    return Template(parts=(*parts, rest))


def value_at(fields: Mapping[str, Any], path: str) -> object:
    """Return a field of a record, or of JSON that stands in a field; None when it is not there."""
    if path in fields:
        return fields[path]
    found: object = fields
    for name in re.findall(_NAME, path) if _PATH.fullmatch(path) else [path]:
        if isinstance(found, str):
            found = _as_object(found)
        found = found.get(name.strip("`")) if isinstance(found, Mapping) else None
    return found


def field_template(name: str) -> str:
    """Return the template of one field, or of a path of names."""
    return f"{{{name}}}" if _PATH.fullmatch(name) else f"{{`{name}`}}"


def _choice(text: str) -> Choice:
    names, form = [*re.split(rf":{_OUTSIDE_BACKTICKS}", text, maxsplit=1), ""][:2]
    alternatives = tuple(one.strip() for one in re.split(rf"\|{_OUTSIDE_BACKTICKS}", names))
    wrong = next((one for one in alternatives if not _PATH.fullmatch(one) and not _LITERAL.fullmatch(one)), None)
    if wrong is not None:
        raise ValueError(f"{{{text}}} is no field: write {{name}}, {{name.below}}, {{price:.2f}} or {{a|b|'none'}}")
    if not _FORMAT.fullmatch(form):
        raise ValueError(f"{{{text}}} has no format that is known: write for example {{price:.2f}} or {{count:,d}}")
    return Choice(alternatives=alternatives, format=form)


def _shown(fields: Mapping[str, Any], choice: Choice) -> str:
    for name in choice.alternatives:
        if _LITERAL.fullmatch(name):
            return name[1:-1]
        value = value_at(fields, name)
        if value is not None and value != "":
            return _formatted(value, choice.format)
    return MISSING


def _formatted(value: object, form: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        try:
            return format(value, form)
        except (ValueError, OverflowError):
            return str(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _as_object(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
