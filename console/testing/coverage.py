"""`test --coverage`: which statements have tests and which branches had rows, on the screen, for scripts and as a page."""

import json as json_library
from collections.abc import Sequence
from pathlib import Path

from console.screen import Screen, write_line
from embedded.data_folder import write_atomically
from flinksql.sql import Bundle
from flinksql.statement import Position
from flinksql.testing import Outcome
from flinksql.testing.bundles import BundleReader
from flinksql.testing.coverage import Coverage
from flinksql.testing.coverage.page import page
from flinksql.testing.coverage.report import Statements, as_json, lines


def show_coverage(screen: Screen, bundles: BundleReader, outcomes: Sequence[Outcome], *, json: bool, html: Path | None) -> None:
    """Write what the tests covered. The statements are those of the tests' bundles."""
    coverage, read = _counted(bundles, outcomes)
    statements = _statements(read, outcomes)
    if json:
        write_line(json_library.dumps({"coverage": as_json(coverage, statements)}, ensure_ascii=False))
    else:
        for line in coverage_lines(bundles, outcomes):
            screen.out.print(line, highlight=False, soft_wrap=True, markup=False)
    if html is None:
        return
    texts = {one.file: one.text for bundle in read.values() for one in bundle.statements}
    title = f"Coverage of {', '.join(sorted(folder.name for folder in read))}"
    write_atomically(html.expanduser().resolve(), page(coverage, statements, texts, title))


def coverage_lines(bundles: BundleReader, outcomes: Sequence[Outcome]) -> list[str]:
    """Return what the tests covered, in lines."""
    coverage, read = _counted(bundles, outcomes)
    return lines(coverage, _statements(read, outcomes))


def _counted(bundles: BundleReader, outcomes: Sequence[Outcome]) -> tuple[Coverage, dict[Path, Bundle]]:
    coverage = Coverage()
    read: dict[Path, Bundle] = {}
    for one in outcomes:
        coverage.add(one.coverage)
        read.setdefault(one.test.bundle, bundles.read(one.test))
    return coverage, read


def _statements(read: dict[Path, Bundle], outcomes: Sequence[Outcome]) -> Statements:
    tests: dict[str, int] = {}
    places: dict[str, Position] = {}
    for folder, bundle in read.items():
        for statement in bundle.jobs():
            # Two bundles may each have a statement of a name.
            name = statement.name if len(read) == 1 else f"{folder.name}/{statement.name}"
            tests[name] = sum(statement.name in one.statements and one.test.bundle == folder for one in outcomes)
            places[name] = bundle.entry(statement.name).position(0)
    return Statements(tests=tests, places=places)
