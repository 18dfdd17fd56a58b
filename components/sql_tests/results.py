"""Tests that passed, kept in the data folder, so that none is run twice for the same SQL, the same test and the same Flink.

Only passes are kept. A test that failed is run again: its difference is to be shown, and a busy machine may have been the reason.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from components.sql_tests.flink import FOLDER
from embedded.data_folder import write_atomically
from flinksql.errors import FlinkSqlError
from flinksql.testing import Outcome, Test
from flinksql.testing.bundles import BundleReader
from flinksql.testing.fingerprint import fingerprint
from options.flink_lines import flink_line

PASSED = "passed"
_MOST = 5_000
"""So many are kept, the newest: a record is a few hundred bytes."""
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class PassedTests:
    """The tests that passed on one Flink line, below the data folder. `bundles` are those that are tested, each read once."""

    data_folder: Path
    line: str
    bundles: BundleReader

    @property
    def _folder(self) -> Path:
        return self.data_folder / FOLDER / PASSED

    def fingerprint(self, test: Test) -> str:
        """Return what a test's outcome depends on; empty where that cannot be told, so that the test is run and says why."""
        try:
            return fingerprint(test, self.bundles.read(test), repr(flink_line(self.line)))
        except FlinkSqlError:
            return ""

    def has(self, test: Test) -> bool:
        """Return whether the test passed as it is now."""
        key = self.fingerprint(test)
        if not key:
            return False
        try:
            return bool(json.loads(self._file(key).read_text(encoding="utf-8"))["passed"] == key)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def note(self, test: Test, outcome: Outcome, before: str) -> None:
        """Keep that a test passed. `before` is its fingerprint when it began: rows that were saved meanwhile were not tested."""
        if not outcome.passed or not before or before != self.fingerprint(test):
            return
        record = {
            "passed": before,
            "test": test.id,
            "file": test.shown,
            "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            "seconds": round(outcome.seconds, 3),
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file(before), json.dumps(record))
        except OSError:
            return  # the test is run again then

    def tidy(self) -> None:
        """Remove the oldest records beyond what is kept."""
        known = [(one.stat().st_mtime, one) for one in self._folder.glob("*.json") if _FINGERPRINT.fullmatch(one.stem)]
        for _, file in sorted(known)[: max(0, len(known) - _MOST)]:
            file.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def note_all(passed: PassedTests, before: Iterable[tuple[Test, str]], outcomes: Iterable[Outcome]) -> None:
    """Keep which of the outcomes passed. `before` are the tests with their fingerprints when they began."""
    began = {id(test): key for test, key in before}
    for outcome in outcomes:
        passed.note(outcome.test, outcome, began.get(id(outcome.test), ""))
    passed.tidy()
