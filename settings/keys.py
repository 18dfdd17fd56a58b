"""The keys of a stack's file, found in the declarations, and those that are no declared option: secrets and families of keys."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import get_type_hints

from options.option import Declaration, Options, declarations
from settings.stack import Settings


class DeclaredTwiceError(Exception):
    """Two fields claim the same key."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A declared option and where its value lies in the settings."""

    declared: Declaration
    path: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Family:
    """Keys that begin alike and end as whoever runs the stack likes. `rule` says what the end must look like."""

    prefix: str
    shown: str
    meaning: str
    shape: re.Pattern[str]
    rule: str


PARAMETER_PREFIX = "bundle.parameters."
HIDDEN_PREFIX = "secret."
SOURCE_PREFIX = "secretFrom."
FAMILIES = (
    Family(
        prefix=PARAMETER_PREFIX,
        shown="bundle.parameters.<name>",
        meaning="value of a parameter that the bundle declares",
        shape=re.compile(r"[A-Za-z_][A-Za-z0-9_]*"),
        rule="a parameter's name begins with a letter and has letters, digits and `_` only",
    ),
    Family(
        prefix=HIDDEN_PREFIX,
        shown="secret.<NAME>",
        meaning="what `${secret:NAME}` stands for in SQL",
        shape=re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*"),
        rule="a secret's name begins with a letter and has letters, digits, `_`, `.` and `-` only",
    ),
    Family(
        prefix=SOURCE_PREFIX,
        shown="secretFrom.<NAME>",
        meaning="the same, kept elsewhere: a Secret of the stack's namespace and a key in it, `<secret>/<key>`; on kubernetes only",
        shape=re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*"),
        rule="a secret's name begins with a letter and has letters, digits, `_`, `.` and `-` only",
    ),
)

API_KEY = "model.apiKey"
FALLBACK_API_KEY = "model.fallbackApiKey"
PLATFORM_STACK = "platform.stack"
"""The key that names the stack whose platform a pipeline runs on: it is read before all others."""
EXTERNAL_PASSWORD = "external.password"  # noqa: S105  # the name of a key
EXTERNAL_TOKEN = "external.token"  # noqa: S105  # the name of a key
KAFKA_PASSWORD = "external.kafkaPassword"  # noqa: S105  # the name of a key
KAFKA_KEY_PASSWORD = "external.kafkaKeyPassword"  # noqa: S105  # the name of a key
CLUSTER_KAFKA_PASSWORD = "kafka.password"  # noqa: S105  # the name of a key
CLUSTER_KAFKA_KEY_PASSWORD = "kafka.keyPassword"  # noqa: S105  # the name of a key
STRIMZI_PASSWORD = "strimzi.password"  # noqa: S105  # the name of a key
SECRETS: Mapping[str, str] = MappingProxyType(
    {
        API_KEY: "key of the model server",
        FALLBACK_API_KEY: "key of the server behind model.fallbackEndpoint",
        EXTERNAL_PASSWORD: "password of `external.user`",
        EXTERNAL_TOKEN: "bearer token that the proxy before an external Flink asks for",
        KAFKA_PASSWORD: "`sasl.password` of this machine's client of an external Kafka",
        KAFKA_KEY_PASSWORD: "`ssl.key.password` of that client's key",
        CLUSTER_KAFKA_PASSWORD: "on kubernetes, `sasl.password` of this machine's client of an external broker (`kafka.options`)",
        CLUSTER_KAFKA_KEY_PASSWORD: "`ssl.key.password` of that client's key",
        STRIMZI_PASSWORD: "with strimzi.authentication, the password with which this machine logs in to the brokers",
    }
)
"""What each is. Pulumi knows no optional secret in Pulumi.yaml, and their values are nobody's business but the providers'."""


def found_keys(noun: type[Options]) -> Mapping[str, Key]:
    """Return every option below a noun by its key, in the order of the declarations. Raises DeclaredTwiceError."""
    found: dict[str, Key] = {}
    for key in _walk(noun, ()):
        other = found.setdefault(key.declared.key, key)
        if other is not key:
            raise DeclaredTwiceError(f"{key.declared.key} is declared twice: {'.'.join(other.path)} and {'.'.join(key.path)}")
    return MappingProxyType(found)


def _walk(noun: type[Options], above: tuple[str, ...]) -> Iterator[Key]:
    declared, hints = declarations(noun), get_type_hints(noun)
    for one in fields(noun):  # type: ignore[arg-type]
        if one.name in declared:
            yield Key(declared=declared[one.name], path=(*above, one.name))
        elif isinstance(hints[one.name], type) and issubclass(hints[one.name], Options):
            yield from _walk(hints[one.name], (*above, one.name))


KEYS = found_keys(Settings)
"""By key. Those whose path begins with `kubernetes` count on that platform only."""
