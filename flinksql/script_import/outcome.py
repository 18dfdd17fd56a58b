"""What became of each statement of a script."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flinksql.statement import Position


class Fate(StrEnum):
    """What became of a statement."""

    FILE = "file"
    """It is a statement of the bundle."""
    OPTION = "option"
    """It is an option in the header of the jobs after it."""
    NOT_NEEDED = "not needed"
    """Nothing is lost: a bundle does by itself what it does, or it changes nothing."""
    LEFT_OUT = "left out"
    """Something is lost that a person has to decide on."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One row of the table. `title` is how the statement begins; no text of it that is in quotes is in it."""

    position: Position
    title: str
    fate: Fate
    result: str = ""
    """The file's name, or the header lines."""
    why: str = ""
    text: str = ""
    """A query that is left out, without secrets: a person makes a view or an INSERT of it."""


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A bundle made from a script: its files by name, `bundle.yaml` among them, and what became of each statement."""

    files: Mapping[str, str]
    outcomes: tuple[Outcome, ...]
    parameters: tuple[str, ...] = ()
    """Parameters that a stack must set."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Names of secrets that a stack must set; the values that stood in the script are nowhere in the result."""

    jars: Mapping[str, str] = field(default_factory=dict)
    """Jars that a person copies, by their path in the script: each with its path in the bundle's folder."""

    def count(self, fate: Fate) -> int:
        """Return how many statements have a fate."""
        return sum(one.fate is fate for one in self.outcomes)
