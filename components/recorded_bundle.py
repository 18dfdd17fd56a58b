"""The SQL that a stack's state has, read again: what runs, as statements with their references."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.names import STATEMENT_TYPE
from components.providers.definitions import definition_of
from flinksql.errors import FlinkSqlError
from flinksql.sql import Entry
from flinksql.sql.placeholders import render
from flinksql.sql.references import read_references
from flinksql.statement import Statement

Recorded = Iterable[tuple[str, Mapping[str, Any]]]
"""Type and outputs of each resource."""


def recorded_statements(resources: Recorded) -> dict[str, Mapping[str, Any]]:
    """Return the outputs of each statement's resource, by the statement's name."""
    return {str(outputs.get("name")): outputs for kind, outputs in resources if kind == STATEMENT_TYPE and outputs.get("text")}


def recorded_entries(resources: Recorded) -> dict[str, Entry]:
    """Return each statement of a state as the bundle's reader would, by name; of a job with lanes the text of its file.

    What cannot be read any more is left out: an earlier program may have written it.
    """
    found: dict[str, Entry] = {}
    for name, outputs in recorded_statements(resources).items():
        try:
            definition = definition_of(dict(outputs))
            one = definition.statement
            statement = Statement(name=one.name, kind=one.kind, text=one.written or one.text, file=one.file)
            rendered = render(statement.text, statement.file, definition.parameters)
            found[name] = Entry(statement=statement, rendered=rendered, references=read_references(rendered))
        except (FlinkSqlError, ValueError):
            continue
    return found
