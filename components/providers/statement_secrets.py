"""The secrets of statements: taken from the stack's configuration when they are used, and out of every text that is shown."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from pulumi.dynamic import ConfigureRequest

from components.providers.definitions import SECRETS_IN_USE, secrets_used
from components.providers.properties import Properties, text
from components.providers.secret_marks import Rotation, marks_of, rotation
from flinksql.errors import FlinkSqlError
from flinksql.sql import redact, secret_problems
from flinksql.statement import Definition, Deployed, Kind
from settings.configuration import secrets_of_provider
from settings.keys import HIDDEN_PREFIX, SOURCE_PREFIX

_started: set[str] = set()


def note_start(deployed: Deployed) -> None:
    """Note a job that another resource of this process started, with the secrets of now: its statement will find it running."""
    if deployed.started:
        _started.add(deployed.job_id)


@dataclass(frozen=True)
class StatementSecrets:
    """The secrets that a stack's configuration holds for its statements. `kept` gives those that lie elsewhere."""

    request: ConfigureRequest
    kept: Callable[[Mapping[str, str]], Mapping[str, str]] = lambda _sources: {}

    def of(self, *definitions: Definition) -> dict[str, str]:
        """Return the values that statements use, by name, of those that are set.

        Raises FlinkSqlError where one lies elsewhere and cannot be read.
        """
        names = set().union(*(secrets_used(definition) for definition in definitions))
        given = secrets_of_provider(self.request, {name: f"{HIDDEN_PREFIX}{name}" for name in names})
        sources = secrets_of_provider(self.request, {name: f"{SOURCE_PREFIX}{name}" for name in names - given.keys()})
        return {**given, **self.kept(sources)} if sources else given

    def rotated(self, definition: Definition, olds: Properties) -> Rotation:
        """Return which secrets of a job have another value than the one that it was started with.

        `olds` is what the state holds of it. Nothing rotates under a catalog object, a job that ends by itself, or one that is not there.
        """
        if definition.statement.kind is not Kind.JOB or not text(olds, "job_id"):
            return Rotation()
        return rotation(text(olds, SECRETS_IN_USE), self.of(definition))

    def in_use(self, definition: Definition, olds: Properties, deployed: Deployed) -> str | None:
        """Return the marks of the secrets that a job runs with; None where there are none, empty where that is not known."""
        if definition.statement.kind is not Kind.JOB or not secrets_used(definition):
            return None
        if deployed.started or deployed.job_id in _started:
            return marks_of(self.of(definition))
        return text(olds, SECRETS_IN_USE) if deployed.job_id and deployed.job_id == text(olds, "job_id") else ""

    def missing(self, definition: Definition) -> str:
        """Return what is said of secrets that are used and not set; empty when all are."""
        known = self.of(definition).keys()
        statements = (definition.statement, *definition.closure)
        return "\n".join(str(problem) for one in statements for problem in secret_problems(one.text, one.file, known))

    def hidden(self, shown: str, *definitions: Definition | None) -> str:
        """Return a text as it may be shown: what Flink says can quote what it was sent."""
        for definition in definitions:
            # What cannot be read was never sent with a secret in it.
            with suppress(FlinkSqlError):
                shown = redact(shown, self.of(definition)) if definition and shown else shown
        return shown

    def hiding(self, *definitions: Definition | None) -> Callable[[str], str]:
        """Return what takes the secrets of these statements out of a text."""
        return lambda shown: self.hidden(shown, *definitions)
