"""What a job's closure says of its tables, models and functions, as far as state depends on it and plans do not show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flinksql.bundle import Token, normalise, render, table_options, tokenise
from flinksql.bundle.names import ObjectKind
from flinksql.bundle.references import read_references
from flinksql.statement import Definition, Statement

_GENERIC_TYPES = ("ARRAY", "MAP", "MULTISET", "ROW", "STRUCTURED")
_CLOSING = {"(": ")", "[": "]", "<": ">"}
_CONSTRAINTS = ("PRIMARY", "CONSTRAINT", "UNIQUE")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as written. `columns` maps a column's name to the tokens that define it; `constraints` are those of the whole table.

    `text` is the whole statement, normalised. `opaque` tables take something over by LIKE: their columns and options are not all here.
    """

    name: str
    text: str
    options: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    opaque: bool = False

    @property
    def connector(self) -> str:
        """The connector's identifier, empty when it is not written here."""
        return self.options.get("connector", "")


@dataclass(frozen=True, kw_only=True)
class Closure:
    """The catalog objects of one definition by name; models and functions as normalised text.

    `hints` are all hints of the job and of its views, each `OPTIONS ( .. )` with what stands before it.
    """

    tables: Mapping[str, Table]
    models: Mapping[str, Mapping[str, str]]
    functions: Mapping[str, str]
    hints: tuple[str, ...] = ()


def closure_of(definition: Definition) -> Closure:
    """Read a definition's closure. Raises StatementError where a statement cannot be rendered."""
    tables: dict[str, Table] = {}
    models: dict[str, Mapping[str, str]] = {}
    functions: dict[str, str] = {}
    for statement in definition.closure:
        rendered = render(statement.text, statement.file, definition.parameters)
        created = read_references(rendered).creates
        if created is None:
            continue
        name, text = created.name.name, normalise(rendered.sql, statement.file)
        match created.kind:
            case ObjectKind.TABLE:
                tables[name] = _table(name, text, statement, definition.parameters)
            case ObjectKind.MODEL:
                models[name] = {**table_options(statement, definition.parameters), "": text.partition(" WITH (")[0]}
            case ObjectKind.FUNCTION:
                functions[name.lower()] = text
            case ObjectKind.VIEW:
                continue
    return Closure(tables=tables, models=models, functions=functions, hints=_hints(definition))


def _hints(definition: Definition) -> tuple[str, ...]:
    found: list[str] = []
    for statement in (*definition.closure, definition.statement):
        tokens = tokenise(normalise(render(statement.text, statement.file, definition.parameters).sql)).tokens
        for start in (index for index, token in enumerate(tokens) if token.text == "/*+"):
            end = next(index for index in range(start, len(tokens)) if tokens[index].text == "*/")
            found.append(" ".join(token.text for token in tokens[max(start - 2, 0) : end]))
    return tuple(sorted(found))


def _table(name: str, text: str, statement: Statement, parameters: Mapping[str, str]) -> Table:
    tokens = tokenise(text).tokens
    options = table_options(statement, parameters)
    opening = next((index for index, token in enumerate(tokens) if token.text == "("), len(tokens))
    parts, closing = _parts(tokens, opening + 1)
    opaque = any(token.is_word("LIKE") for token in tokens[closing:])
    if opening >= len(tokens) or tokens[opening - 1].is_word("WITH"):
        return Table(name=name, text=text, options=options, opaque=opaque)
    columns: dict[str, str] = {}
    constraints: list[str] = []
    for part in parts:
        definition = " ".join(token.text for token in part[1:])
        if part[0].is_word(*_CONSTRAINTS):
            constraints.append(f"{part[0].text} {definition}")
        elif not part[0].is_word("WATERMARK"):
            columns[part[0].value] = definition
    return Table(name=name, text=text, options=options, columns=columns, constraints=tuple(constraints), opaque=opaque)


def _parts(tokens: Sequence[Token], start: int) -> tuple[list[list[Token]], int]:
    """Return what stands between commas until the parenthesis that closes the list, and the index of that."""
    parts: list[list[Token]] = [[]]
    opened: list[str] = []
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token.text == ")" and not opened:
            return [part for part in parts if part], index
        if token.text in {"(", "["}:
            opened.append(token.text)
        elif token.text == "<" and tokens[index - 1].is_word(*_GENERIC_TYPES):
            # `ROW<a INT, b INT>` has commas of its own; any other `<` compares.
            opened.append("<")
        elif opened and token.text == _CLOSING.get(opened[-1]):
            opened.pop()
        if token.text == "," and not opened:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part], len(tokens)
