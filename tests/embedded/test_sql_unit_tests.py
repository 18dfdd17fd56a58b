"""The bundles' own tests on a real Flink: they pass for the SQL as it is, and each wrong edit of it is caught by one of them."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from flinksql.testing import Laboratory, Test, TestFlink, Verdict, chosen, laboratory, read_tests, run_tests
from flinksql.testing.coverage import Coverage, Probing
from options.flink_lines import FLINK_LINES
from tests.embedded.conftest import flink_of_line
from tests.support.project import REPOSITORY

pytestmark = [pytest.mark.real, pytest.mark.timeout(3600), pytest.mark.xdist_group("sql-unit-tests")]

FOLDERS = {
    "reviews": REPOSITORY / "sql" / "reviews",
    "article": REPOSITORY / "sql" / "article",
    # A statement of each kind over time: joins, Top-N, deduplication, a session, a pattern, an upsert sink, a model that fails.
    "rides": REPOSITORY / "tests" / "cases" / "rides",
}


@pytest.fixture
def lab(flink_for_sql: TestFlink, tmp_path: Path) -> Iterator[Laboratory]:
    with laboratory(flink_for_sql, tmp_path) as prepared:
        yield prepared


MUTANTS = [
    ("reviews", "review_slots", "rating <= 2", "rating < 2", "both and sides"),
    ("reviews", "review_slots", "rating >= 4", "rating > 4", "both and sides"),
    ("reviews", "review_windows", "COALESCE(MAX(product_name), product_id)", "MAX(product_name)", "without and name"),
    ("reviews", "product_reviews", "received_at - INTERVAL '1' SECOND END", "received_at END", "late"),
    ("reviews", "judged_reviews", "CHAR_LENGTH(review_text) > 100000", "CHAR_LENGTH(review_text) >= 100000", "bounds and texts"),
    ("reviews", "judged_reviews", r"'^\[[1-5]\]$'", r"'^\[[1-5]'", "every and malformed"),
    ("reviews", "judged_reviews", """id_of_review LIKE '["%'""", """REGEXP(text, '"review_id" *: *"')""", "odd and fields"),
    ("reviews", "contexts", "WHERE reason <> 'ok'", "WHERE reason = 'empty'", "every and malformed"),
    ("reviews", "received_records", "WHERE headers['heartbeat'] IS NULL", "", "heartbeats and seconds"),
    ("reviews", "judged_answers", "'negative', 'mixed', 'neutral'", "'negative', 'mixed'", "context and bounds"),
    ("reviews", "judged_contexts", "'$.product_id')) > 200", "'$.product_id')) > 201", "never and put"),
    ("reviews", "answers", r"'(?s)(\{.*\})'", r"'^(\{.*\})'", "answer and rejected"),
    ("article", "aggregate_reviews", "rating <= 2", "rating < 2", "window"),
    ("article", "aggregate_reviews", "rating >= 4", "rating > 4", "window"),
    ("article", "aggregate_reviews", "INTERVAL '1' MINUTE", "INTERVAL '2' MINUTE", "window"),
    ("article", "aggregate_reviews", "COUNT(*)", "COUNT(DISTINCT rating)", "window"),
    ("article", "aggregate_reviews", "AVG(rating)", "MAX(rating)", "window"),
    ("article", "aggregate_reviews", "MAX(product_name)", "MIN(product_name)", "window"),
    ("article", "aggregate_reviews", "' | '", "', '", "window"),
    ("article", "aggregate_reviews", "THEN 1 ELSE 0 END) AS positive_reviews", "THEN 1 ELSE 1 END) AS positive_reviews", "window"),
    (
        "article",
        "summarize_contexts",
        "    negative_reviews,\n    positive_reviews,",
        "    positive_reviews,\n    negative_reviews,",
        "context",
    ),
    ("article", "summarize_contexts", "DESCRIPTOR(reviews)", "DESCRIPTOR(product_name)", "context"),
    ("rides", "convert_fares", "LEFT JOIN", "JOIN", "temporal"),
    ("rides", "find_fast_trips", "INTERVAL '10' SECOND", "INTERVAL '11' SECOND", "interval"),
    ("rides", "rank_fares", "fare DESC", "fare ASC", "top"),
    ("rides", "keep_first", "PARTITION BY rider_id", "PARTITION BY city", "deduplication"),
    ("rides", "fill_session", "'15'", "'10'", "session"),
    ("rides", "find_rising", "B.fare > A.fare", "B.fare >= A.fare", "pattern"),
    ("rides", "track_rider_speed", "MAX(p.speed)", "MIN(p.speed)", "upsert"),
    ("rides", "tag_trips", "DESCRIPTOR(city)", "DESCRIPTOR(trip_id)", "model"),
]
"""A bundle, a statement, what is edited into what, and which test looks."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A copy of a bundle with one wrong edit, and the tests that look."""

    name: str
    tests: list[Test]


def mutant(number: int, edit: tuple[str, str, str, str, str], folder: Path) -> Mutant:
    bundle, statement, right, wrong, looking = edit
    copy = folder / str(number) / "sql" / bundle
    shutil.copytree(FOLDERS[bundle], copy)
    file = copy / f"{statement}.sql"
    text = file.read_text()
    assert right in text
    file.write_text(text.replace(right, wrong))
    found = chosen(read_tests(copy, folder), expression=looking)
    assert found
    return Mutant(name=f"{bundle}-{statement}: {right!r} -> {wrong!r}", tests=found)


def test_the_bundles_own_tests_pass_and_each_wrong_edit_is_caught(lab: Laboratory, tmp_path: Path) -> None:
    """All of them run side by side: one by one, most of the time went by waiting for the next one."""
    own = [one for folder in FOLDERS.values() for one in read_tests(folder, REPOSITORY)]
    mutants = [mutant(number, edit, tmp_path) for number, edit in enumerate(MUTANTS)]
    outcomes = run_tests(lab, [*own, *(test for one in mutants for test in one.tests)])
    by_test = {id(one.test): one for one in outcomes}
    assert {one.id: [finding.message for finding in by_test[id(one)].findings] for one in own if not by_test[id(one)].passed} == {}
    verdicts = {one.name: {by_test[id(test)].verdict for test in one.tests} for one in mutants}
    # A test that could not run has caught nothing.
    assert {name: told for name, told in verdicts.items() if Verdict.FAILED not in told or Verdict.BROKEN in told} == {}


@pytest.mark.parametrize("line", sorted(FLINK_LINES.keys() - {"2.2"}))
def test_the_flagships_own_tests_pass_on_every_other_line(line: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    """On 2.1 a cast to VARBINARY fills a shorter value up with zeros: no dead letter was what had been sent."""
    own = read_tests(FOLDERS["reviews"], REPOSITORY)
    with flink_of_line(tmp_path_factory.mktemp(f"sql-tests-{line}"), line) as started, laboratory(started, tmp_path) as lab:
        outcomes = run_tests(lab, own)
    assert {one.test.id: [finding.message for finding in one.findings] for one in outcomes if not one.passed} == {}


@pytest.mark.skipif(not os.environ.get("FLINK_REVIEWS_COVERAGE"), reason="set FLINK_REVIEWS_COVERAGE=1: it takes two jobs for each test")
@pytest.mark.parametrize("bundle", ["reviews", "article", "orders"])
def test_the_tests_of_a_bundle_give_rows_to_every_branch(lab: Laboratory, bundle: str) -> None:
    outcomes = run_tests(replace(lab, probing=Probing()), read_tests(REPOSITORY / "sql" / bundle, REPOSITORY))
    coverage = Coverage()
    for one in outcomes:
        coverage.add(one.coverage)
    assert coverage.branches
    assert [f"{one.position}: {one.description}" for one in coverage.branches if not coverage.covered(one)] == []
