"""Which statements have tests, and which branches of their SQL had rows on each side, counted by running queries over a test's own rows."""

from flinksql.testing.coverage.branches import Branch
from flinksql.testing.coverage.counting import Coverage, Probing

__all__ = ["Branch", "Coverage", "Probing"]
