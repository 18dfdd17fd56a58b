"""The secrets of statements: taken from the stack's configuration when they are used, and out of every text that is shown."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pulumi.dynamic import ConfigureRequest

from components.providers.definitions import secrets_used
from flinksql.errors import FlinkSqlError
from flinksql.sql import redact, secret_problems
from flinksql.statement import Definition
from settings.configuration import secrets_of_provider
from settings.keys import HIDDEN_PREFIX


@dataclass(frozen=True)
class StatementSecrets:
    """The secrets that a stack's configuration holds for its statements."""

    request: ConfigureRequest

    def of(self, *definitions: Definition) -> dict[str, str]:
        """Return the values that statements use, by name, of those that are set."""
        names = set().union(*(secrets_used(definition) for definition in definitions))
        return secrets_of_provider(self.request, {name: f"{HIDDEN_PREFIX}{name}" for name in names})

    def missing(self, definition: Definition) -> str:
        """Return what is said of secrets that are used and not set; empty when all are."""
        known = self.of(definition).keys()
        statements = (definition.statement, *definition.closure)
        return "\n".join(str(problem) for one in statements for problem in secret_problems(one.text, one.file, known))

    def hidden(self, text: str, *definitions: Definition | None) -> str:
        """Return a text as it may be shown: what Flink says can quote what it was sent."""
        for definition in definitions:
            # What cannot be read was never sent with a secret in it.
            with suppress(FlinkSqlError):
                text = redact(text, self.of(definition)) if definition and text else text
        return text

    def hiding(self, *definitions: Definition | None) -> Callable[[str], str]:
        """Return what takes the secrets of these statements out of a text."""
        return lambda text: self.hidden(text, *definitions)
