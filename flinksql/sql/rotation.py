"""A definition as it would be with other values of its secrets, for those who ask what depends on them."""

from collections.abc import Collection
from dataclasses import replace

from flinksql.sql.placeholders import secret_places
from flinksql.statement import Definition, Statement

_OTHERWISE = "-otherwise"
"""Behind a value it makes another one, of which no part is lost: what is said of it is still redacted."""


def with_other_secrets(definition: Definition, names: Collection[str]) -> Definition:
    """Return the definition with another value in each place of the secrets that are named. Raises StatementError."""
    return replace(
        definition,
        statement=_changed(definition.statement, names),
        closure=tuple(_changed(other, names) for other in definition.closure),
    )


def readable(text: str) -> str:
    """Return what is said of such a definition with its places of secrets as people know them."""
    return text.replace(f"}}{_OTHERWISE}", "} as it was")


def _changed(statement: Statement, names: Collection[str]) -> Statement:
    text = statement.text
    for place in reversed(secret_places(text)):
        if place.name in names:
            text = f"{text[: place.end]}{_OTHERWISE}{text[place.end :]}"
    return replace(statement, text=text)
