"""Branches of SQL, and the choices that lead to them: a WHERE, the arms of a CASE, a join with and without a match."""

from collections.abc import Sequence
from dataclasses import dataclass

from flinksql.sql.tokens import Token
from flinksql.statement import Position
from flinksql.testing.coverage.blocks import Range, partner

_LONGEST = 70


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One way that rows can go. `kind` is WHERE, HAVING, FILTER, CASE, IF, or the words of a join.

    `text` is the condition, or the table that is joined, shortened.
    """

    position: Position
    kind: str
    side: str
    text: str

    @property
    def order(self) -> tuple[str, int, int, str]:
        """What branches are sorted by: their places."""
        return self.position.file, self.position.line, self.position.column, self.side

    @property
    def description(self) -> str:
        """The branch for people."""
        return f"{self.kind} {self.text}: {self.side}"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An expression in SQL that is the mark of the branch that a row takes. Marks are single characters; any other one means none.

    `branches` are by mark. `unknown` says why rows cannot be counted.
    """

    branches: dict[str, Branch]
    sql: str = ""
    unknown: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A CASE by its tokens. `arms` are condition and result, `otherwise` is what follows ELSE; `end` is the index of its END."""

    operand: Range
    arms: tuple[tuple[Range, Range], ...]
    otherwise: Range | None
    end: int


def read_case(tokens: Sequence[Token], index: int) -> Case | None:
    """Read the CASE that begins at `index`; None where it has no END."""
    marks: list[tuple[str, int]] = []
    depth = 0
    place = index
    while place < len(tokens):
        token = tokens[place]
        if token.text in "([":
            place = partner(tokens, place)
        elif token.is_word("CASE"):
            depth += 1
        elif token.is_word("END"):
            depth -= 1
            if depth == 0:
                return _case(index, marks, place)
        elif depth == 1 and token.is_word("WHEN", "THEN", "ELSE"):
            marks.append((token.text.upper(), place))
        place += 1
    return None


def _case(begin: int, marks: list[tuple[str, int]], end: int) -> Case | None:
    if not marks or marks[0][0] != "WHEN":
        return None
    bounds = [*(place for _, place in marks), end]
    parts = {place: (place + 1, bounds[number + 1]) for number, (_, place) in enumerate(marks)}
    whens = [place for word, place in marks if word == "WHEN"]
    thens = [place for word, place in marks if word == "THEN"]
    if len(whens) != len(thens):
        return None
    otherwise = next((parts[place] for word, place in marks if word == "ELSE"), None)
    arms = tuple((parts[when], parts[then]) for when, then in zip(whens, thens, strict=True))
    return Case(operand=(begin + 1, whens[0]), arms=arms, otherwise=otherwise, end=end)


def shortened(text: str) -> str:
    """Return a text in one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
