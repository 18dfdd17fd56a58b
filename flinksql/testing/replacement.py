"""Definitions that stand in for those of a bundle while a statement is tested: the same names and columns, with files behind them.

A source keeps its columns, computed columns, watermark and primary key; metadata columns become columns that rows give. A sink keeps the
columns that are written, and takes updates only where the real one does. A model keeps all but its address and its key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flinksql.sql.connectors import connector_of
from flinksql.sql.names import quoted
from flinksql.sql.options import option_tokens
from flinksql.sql.rendered import Rendered
from flinksql.sql.tokens import tokenise
from flinksql.testing.tables import Column, Table

APPEND = "json"
CHANGES = "debezium-json"
"""The format of rows with a changelog, on both sides."""
ROWS = "__rows"
"""What the table behind a view is called, after the view's name."""
_CHANGELOG_FORMATS = ("debezium", "canal", "maxwell", "ogg")
_FORMAT_KEYS = ("value.format", "format")
_OF_JSON = ("timestamp-format.standard", "map-null-key.mode", "map-null-key.literal", "encode.decimal-as-plain-number")
_TICK = "INTERVAL '0.001' SECOND"
_WINDOWS = (
    "TUMBLE", "HOP", "CUMULATE", "SESSION", "MATCH_RECOGNIZE", "RANGE",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """What is sent instead of a definition. `columns` are those that rows of the file have."""

    name: str
    ddl: tuple[str, ...]
    table: Table
    changelog: bool

    @property
    def text(self) -> str:
        """The definition for people."""
        return ";\n".join(self.ddl) + ";"


def value_format(options: Mapping[str, str]) -> str:
    """Return the format of a table's values, by its options."""
    return next((options[key] for key in _FORMAT_KEYS if key in options), "")


def has_changelog(options: Mapping[str, str]) -> bool:
    """Return whether rows of a source with these options can be updated and deleted."""
    return connector_of(options).has_changelog or value_format(options).startswith(_CHANGELOG_FORMATS)


def takes_updates(options: Mapping[str, str]) -> bool:
    """Return whether a sink with these options takes updates. Where that is not known, it does."""
    return has_changelog(options) or not connector_of(options).is_append_only


def goes_by_processing_time(texts: list[str]) -> bool:
    """Return whether windows, patterns or ranges occur in statements: what waits on the clock, and ends with the rows unanswered."""
    return any(token.is_word(*_WINDOWS) for text in texts for token in tokenise(text).tokens)


def source(table: Table, options: Mapping[str, str], file: Path, *, controlled: bool) -> Replaced:
    """Return the definition of a table that is read.

    `controlled`: its processing time is the moment at which a row arrives. Where the table has a watermark already, processing time
    follows its event time, because a table has one watermark only.
    """
    changes = has_changelog(options)
    columns = [_physical(one) for one in table.columns]
    clock = next((one for one in table.columns if one.is_processing_time), None) if controlled else None
    view = ""
    if clock is not None and not table.has_watermark:
        moment = Column(name=clock.name, type="TIMESTAMP_LTZ(3)", nullable=False, watermark=f"{quoted(clock.name)} - {_TICK}")
        columns = [moment if one.name == clock.name else one for one in columns]
    elif clock is not None and not table.key:
        event = next(one.name for one in table.columns if one.watermark)
        shown = [f"{quoted(event)} AS {quoted(one.name)}" if one.is_processing_time else quoted(one.name) for one in table.columns]
        columns = [one for one in columns if not one.is_processing_time]
        view = f"CREATE VIEW {quoted(table.name)} AS SELECT {', '.join(shown)} FROM {quoted(table.name + ROWS)}"  # noqa: S608  # names in quotes
    stored = Table(name=table.name + (ROWS if view else ""), columns=tuple(columns), key=table.key)
    form = CHANGES if changes else APPEND
    ddl = _create(stored, {**_files(file, form), f"{form}.timestamp-format.standard": "ISO-8601"})
    held = Table(name=table.name, columns=tuple(one for one in columns if not one.computed), key=table.key)
    return Replaced(name=table.name, ddl=(ddl, *([view] if view else [])), table=held, changelog=changes)


def sink(table: Table, options: Mapping[str, str], folder: Path) -> Replaced:
    """Return the definition of a table that is written."""
    changes = takes_updates(options)
    form = CHANGES if changes else APPEND
    written = Table(
        name=table.name,
        columns=tuple(Column(name=one.name, type=one.type, nullable=one.nullable) for one in table.columns if not one.virtual),
        key=table.key,
    )
    own = {f"{form}.{key}": value for key, value in json_options(options).items()}
    if changes:
        own = {key: value for key, value in own.items() if not key.endswith("ignore-null-fields")}
    return Replaced(name=table.name, ddl=(_create(written, {**_files(folder, form), **own}),), table=written, changelog=changes)


def json_options(options: Mapping[str, str]) -> dict[str, str]:
    """Return how a table with JSON values writes them: the options of its format, without the format's name."""
    form = value_format(options)
    prefixes = (f"value.{form}.", f"{form}.")
    found = {key: options[prefix + key] for key in _OF_JSON for prefix in prefixes if prefix + key in options}
    return found if form == APPEND or form.startswith(_CHANGELOG_FORMATS) else {"timestamp-format.standard": "ISO-8601"}


def model(rendered: Rendered, endpoint: str) -> str:
    """Return a model's definition with the address of the test's model server and a key that is none."""
    replaced = {"endpoint": endpoint, "api-key": "test"}
    sql = rendered.sql
    tokens = option_tokens(rendered)
    for key, token in sorted(tokens.items(), key=lambda one: -one[1].start):
        if key in replaced:
            sql = f"{sql[: token.start]}'{replaced[key]}'{sql[token.end :]}"
    return sql


def _physical(column: Column) -> Column:
    """Return a metadata column as one that rows give."""
    if not column.metadata:
        return column
    return Column(name=column.name, type=column.type, nullable=column.nullable, watermark=column.watermark)


def _create(table: Table, options: Mapping[str, str]) -> str:
    lines = [_line(one) for one in table.columns]
    lines += [f"WATERMARK FOR {quoted(one.name)} AS {one.watermark}" for one in table.columns if one.watermark]
    if table.key:
        lines.append(f"PRIMARY KEY ({', '.join(map(quoted, table.key))}) NOT ENFORCED")
    told = ",\n    ".join(f"'{key}' = '{_escaped(value)}'" for key, value in options.items())
    return f"CREATE TABLE {quoted(table.name)} (\n    " + ",\n    ".join(lines) + f"\n) WITH (\n    {told}\n)"


def _line(column: Column) -> str:
    if column.computed:
        return f"{quoted(column.name)} {column.extras}"
    return f"{quoted(column.name)} {column.type}" + ("" if column.nullable else " NOT NULL")


def _files(place: Path, form: str) -> dict[str, str]:
    return {"connector": "filesystem", "path": str(place), "format": form}


def _escaped(text: str) -> str:
    return text.replace("'", "''")
