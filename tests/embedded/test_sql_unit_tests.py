"""The bundles' own tests on a real Flink: they pass for the SQL as it is, and each wrong edit of it is caught by one of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flinksql.testing import Laboratory, TestFlink, Verdict, chosen, laboratory, read_tests, run_tests
from tests.support.project import REPOSITORY

pytestmark = [pytest.mark.real, pytest.mark.timeout(1200), pytest.mark.xdist_group("sql-unit-tests")]

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


@pytest.mark.parametrize("bundle", [pytest.param(one, id=one) for one in FOLDERS])
def test_a_bundles_own_tests_pass(bundle: str, lab: Laboratory) -> None:
    outcomes = run_tests(lab, read_tests(FOLDERS[bundle], REPOSITORY))
    assert {one.test.id: [finding.message for finding in one.findings] for one in outcomes if not one.passed} == {}


MUTANTS = [
    ("reviews", "review_slots", "rating <= 2", "rating < 2", "both and sides"),
    ("reviews", "review_slots", "rating >= 4", "rating > 4", "both and sides"),
    ("reviews", "review_windows", "COALESCE(MAX(product_name), product_id)", "MAX(product_name)", "without and name"),
    ("reviews", "product_reviews", "received_at - INTERVAL '1' SECOND END", "received_at END", "late"),
    ("reviews", "judged_reviews", "CHAR_LENGTH(review_text) > 100000", "CHAR_LENGTH(review_text) >= 100000", "bounds and texts"),
    ("reviews", "judged_reviews", r"'^\[[1-5]\]$'", r"'^\[[1-5]'", "every and malformed"),
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


@pytest.mark.parametrize("edit", [pytest.param(one, id=f"{one[0]}-{one[1]}-{index}") for index, one in enumerate(MUTANTS)])
def test_a_wrong_edit_is_caught(edit: tuple[str, str, str, str, str], lab: Laboratory, tmp_path: Path) -> None:
    bundle, statement, right, wrong, looking = edit
    folder = tmp_path / "sql" / bundle
    shutil.copytree(FOLDERS[bundle], folder)
    file = folder / f"{statement}.sql"
    text = file.read_text()
    assert right in text
    file.write_text(text.replace(right, wrong))
    outcomes = run_tests(lab, chosen(read_tests(folder, tmp_path), expression=looking))
    assert outcomes
    # A test that could not run has caught nothing.
    assert {one.verdict for one in outcomes} <= {Verdict.PASSED, Verdict.FAILED}
    assert Verdict.FAILED in {one.verdict for one in outcomes}
