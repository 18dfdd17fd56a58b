"""Which subject of a schema registry a table's values belong to, and by which schema Flink writes them."""

import json
from collections.abc import Mapping, Sequence

from flinksql.sql.avro_schema import AvroSchema, NoAvroTypeError, avro_schema
from flinksql.sql.columns import Column

AVRO_REGISTRY = "avro-confluent"
"""Flink's word for Avro whose records name a schema of a registry."""
_VALUE = "-value"


def registry_option(options: Mapping[str, str], key: str) -> str:
    """Return an option of the format of a table's values; empty where it has none."""
    return options.get(f"value.{AVRO_REGISTRY}.{key}") or options.get(f"{AVRO_REGISTRY}.{key}") or ""


def names_schemas(options: Mapping[str, str]) -> bool:
    """Return whether the values of a table name schemas of a registry."""
    return (options.get("value.format") or options.get("format")) == AVRO_REGISTRY


def subject_of(options: Mapping[str, str], topic: str) -> str:
    """Return the subject of a table's values: the one that it names, else that of its topic."""
    return registry_option(options, "subject") or topic + _VALUE


def table_schema(options: Mapping[str, str], columns: Sequence[Column]) -> AvroSchema:
    """Return the schema by which Flink writes a table's values: the one that it names, else that of its columns.

    Raises NoAvroTypeError, also for an option that is no JSON.
    """
    named = registry_option(options, "schema")
    if not named:
        return avro_schema(columns)
    try:
        return json.loads(named)
    except ValueError as error:
        raise NoAvroTypeError(f"'{AVRO_REGISTRY}.schema' is no JSON: {error}") from error
