"""A statement's definition and what is known of it, as Pulumi's plain values and back."""

from collections.abc import Mapping
from typing import Any

from components.providers.inputs import STATEMENT
from components.providers.policies import plain_policy, policy_of
from components.providers.properties import Properties, inputs_of, integer, text, texts
from components.statement_history import HISTORY
from flinksql.errors import FlinkSqlError
from flinksql.sql import definition_hash, secret_names
from flinksql.sql.identity import digest, normalise
from flinksql.sql.placeholders import render
from flinksql.statement import Definition, Deployed, Kind, Statement

_SHORT = 12
"""So many digits of a digest are shown."""

OUTPUTS = ("definition_hash", "generation", "job_id", "restored_from", "savepoint", "condition")
"""What a statement's resource has besides its inputs. `condition` is `running`, `defined`, `finished`, `paused`, or what is wrong;
`savepoint` is where the state of a paused job lies."""


SECRETS_IN_USE = "secrets_in_use"
"""Marks of the secrets that a job was started with (components.providers.secret_marks): an output of statements that use any."""
PROBLEM = "problem"
GATHERED = "told with the others"
"""In a preview the program asks with this value of `problem` that a statement that is refused does not end the run: it gets the reason
back, and tells all of them at once. No state ever holds the property."""
UNPLANNED = "told with the others, without the planner"
"""The same, where the planner is another one after the update: what it refuses now says nothing."""
PARTITIONS = "partitions"
"""In a preview the program tells how many partitions each topic of the pipeline has, by name. No state ever holds the property."""


def plain_definition(definition: Definition) -> Properties:
    """Return the inputs of a statement's resource."""
    statement = definition.statement
    return {
        **_plain_statement(statement),
        "written": statement.written,
        "job_name": definition.job_name,
        "closure": [_plain_statement(other) for other in definition.closure],
        "built_on": built_on(definition),
        "parameters": dict(definition.parameters),
        "options": dict(definition.options),
        "policy": plain_policy(definition.policy),
    }


def built_on(definition: Definition) -> dict[str, str]:
    """Return a short digest of each statement of the closure, by name. In a diff it tells which of them changed."""
    return {other.name: _short_digest(other, definition.parameters) for other in definition.closure}


def changed_below(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """Return the names of the statements below this one that changed; none when nothing is known of the former ones."""
    before, after = (texts(dict(one), "built_on") for one in (olds, news))
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)) if before else []


def _short_digest(statement: Statement, parameters: Mapping[str, str]) -> str:
    try:
        text = normalise(render(statement.text, statement.file, parameters).sql, statement.file)
    except FlinkSqlError:
        # It is told where the definition's own hash is taken.
        text = statement.text
    return digest([text])[:_SHORT]


def definition_of(properties: Properties) -> Definition:
    """Read inputs, or a whole state."""
    return Definition(
        statement=_statement(properties),
        closure=tuple(_statement(other) for other in properties.get("closure") or ()),
        parameters=texts(properties, "parameters"),
        options=texts(properties, "options"),
        job_name=text(properties, "job_name"),
        policy=policy_of(properties.get("policy")),
    )


def deployed_of(properties: Properties) -> Deployed:
    """Read what is known of the statement from its state."""
    return Deployed(
        definition_hash=text(properties, "definition_hash"),
        generation=integer(properties, "generation"),
        job_id=text(properties, "job_id"),
        restored_from=text(properties, "restored_from"),
        savepoint=text(properties, "savepoint"),
        restore_used=text(properties, "restore_used"),
        flink_line=text(properties, "flink_line"),
    )


def state_of(properties: Properties, deployed: Deployed, condition: str, secrets_in_use: str | None = None) -> Properties:
    """Return the whole state: the inputs and what is known. Texts are never None, for Pulumi would drop the property.

    `secrets_in_use` is None for a statement without secrets.
    """
    return {
        **inputs_of(STATEMENT, properties),
        "definition_hash": deployed.definition_hash,
        "generation": deployed.generation,
        "job_id": deployed.job_id,
        "restored_from": deployed.restored_from,
        "savepoint": deployed.savepoint,
        "restore_used": deployed.restore_used,
        "condition": condition,
        HISTORY: properties.get(HISTORY) or [],
        # Of a job that runs it is not known, and a state of an earlier version has none.
        **({"flink_line": deployed.flink_line} if deployed.flink_line else {}),
        **({} if secrets_in_use is None else {SECRETS_IN_USE: secrets_in_use}),
    }


def hash_of(properties: Properties) -> str:
    """Return the definition's hash, empty when the properties hold none that can be read: then everything differs from it."""
    try:
        return definition_hash(definition_of(properties)) if properties.get("text") else ""
    except FlinkSqlError:
        return ""


def sizes_in(news: Properties) -> dict[str, int]:
    """Return how many partitions topics have, as far as the program told. Pulumi gives numbers back as floats."""
    return {str(name): int(number) for name, number in (news.get(PARTITIONS) or {}).items()}


def secrets_used(definition: Definition) -> set[str]:
    """Return the names of the secrets that a statement or its closure uses."""
    return set().union(*(secret_names(statement.text) for statement in (definition.statement, *definition.closure)))


def _plain_statement(statement: Statement) -> dict[str, Any]:
    plain = {"name": statement.name, "kind": str(statement.kind), "text": statement.text, "file": statement.file}
    return {**plain, "written": statement.written} if statement.written else plain


def _statement(properties: Properties) -> Statement:
    return Statement(
        name=text(properties, "name"),
        kind=Kind(text(properties, "kind")),
        text=text(properties, "text"),
        file=text(properties, "file"),
        written=text(properties, "written"),
    )
