"""`test --watch`: tests again as files are saved, only those that a file touches."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from console.screen import Screen
from console.testing.show import show_outcome
from flinksql.errors import BundleError, FlinkSqlError
from flinksql.sql.reader import SUFFIX
from flinksql.testing import Laboratory, Test, run_tests
from flinksql.testing.bundles import BundleReader
from flinksql.testing.report import summary

_POLL_SECONDS = 0.2
Seen = dict[Path, tuple[int, int]]


def watch_tests(screen: Screen, lab: Laboratory, tests: Callable[[], list[Test]], at_once: int) -> None:
    """Look at the files of the tests' bundles until the program is ended, and run what a change touches."""
    known = tests()
    seen = _snapshot(known)
    screen.out.print("watching; end with Ctrl-C", highlight=False)
    while True:
        time.sleep(_POLL_SECONDS)
        now = _snapshot(known)
        changed = {file for file in {*now, *seen} if now.get(file) != seen.get(file)}
        if not changed:
            continue
        seen = now
        try:
            known = tests()
            touched = touched_tests(known, changed, lab.bundles.fresh())
        except FlinkSqlError as error:
            screen.problem(str(error))
            continue
        screen.out.print(f"{', '.join(sorted(one.name for one in changed))}: {len(touched)} tests", highlight=False)
        fresh = Laboratory(flink=lab.flink, schemas=lab.schemas, models=lab.models, bundles=lab.bundles.fresh())
        began = time.monotonic()
        outcomes = run_tests(fresh, touched, at_once=at_once, done=lambda one: show_outcome(screen, one)) if touched else []
        screen.out.print(summary(outcomes, time.monotonic() - began), highlight=False)


def touched_tests(tests: Sequence[Test], changed: Iterable[Path], bundles: BundleReader) -> list[Test]:
    """Return the tests that a change of files touches: their own file, a statement that theirs depends on, or anything else of the bundle.

    Of a bundle that cannot be read, every test is touched: it tells what is wrong.
    """
    files = [one.resolve() for one in changed]
    return [one for one in tests if any(_touches(one, file, bundles) for file in files)]


def _touches(test: Test, file: Path, bundles: BundleReader) -> bool:
    folder = test.bundle.resolve()
    if folder not in file.parents:
        return False
    if file.suffix in {".yaml", ".yml"} and file.parent == test.file.parent.resolve():
        return file == test.file.resolve()
    if file.suffix != SUFFIX:
        return True
    try:
        bundle = bundles.read(test)
        used = {name for one in test.case.statement for name in (one, *(other.name for other in bundle.closure(one)))}
    except (BundleError, FlinkSqlError):
        return True
    return file.stem in used


def _snapshot(tests: Sequence[Test]) -> Seen:
    found: Seen = {}
    for folder in {one.bundle for one in tests}:
        for file in folder.rglob("*"):
            try:
                told = file.stat()
            except OSError:
                continue
            if file.is_file():
                found[file] = (told.st_mtime_ns, told.st_size)
    return found
