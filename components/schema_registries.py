"""The stack's schema registry: statements that need one, and schemas of sinks that it would refuse.

Flink registers a sink's schema when its job writes the first row. One that the registry refuses fails the job there again and again, so it
is asked beforehand. Asking changes nothing in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from components.broker_options import kafka_uses
from components.bundle_topics import topic_names
from flinksql.errors import StatementError
from flinksql.kafka.schema_registry import RegistryError, SchemaRegistry
from flinksql.kafka.subjects import AVRO_REGISTRY, names_schemas, registry_option, subject_of, table_schema
from flinksql.sql import Bundle
from flinksql.sql.avro_schema import NoAvroTypeError
from flinksql.sql.columns import table_columns
from flinksql.sql.placeholders import PLACEHOLDER
from flinksql.sql.table_usage import Use
from settings import Settings

_USER_INFO, _SOURCE, _OWN = "basic-auth.user-info", "basic-auth.credentials-source", "USER_INFO"
_NOT_SENT = (
    f"Flink sends no user and password to the schema registry unless the table says where they are: add "
    f"'{AVRO_REGISTRY}.{_SOURCE}' = '{_OWN}', with `value.` before it where this option has it"
)
_FORMATS = ("value.format", "format")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the registry says of a bundle's sinks: what it refuses, and remarks on what it could not be asked."""

    problems: list[StatementError] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def judged_sinks(bundle: Bundle, settings: Settings, secret: Callable[[str], str]) -> Judged:
    """Ask the stack's registry whether it takes the schemas of the tables that jobs write. Tables of other registries are not judged.

    `secret` gives the value of a secret by its name.
    """
    found: dict[str, StatementError] = {}
    remarks: dict[str, None] = {}
    for use in kafka_uses(bundle):
        if use.written and names_schemas(use.options) and registry_option(use.options, "url") == settings.schema_registry.for_flink:
            try:
                for subject, reason in _refusals(use, settings, secret):
                    message = (
                        f"the schema registry refuses the schema of {use.reference.name} for subject {subject}, so job {use.user.name} "
                        f"would fail at its first row: {reason}. Make the columns compatible with the newest version (a new column "
                        "without NOT NULL), write to another topic, or change the compatibility of the subject"
                    )
                    problem = use.problem(message, *_prefixed("url", "schema"), *_FORMATS)
                    found.setdefault(str(problem.position), problem)
            except RegistryError as error:
                remarks.setdefault(f"{error}. Whether it takes the schemas of the tables that jobs write is not known.")
    return Judged(problems=list(found.values()), remarks=list(remarks))


def credential_problems(bundle: Bundle) -> list[StatementError]:
    """Return an error for each table whose user and password Flink would never send: it asks where they are to be found."""
    found: dict[str, StatementError] = {}
    for use in kafka_uses(bundle):
        if names_schemas(use.options) and registry_option(use.options, _USER_INFO):
            source = registry_option(use.options, _SOURCE)
            if source.upper() != _OWN:
                problem = use.problem(_NOT_SENT, *_prefixed(_USER_INFO))
                found.setdefault(str(problem.position), problem)
    return list(found.values())


def _prefixed(*keys: str) -> tuple[str, ...]:
    return tuple(f"{prefix}{AVRO_REGISTRY}.{key}" for key in keys for prefix in ("value.", ""))


def _refusals(use: Use, settings: Settings, secret: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return the subjects of a table whose newest version does not go with the table's schema, each with the registry's reason."""
    try:
        schema = table_schema(use.options, table_columns(use.chain))
    except NoAvroTypeError:
        # Flink's planner says it, with its place.
        return []
    user, _, password = _revealed(registry_option(use.options, _USER_INFO), secret).partition(":")
    registry = SchemaRegistry(url=settings.schema_registry.url, credentials=(user, password) if user else None)
    subjects = [subject_of(use.options, topic) for topic in topic_names(use.options)]
    return [(subject, reason) for subject in subjects if (reason := registry.refusal(subject, schema))]


def _revealed(text: str, secret: Callable[[str], str]) -> str:
    return PLACEHOLDER.sub(lambda found: secret(found["name"]) if found["secret"] else found[0], text)
