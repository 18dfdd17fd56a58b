"""A statement's rendered SQL with its tokens: texts and places of their ranges."""

from collections.abc import Sequence
from dataclasses import dataclass

from flinksql.sql.rendered import Rendered
from flinksql.sql.tokens import Token, tokenise
from flinksql.statement import Position
from flinksql.testing.coverage.blocks import Range
from flinksql.testing.coverage.branches import Branch, shortened


@dataclass(frozen=True, kw_only=True)
class Source:
    """SQL that is read for its branches."""

    rendered: Rendered
    tokens: Sequence[Token]

    def text(self, where: Range) -> str:
        """Return the text of a range, as it stands there."""
        begin, end = where
        return self.rendered.sql[self.tokens[begin].start : self.tokens[end - 1].end] if begin < end else ""

    def position(self, index: int) -> Position:
        """Return where a token stands in the file."""
        return self.rendered.position(self.tokens[min(index, len(self.tokens) - 1)].start)

    def branch(self, index: int, kind: str, side: str, text: str) -> Branch:
        """Return a branch that begins at a token."""
        return Branch(position=self.position(index), kind=kind, side=side, text=shortened(text))


def source_of(rendered: Rendered) -> Source:
    """Tokenise a statement. Raises StatementError."""
    return Source(rendered=rendered, tokens=tokenise(rendered.sql, rendered.file).tokens)
