"""A client of a schema registry: the REST API that Confluent's, Karapace and Apicurio's compatible one share.

Messages name the registry and never the credentials with which it is asked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests

from flinksql.sql.avro_schema import AvroSchema

_ANSWER_SECONDS = 10.0
_SHOWN_CHARACTERS = 300
_CONTENT = {"Content-Type": "application/vnd.schemaregistry.v1+json"}


class RegistryError(Exception):
    """A schema registry does not answer, or not as one."""


class UnknownSchemaError(RegistryError):
    """The registry has no schema of that number."""


class IncompatibleSchemaError(RegistryError):
    """The registry refuses a schema, since it is not compatible with those that the subject has. The text is the registry's reason."""


@dataclass(frozen=True, kw_only=True)
class SchemaRegistry:
    """The registry at `url`, without a trailing slash. `credentials` are user and password."""

    url: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)

    def schema(self, number: int) -> AvroSchema:
        """Return a schema by its number. Raises UnknownSchemaError, or RegistryError."""
        found = self._answer("GET", f"/schemas/ids/{number}")
        if found is None:
            raise UnknownSchemaError(f"the registry has no schema {number}")
        if found.get("schemaType", "AVRO") != "AVRO":
            raise RegistryError(f"schema {number} of the schema registry at {self.url} is not of Avro")
        try:
            return json.loads(found["schema"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._no_registry() from error

    def find(self, subject: str, schema: AvroSchema) -> int | None:
        """Return the number of a schema that a subject has already; None where it has none like it."""
        found = self._answer("POST", f"/subjects/{quote(subject, safe='')}", {"schema": json.dumps(schema)})
        return None if found is None else self._number(found)

    def register(self, subject: str, schema: AvroSchema) -> int:
        """Return the number of a schema, which the subject has from now on. Raises IncompatibleSchemaError, or RegistryError."""
        found = self._answer("POST", f"/subjects/{quote(subject, safe='')}/versions", {"schema": json.dumps(schema)})
        if found is None:
            raise self._no_registry()
        return self._number(found)

    def refusal(self, subject: str, schema: AvroSchema) -> str:
        """Return why the subject's newest version is not compatible with a schema; empty where it is, or where there is none."""
        path = f"/compatibility/subjects/{quote(subject, safe='')}/versions/latest?verbose=true"
        found = self._answer("POST", path, {"schema": json.dumps(schema)})
        if found is None or found.get("is_compatible") is True:
            return ""
        if found.get("is_compatible") is not False:
            raise self._no_registry()
        messages = found.get("messages")
        return _short("; ".join(map(str, messages)) if isinstance(messages, list) and messages else "it does not say why")

    def _number(self, found: Mapping[str, Any]) -> int:
        number = found.get("id")
        if not isinstance(number, int):
            raise self._no_registry()
        return number

    def _answer(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Mapping[str, Any] | None:
        """Return what the registry answers, None where it has nothing of that name. Raises RegistryError for everything else."""
        try:
            reply = requests.request(
                method, self.url + path, json=body, headers=_CONTENT, auth=self.credentials, timeout=_ANSWER_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise RegistryError(f"the schema registry at {self.url} does not answer: {type(error).__name__}") from error
        try:
            found = reply.json()
        except ValueError as error:
            raise self._refused(reply.status_code, "") from error
        if not isinstance(found, dict):
            raise self._no_registry()
        if reply.status_code == HTTPStatus.NOT_FOUND:
            return None
        reason = _short(str(found.get("message", "")))
        if reply.status_code == HTTPStatus.CONFLICT:
            raise IncompatibleSchemaError(reason or "the schema is not compatible with those that the subject has")
        if reply.status_code != HTTPStatus.OK:
            raise self._refused(reply.status_code, reason)
        return found

    def _refused(self, status: int, reason: str) -> RegistryError:
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return RegistryError(f"the schema registry at {self.url} lets nobody in with these credentials ({status})")
        return RegistryError(f"the schema registry at {self.url} answers {status}{f': {reason}' if reason else ''}")

    def _no_registry(self) -> RegistryError:
        return RegistryError(f"{self.url} does not answer as a schema registry does")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
