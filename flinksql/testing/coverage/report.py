"""Coverage as people read it: in lines, and as plain values for scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flinksql.statement import Position
from flinksql.testing.coverage.branches import Branch
from flinksql.testing.coverage.counting import Coverage


@dataclass(frozen=True, kw_only=True)
class Statements:
    """The statements of the bundles that were tested: where each is, and how many tests it has."""

    tests: Mapping[str, int]
    places: Mapping[str, Position]

    @property
    def untested(self) -> list[str]:
        """The statements without a test."""
        return sorted(name for name, count in self.tests.items() if not count)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How many branches there are, had rows, had none, and are unknown."""

    branches: int
    covered: int
    missed: int
    unknown: int

    @property
    def share(self) -> float:
        """Covered branches of all, from 0 to 1; unknown ones are not covered."""
        return self.covered / self.branches if self.branches else 1.0


def figures(coverage: Coverage, branches: Sequence[Branch] | None = None) -> Figures:
    """Count branches by what is known of them."""
    told = [coverage.covered(one) for one in (coverage.branches if branches is None else branches)]
    return Figures(branches=len(told), covered=told.count(True), missed=told.count(False), unknown=told.count(None))


def lines(coverage: Coverage, statements: Statements) -> list[str]:
    """Return what has no test or had no row, each at its place, then the figures."""
    found = [f"{statements.places[name]}: statement {name} has no test" for name in statements.untested]
    for branch in coverage.branches:
        covered = coverage.covered(branch)
        if covered is False:
            found.append(f"{branch.position}: no row: {branch.description}")
        elif covered is None:
            found.append(f"{branch.position}: unknown: {branch.description} ({coverage.unknown[branch].splitlines()[0]})")
    return [*found, summary(coverage, statements)]


def summary(coverage: Coverage, statements: Statements) -> str:
    """Return the figures in one line."""
    counted = figures(coverage)
    tested = len(statements.tests) - len(statements.untested)
    parts = [f"{tested} of {len(statements.tests)} statements have tests", f"{counted.covered} of {counted.branches} branches had rows"]
    if counted.unknown:
        parts.append(f"{counted.unknown} unknown")
    return f"coverage: {', '.join(parts)}"


def as_json(coverage: Coverage, statements: Statements) -> dict[str, Any]:
    """Return coverage for scripts."""
    counted = figures(coverage)
    words = {True: "covered", False: "no row", None: "unknown"}
    return {
        "statements": [{"statement": name, "tests": count} for name, count in sorted(statements.tests.items())],
        "branches": {"all": counted.branches, "covered": counted.covered, "noRow": counted.missed, "unknown": counted.unknown},
        "details": [
            {
                "file": one.position.file,
                "line": one.position.line,
                "column": one.position.column,
                "kind": one.kind,
                "condition": one.text,
                "side": one.side,
                "state": words[coverage.covered(one)],
                "rows": coverage.rows.get(one),
                "reason": coverage.unknown.get(one, "") if coverage.covered(one) is None else "",
            }
            for one in coverage.branches
        ],
    }
