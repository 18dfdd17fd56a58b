"""How an option is declared: once, as a field of a noun, with its default, its bounds, its unit and what it means.

A noun is a frozen pydantic dataclass below `Options`. An option's key is derived: `Ports.job_manager` is `ports.jobManager`. Parts declare
the options that they are started with; `settings` gathers them, adds its own and reads a stack's file by them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, cast, get_type_hints

from pydantic import Field, GetCoreSchemaHandler, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import is_pydantic_dataclass
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from options.errors import OptionError

PlainValue = str | int | float
"""What comes back from Pulumi's state: an integer that went in may come out as a float."""

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}(\.0)?")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Form:
    """What a text must look like. `allowed` says it in words; `read` returns what the text means, or None."""

    allowed: str
    read: Callable[[str], Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Have pydantic read texts by this form before it looks at their type."""
        return core_schema.no_info_before_validator_function(self._checked, handler(source))

    def _checked(self, value: object) -> object:
        if not isinstance(value, str) or not value:
            return value
        read = self.read(value)
        if read is None:
            raise ValueError(self.allowed)
        return read


def shaped(allowed: str, shape: re.Pattern[str]) -> Form:
    """Return the form of texts that fit a pattern; they mean themselves."""
    return Form(allowed, lambda text: text if shape.fullmatch(text) else None)


def one_of(*words: str) -> Form:
    """Return the form of one of several words."""
    return Form(" or ".join(words), {word: word for word in words}.get)


class Options:
    """A noun: options that belong together. `noun` begins their keys."""

    noun: ClassVar[str] = ""


Noun = TypeVar("Noun", bound=Options)
Default = TypeVar("Default")


def option(
    default: Default, meaning: str, *, low: int | None = None, high: int | None = None, unit: str = "", example: str = "", key: str = ""
) -> Default:
    """Declare an option. `example` is shown where the default says nothing; `key` is for the few whose key is not the derived one."""
    more: dict[str, Any] = {"unit": unit, "example": example, "key": key}
    return Field(default, description=meaning, ge=low, le=high, json_schema_extra=more)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One option as it was declared. `owner` is its noun, `kind` its type in Pulumi.yaml."""

    owner: type[Options]
    name: str
    key: str
    kind: str
    default: object
    meaning: str
    allowed: str
    unit: str
    example: str

    @property
    def default_text(self) -> str:
        """The default as it would be written into a stack's file."""
        return written(self.default)

    def read(self, text: str) -> object:
        """Return what a text means. Raises ValueError that says what is allowed."""
        if self.kind == "string" and not text and not self.default_text:
            return self.default
        try:
            return cast("object", getattr(self.owner(**{self.name: self._typed(text)}), self.name))
        except ValidationError:
            raise ValueError(self.allowed) from None

    def _typed(self, text: str) -> object:
        if self.kind == "boolean" and text in _TRUTH:
            return _TRUTH[text]
        if self.kind == "integer" and _WHOLE_NUMBER.fullmatch(text):
            return int(float(text))
        if self.kind == "string" and text and text.strip() == text and text.isprintable():
            return text
        raise ValueError(self.allowed)


_DECLARED: dict[type[Options], Mapping[str, Declaration]] = {}


def declarations(noun: type[Options]) -> Mapping[str, Declaration]:
    """Return the options of a noun by the names of their fields. A field that was not declared with `option` is none."""
    if noun not in _DECLARED:
        _DECLARED[noun] = MappingProxyType(_declarations(noun))
    return _DECLARED[noun]


def _declarations(noun: type[Options]) -> dict[str, Declaration]:
    checked: bool = is_pydantic_dataclass(noun)  # as a plain value, for it would narrow the type of `noun`
    if not checked:
        raise TypeError(f"{noun.__name__} is no dataclass of pydantic's: nothing would check its values")
    hints = get_type_hints(noun, include_extras=True)
    found = {one.name: one.default for one in fields(noun) if isinstance(one.default, FieldInfo)}  # type: ignore[arg-type]
    return {name: _declaration(noun, name, hints[name], info) for name, info in found.items() if info.json_schema_extra is not None}


def keys(noun: type[Options]) -> dict[str, str]:
    """Return the keys of a noun's options by the names of their fields."""
    return {name: one.key for name, one in declarations(noun).items()}


def written(value: object) -> str:
    """Return a value as text, as a stack's file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value not in (None, (), {}, frozenset()) else ""


def _declaration(noun: type[Options], name: str, hint: object, info: FieldInfo) -> Declaration:
    more: dict[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind = hint if isinstance(hint, type) else getattr(hint, "__origin__", str)
    bounds = [getattr(one, name) for name in ("ge", "le") for one in info.metadata if hasattr(one, name)]
    forms = [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Form)]
    default = info.default
    allowed = _allowed(kind, bounds, forms)
    return Declaration(
        owner=noun,
        name=name,
        key=more["key"] or f"{noun.noun}.{to_camel(name)}",
        kind={bool: "boolean", int: "integer"}.get(kind, "string"),
        default=default,
        meaning=info.description or "",
        allowed=allowed if written(default) else f"{allowed}, or nothing",
        unit=more["unit"],
        example=more["example"] or written(default),
    )


def _allowed(kind: type, bounds: list[int], forms: list[Form]) -> str:
    if forms:
        return forms[0].allowed
    if kind is bool:
        return "true or false"
    if kind is int:
        return "a whole number from {} to {}".format(*bounds)
    if issubclass(kind, StrEnum):
        return " or ".join(kind)
    return "a text without white space at its ends"


def to_plain(options: Options) -> dict[str, PlainValue]:
    """Return the options by key, fit for Pulumi's state."""
    return {key: _plain(getattr(options, name)) for name, key in keys(type(options)).items()}


def from_plain(noun: type[Noun], plain: Mapping[str, PlainValue]) -> Noun:
    """Read what `to_plain` wrote. Whole floats and digits in text count as integers; keys left out get their defaults.

    Raises OptionError that names the key of a value that cannot be used.
    """
    given = {name: _from_plain(one, plain[one.key]) for name, one in declarations(noun).items() if plain.get(one.key) is not None}
    return noun(**given)


def _plain(value: object) -> PlainValue:
    return int(value) if isinstance(value, int) else str(value)


def _from_plain(declared: Declaration, value: PlainValue) -> object:
    text = str(value)
    if declared.kind == "boolean":
        text = {"0": "false", "1": "true", "0.0": "false", "1.0": "true"}.get(text, text)
    try:
        return declared.read(text)
    except ValueError as error:
        raise OptionError(f"{declared.key} is {value!r}: it must be {error}, for example `{declared.key}: {declared.example}`") from None
