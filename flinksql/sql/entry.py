"""One statement of a bundle with what was read from its SQL."""

from dataclasses import dataclass

from flinksql.errors import StatementError
from flinksql.sql.references import References
from flinksql.sql.rendered import Rendered
from flinksql.statement import Kind, Position, Statement


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A statement, its rendered SQL (secrets unresolved) and its references."""

    statement: Statement
    rendered: Rendered
    references: References

    @property
    def name(self) -> str:
        """The statement's name."""
        return self.statement.name

    @property
    def is_job(self) -> bool:
        """Whether Flink runs the statement, in difference to an object of the catalog."""
        return self.statement.kind is not Kind.CATALOG_OBJECT

    def position(self, offset: int) -> Position:
        """Return the place in the file of an offset in the rendered SQL."""
        return self.rendered.position(offset)

    def problem(self, offset: int, message: str) -> StatementError:
        """Return the error that says `message` at an offset in the rendered SQL."""
        return self.rendered.problem(offset, message)
