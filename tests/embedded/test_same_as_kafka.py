"""Statements that people write give the same rows in a test as through Kafka: the rows that a stack with Kafka gives for the same input are
those of `tests/cases/pipelines/expected.yaml`, which `test_pipelines_people_write.py` compares with it.

Skipped unless FLINK_REVIEWS_SAME_AS_KAFKA is set.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from flinksql.sql import read_bundle
from flinksql.sql.table_usage import Catalog
from flinksql.testing import TestFlink, Verdict, laboratory, read_tests, run_tests
from flinksql.testing.bundles import PLATFORM_VALUES
from tests.support.pipelines import FOLDER, expectations, plain_value

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("sql-unit-tests"),
    pytest.mark.skipif(not os.environ.get("FLINK_REVIEWS_SAME_AS_KAFKA"), reason="set FLINK_REVIEWS_SAME_AS_KAFKA=1 to compare"),
]

NOT_HERE = {
    "own_topics": "its topics hold CSV, or are found by a pattern",
    "tables": "its sink is two topics of one table, and it reads a record's partition",
    "prompt": "its rows are what the offline model answers",
}
"""Pipelines whose rows say nothing about this comparison."""
LAST = "2026-01-01 12:00:00"
"""The event time of the last row that is fed: through Kafka, which does not end, windows behind it stay open."""


def fed() -> dict[str, list[dict[str, Any]]]:
    return {
        topic: records
        for file in ("rows.yaml", "rows_of_topics.yaml")
        for topic, records in yaml.safe_load((FOLDER / file).read_text(encoding="utf-8")).items()
    }


def given(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return records as rows of a test. The columns of a record's key are columns of its row."""
    return [{**(one.get("key") or {}), **one["value"]} for one in records]


def cases() -> Iterator[tuple[str, str]]:
    for name in sorted(expectations().keys() - NOT_HERE.keys()):
        bundle = read_bundle(FOLDER / name, PLATFORM_VALUES, FOLDER)
        for job in bundle.jobs():
            yield name, job.name


def write_tests(folder: Path, jobs: list[str]) -> dict[str, str]:
    """Write a test for each job, which expects no row, so that all that come are told. Return the topics of the sinks by their tables."""
    bundle = read_bundle(folder, PLATFORM_VALUES, folder.parent)
    records = fed()
    topics: dict[str, str] = {}
    tests: list[dict[str, Any]] = []
    for job in jobs:
        entry = bundle.entry(job)
        catalog = Catalog([bundle.entry(one.name) for one in bundle.closure(job)] + [entry])
        options = {one.table.name: one.options for one in catalog.uses()}
        read = {one.table.name for one in catalog.uses() if not one.written}
        tables = {one.name: one.references.creates.name.name for one in catalog.tables if one.references.creates}
        rows = {tables[one]: given(records[options[one]["topic"]]) for one in read if options[one].get("topic") in records}
        written = {tables[one.table.name]: one.options["topic"] for one in catalog.uses() if one.written and "topic" in one.options}
        if not written:
            continue  # it writes to nowhere that could be compared
        topics |= written
        tests.append({"name": job, "statement": job, "given": rows, "expect": {table: {"count": 10**6} for table in written}})
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / "same.yaml").write_text(yaml.safe_dump({"tests": tests}, allow_unicode=True), encoding="utf-8")
    return topics


def test_the_same_rows_come_as_through_kafka(flink_for_sql: TestFlink, tmp_path: Path) -> None:
    jobs: dict[str, list[str]] = {}
    for name, job in cases():
        jobs.setdefault(name, []).append(job)
    topics: dict[str, dict[str, str]] = {}
    tests = []
    for name, of_bundle in jobs.items():
        folder = tmp_path / name
        shutil.copytree(FOLDER / name, folder)
        topics[name] = write_tests(folder, of_bundle)
        tests += read_tests(folder, tmp_path)
    with laboratory(flink_for_sql, tmp_path) as lab:
        outcomes = run_tests(lab, tests)
    came: dict[tuple[str, str], list[str]] = {}
    assert [(one.test.id, one.findings) for one in outcomes if one.verdict is not Verdict.FAILED] == []
    for one in outcomes:
        for table, found in one.came.items():
            came.setdefault((one.test.bundle.name, topics[one.test.bundle.name][table]), []).extend(_text(row.row) for row in found.rows)
    expected = {
        (name, topic): sorted(_text(row) for row in next(iter(rows.values())))
        for name in jobs
        for topic, rows in expectations()[name].items()
        if (name, topic) in came
    }
    different = {place: _difference(rows, came[place]) for place, rows in expected.items() if _difference(rows, came[place])}
    print(f"{sum(map(len, jobs.values()))} statements, {len(expected)} topics, {sum(map(len, expected.values()))} rows")
    assert different == {}


def _difference(expected: list[str], came: list[str]) -> dict[str, list[str]]:
    left = list(came)
    missing: list[str] = []
    for one in expected:
        if one in left:
            left.remove(one)
        else:
            missing.append(one)
    more = [one for one in left if not _is_behind_the_end(one)]
    return {"missing": missing, "more": more} if missing or more else {}


def _is_behind_the_end(row: str) -> bool:
    return any(str(value).replace("T", " ") >= LAST for value in json.loads(row).values() if str(value).startswith("2026-"))


def _json(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with numbers as JSON has them."""
    read: dict[str, Any] = json.loads(json.dumps(row, default=lambda value: float(value) if isinstance(value, Decimal) else str(value)))
    return read


def _text(row: Mapping[str, Any]) -> str:
    return json.dumps(plain_value(_json(dict(row))), sort_keys=True, ensure_ascii=False)
