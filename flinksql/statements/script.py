"""What is sent to a session, in order: the definitions that a statement depends on, then the statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flinksql.diagnostics.positions import position_of
from flinksql.errors import FlinkSqlError, JobFailedError, StatementError
from flinksql.flink.gateway import GatewaySession, ProblemKind, RefusedError
from flinksql.sql import Rendered, redact, render
from flinksql.statement import Definition, Statement


@dataclass(frozen=True, kw_only=True)
class Step:
    """A statement as it is sent. `rendered` holds secrets, so it never shows itself."""

    statement: Statement
    rendered: Rendered = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Script:
    """A definition as steps. `secrets` are only for taking them out of messages."""

    closure: tuple[Step, ...]
    target: Step
    secrets: Mapping[str, str] = field(repr=False)

    def replay(self, session: GatewaySession) -> None:
        """Define the closure in the session. Raises StatementError in the file of the definition that Flink refuses."""
        for step in self.closure:
            self.define(session, step)

    def define(self, session: GatewaySession, step: Step) -> None:
        """Run one CREATE in the session. Raises StatementError."""
        try:
            session.configure(step.rendered.sql)
        except RefusedError as error:
            raise self.explained(error, step) from error

    def explained(self, error: RefusedError, step: Step, *, lines_before: int = 0) -> FlinkSqlError:
        """Return the refusal as an error of the statement's file. `lines_before` is how many lines were sent before the statement's own."""
        problem = error.problem
        message = redact(problem.message, self.secrets)
        if problem.kind in {ProblemKind.STATE_MISSING, ProblemKind.STATE_REFUSED, ProblemKind.SERVER}:
            return JobFailedError(f"statement {step.statement.name}: {message}")
        places = [step, *(other for other in (*reversed(self.closure), self.target) if other is not step)]
        problem = replace(problem, message=message)
        message, position, excerpt = position_of(problem, [place.rendered for place in places], lines_before=lines_before)
        return StatementError(message, statement=step.statement.name, position=position, excerpt=excerpt)


def script_of(definition: Definition, secrets: Mapping[str, str]) -> Script:
    """Render a definition with its secrets. Raises StatementError where a value is missing."""
    steps = [
        Step(statement=statement, rendered=render(statement.text, statement.file, definition.parameters, secrets))
        for statement in (*definition.closure, definition.statement)
    ]
    return Script(closure=tuple(steps[:-1]), target=steps[-1], secrets=secrets)
