"""What a job's closure says of its tables, models and functions, as far as state depends on it and plans do not show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flinksql.sql import normalise, render, table_options, tokenise
from flinksql.sql.credentials import is_credential, without_credentials
from flinksql.sql.names import ObjectKind
from flinksql.sql.references import read_references
from flinksql.statement import Definition


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as written. `text` is the whole statement, normalised.

    `opaque` tables take something over by LIKE: their options are not all here.
    """

    name: str
    text: str
    options: Mapping[str, str] = field(default_factory=dict)
    opaque: bool = False


@dataclass(frozen=True, kw_only=True)
class Closure:
    """The catalog objects of one definition by name; models as their options, with what stands before them under an empty key.

    `hints` are all hints of the job and of its views, each `OPTIONS ( .. )` with what stands before it.
    """

    tables: Mapping[str, Table]
    models: Mapping[str, Mapping[str, str]]
    functions: Mapping[str, str]
    catalogs: Mapping[str, str] = field(default_factory=dict)
    hints: tuple[str, ...] = ()


def closure_of(definition: Definition) -> Closure:
    """Read a definition's closure, without the values of credentials. Raises StatementError where a statement cannot be rendered."""
    tables: dict[str, Table] = {}
    models: dict[str, Mapping[str, str]] = {}
    functions: dict[str, str] = {}
    catalogs: dict[str, str] = {}
    for statement in definition.closure:
        rendered = render(statement.text, statement.file, definition.parameters)
        created = read_references(rendered).creates
        if created is None:
            continue
        name, text = created.name.name, without_credentials(normalise(rendered.sql, statement.file))
        match created.kind:
            case ObjectKind.TABLE:
                options = _known(table_options(statement, definition.parameters))
                tables[name] = Table(name=name, text=text, options=options, opaque=_has_like_clause(text))
            case ObjectKind.MODEL:
                models[name] = {**_known(table_options(statement, definition.parameters)), "": _after_name(text.partition(" WITH (")[0])}
            case ObjectKind.FUNCTION:
                functions[name.lower()] = text
            case ObjectKind.CATALOG:
                catalogs[name] = text
            case ObjectKind.VIEW:
                continue
    return Closure(tables=tables, models=models, functions=functions, catalogs=catalogs, hints=_hints(definition))


def _known(options: Mapping[str, str]) -> Mapping[str, str]:
    return {key: "" if is_credential(key) else value for key, value in options.items()}


def _hints(definition: Definition) -> tuple[str, ...]:
    found: list[str] = []
    for statement in (*definition.closure, definition.statement):
        tokens = tokenise(normalise(render(statement.text, statement.file, definition.parameters).sql)).tokens
        for start in (index for index, token in enumerate(tokens) if token.text == "/*+"):
            end = next(index for index in range(start, len(tokens)) if tokens[index].text == "*/")
            found.append(" ".join(token.text for token in tokens[max(start - 2, 0) : end]))
    return tuple(sorted(found))


def _has_like_clause(text: str) -> bool:
    """Return whether a CREATE TABLE has a LIKE clause: the word outside all parentheses. Within them it is a comparison."""
    depth = 0
    for token in tokenise(text).tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.is_word("LIKE"):
            return True
    return False


def _after_name(text: str) -> str:
    """Return what stands after a model's name, so that the name is no part of what the model is."""
    tokens = tokenise(text).tokens
    opening = next((token.start for token in tokens if token.text == "("), len(text))
    return text[opening:]
