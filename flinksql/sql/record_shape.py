"""What readers of a topic rely on in its records: columns by name and type, the key, and how both are written.

Two shapes are compared as a reader meets them: what was there must be there as before. More columns are no change for a reader that finds
fields by name; in a format without names they may only follow after the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flinksql.sql.columns import Column, ColumnKind, primary_key, table_columns
from flinksql.sql.entry import Entry
from flinksql.sql.table_usage import Catalog
from flinksql.sql.types import Type, parse_type

_BY_NAME = ("json", "avro-confluent", "debezium-avro-confluent")
"""Formats whose readers find a field by its name; those that end in `-json` too."""
_KEY_FIELDS = "key.fields"
_WRITING = ("connector", "format", "value.format", "key.format", "key.fields-prefix", "value.fields-include")
_READING = ("ignore-parse-errors", "fail-on-missing-field", "allow-comments", "ignore-first-line", "null-literal")
"""Ends of a format's options that count where records are read only."""
_LOGIN = ("auth", ".ssl.", ".properties.")
"""What is in a format's options by which a schema registry is logged in to."""
_SYNONYMS = {"INTEGER": "INT", "DEC": "DECIMAL", "NUMERIC": "DECIMAL", "CHARACTER": "CHAR"}
_LONGEST = 2**31 - 1
_UNBOUNDED = {"VARCHAR": "STRING", "VARBINARY": "BYTES"}
_DEFAULTS = {"TIMESTAMP": (6,), "TIMESTAMP_LTZ": (6,), "TIME": (0,), "CHAR": (1,), "BINARY": (1,), "VARCHAR": (1,), "VARBINARY": (1,)}
_DECIMAL = (10, 0)


@dataclass(frozen=True, kw_only=True)
class RecordShape:
    """The records that one table writes. `options` are those that decide how they are written, by name."""

    table: Entry = field(compare=False)
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    options: Mapping[str, str]

    @property
    def finds_by_name(self) -> bool:
        """Whether a reader finds a field by its name, wherever it stands."""
        named = self.options.get("value.format") or self.options.get("format", "")
        return named in _BY_NAME or named.endswith("-json")


def shapes(catalog: Catalog, tables: Iterable[tuple[Entry, Mapping[str, str]]]) -> list[RecordShape]:
    """Return the shape of the records of each table, with the options that count there."""
    return [_shape(catalog, table, options) for table, options in tables]


def broken(before: RecordShape, after: RecordShape) -> Iterator[str]:
    """Yield what a reader of the records of before misses in those of after, each as a clause."""
    found = {one.name: one for one in after.columns}
    for column in before.columns:
        if column.name not in found:
            yield f"it loses the column {column.name}"
        elif not _fits(_type(column), _type(found[column.name]), by_name=after.finds_by_name):
            yield f"the type of its column {column.name} changes from {_written(column)} to {_written(found[column.name])}"
    if before.key != after.key:
        yield f"its key changes from {_listed(before.key)} to {_listed(after.key)}"
    for name in sorted({*before.options, *after.options}):
        was, becomes = before.options.get(name), after.options.get(name)
        if was != becomes:
            # What else a format is told may be an address with a password.
            values = f" from {was or 'nothing'} to {becomes or 'nothing'}" if name in _WRITING else ""
            yield f"`{name}` changes{values}"
    order = [one.name for one in before.columns]
    if not after.finds_by_name and set(order) <= found.keys() and [one.name for one in after.columns][: len(order)] != order:
        yield "its columns stand in another order, and its format has no names: add columns after the others"


def _shape(catalog: Catalog, table: Entry, options: Mapping[str, str]) -> RecordShape:
    chain = catalog.chain(table)
    fields = tuple(one.strip() for one in options.get(_KEY_FIELDS, "").split(";") if one.strip())
    return RecordShape(
        table=table,
        columns=tuple(one for one in table_columns(chain) if one.kind is ColumnKind.PHYSICAL),
        key=fields or primary_key(chain),
        options={name: value for name, value in options.items() if _is_about_writing(name, options)},
    )


def _is_about_writing(name: str, options: Mapping[str, str]) -> bool:
    if name in _WRITING:
        return True
    formats = {options.get(key, "") for key in ("format", "value.format", "key.format")} - {""}
    prefixes = [f"{place}{one}." for one in formats for place in ("", "key.", "value.")]
    return any(name.startswith(one) for one in prefixes) and not name.endswith(_READING) and not any(one in name for one in _LOGIN)


def _type(column: Column) -> tuple[Type, bool]:
    return parse_type(column.type), column.required


def _fits(before: tuple[Type, bool], after: tuple[Type, bool], *, by_name: bool) -> bool:
    """Tell whether values of a type are as a reader of another one expects them. One that was never NULL may not become so."""
    (old, was_required), (new, is_required) = before, after
    if was_required and not is_required:
        return False
    if _plain(old) != _plain(new) or len(old.parts) != len(new.parts):
        return False
    if not all(_fits((one, one.required), (two, two.required), by_name=by_name) for one, two in zip(old.parts, new.parts, strict=True)):
        return False
    fields = {one.name: one for one in new.fields}
    if not by_name and [one.name for one in old.fields] != [one.name for one in new.fields]:
        return False
    return all(
        one.name in fields and _fits((one.type, one.required), (fields[one.name].type, fields[one.name].required), by_name=by_name)
        for one in old.fields
    )


def _plain(kind: Type) -> tuple[str, tuple[int, ...], bool]:
    """Return a type under one of the names that Flink has for it, without its elements."""
    word = _SYNONYMS.get(kind.word, kind.word)
    word = "TIMESTAMP_LTZ" if kind.is_local and word == "TIMESTAMP" else word
    numbers = kind.numbers
    if word in _UNBOUNDED and numbers == (_LONGEST,):
        return _UNBOUNDED[word], (), False
    if word == "DECIMAL":
        numbers = (*numbers, *_DECIMAL[len(numbers) :])
    return word, numbers or _DEFAULTS.get(word, ()), kind.is_local


def _written(column: Column) -> str:
    text = column.type.replace(" ( ", "(").replace(" )", ")").replace(" , ", ", ").replace(" < ", "<").replace(" >", ">")
    return f"{text} NOT NULL" if column.required else text


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
