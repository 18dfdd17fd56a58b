"""How much a benchmark measures: enough for a figure, or so little that it only shows that its command works."""

from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """`pairs` are the repetitions of each side. `small` takes the least of everything and prepares nothing: its figures mean nothing."""

    pairs: int = 3
    small: bool = False

    def of(self, whole: T, small: T) -> T:
        """Return one of two sizes."""
        return small if self.small else whole
