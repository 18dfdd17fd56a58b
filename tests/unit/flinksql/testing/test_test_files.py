"""Files of tests: read with places, chosen, updated, and told as JUnit."""

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from flinksql.errors import BundleError, StatementError
from flinksql.testing.cases import ExpectedRows
from flinksql.testing.changes import Change
from flinksql.testing.comparison import compare, expectation
from flinksql.testing.feeding import RowError, Source, given_lines
from flinksql.testing.junit import junit_xml
from flinksql.testing.reading import Test, read_tests
from flinksql.testing.replacement import source
from flinksql.testing.report import describe
from flinksql.testing.running import Came, Finding, Outcome, Verdict
from flinksql.testing.schema import schema_text
from flinksql.testing.suite import chosen
from flinksql.testing.tables import Column, Table
from flinksql.testing.updating import updated_text
from tests.support.project import REPOSITORY

PUBLISHED = REPOSITORY / "sql" / "testing.schema.json"
SHIPPED = sorted((REPOSITORY / "sql").glob("*/tests/*.yaml"))
TEXT = """\
# kept
tests:
  - name: counts
    statement: totals
    given: {orders: [{id: 1}]}
    expect:
      totals_by_city:
        - {city: a, n: 1}  # kept with its row
        - {city: b, n: 2}

  - name: sums  # kept too
    statement: [totals, sums]
    expect: {sums: {rows: [{n: 3}], match: exact}}
"""
TABLE = Table(name="totals_by_city", columns=(Column(name="city", type="STRING"), Column(name="n", type="BIGINT")))


def written(folder: Path, text: str) -> list[Test]:
    bundle = folder / "shop"
    (bundle / "tests").mkdir(parents=True)
    (bundle / "tests" / "totals.yaml").write_text(text)
    return read_tests(bundle, folder)


def test_the_published_schema_is_that_of_the_models() -> None:
    assert PUBLISHED.read_text() == schema_text(), "run `python -m flinksql.testing.schema sql/testing.schema.json`"


@pytest.mark.parametrize("file", [pytest.param(one, id=f"{one.parent.parent.name}-{one.stem}") for one in SHIPPED])
def test_shipped_tests_follow_the_schema(file: Path) -> None:
    text = file.read_text()
    assert text.startswith("# yaml-language-server: $schema=../../testing.schema.json\n")
    content = json.loads(json.dumps(yaml.safe_load(text), default=str))
    errors = [one.message for one in Draft202012Validator(json.loads(schema_text())).iter_errors(content)]
    assert errors == []


def test_a_test_knows_its_place(tmp_path: Path) -> None:
    first, second = written(tmp_path, TEXT)
    assert str(first.position()) == "shop/tests/totals.yaml:3:5"
    assert str(first.position("expect", "totals_by_city", 1)) == "shop/tests/totals.yaml:9:11"
    assert second.case.statement == ("totals", "sums")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        pytest.param("tests:\n  - {name: a, statement: b, expct: {}}", "2:29", "Did you mean expect?", id="a misspelt key"),
        pytest.param("tests:\n  - {name: a, statement: b}", "2:5", "either `expect` or `refused`", id="nothing expected"),
        pytest.param("tests:\n  - {name: a\n", "3:1", "are not YAML", id="no YAML"),
        pytest.param("tests: []\nmodels: {m: [{when: '('}]}", "2:14", "no regular expression", id="a broken pattern"),
        pytest.param(
            "tests:\n  - {name: a, statement: b, refused: x}\n  - {name: a, statement: b, refused: x}",
            "1:1",
            "two tests",
            id="one name twice",
        ),
        pytest.param("tests:\n  - {name: a, statement: b, expect: {t: {match: any}}}", "2:", "", id="no such match"),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, place: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError) as raised:
        written(tmp_path, text)
    assert f"totals.yaml:{place}" in str(raised.value)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("pattern", "expression", "names"),
    [
        pytest.param("", "", ["counts", "sums"], id="all"),
        pytest.param("count", "", ["counts"], id="a part"),
        pytest.param("s*", "", ["sums"], id="a pattern"),
        pytest.param("", "totals and not counts", ["sums"], id="and not"),
        pytest.param("", "(counts or sums) and totals", ["counts", "sums"], id="parentheses"),
    ],
)
def test_tests_are_chosen(pattern: str, expression: str, names: list[str], tmp_path: Path) -> None:
    assert [
        one.case.name for one in chosen(written(tmp_path, TEXT), pattern, expression) if pattern != "s*" or one.case.name[0] == "s"
    ] == names


@pytest.mark.parametrize("expression", [pytest.param(one, id=one) for one in ("a and", "(a", "a b", "not", ")")])
def test_an_expression_that_cannot_be_read_is_refused(expression: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"."):
        chosen(written(tmp_path, TEXT), expression=expression)


def outcome(test: Test, rows: list[dict[str, Any]]) -> Outcome:
    spec = test.case.expect["totals_by_city"]
    expected = expectation(spec, spec.rows, TABLE, changelog=False)
    came = [Change(row=one) for one in rows]
    findings = tuple(
        Finding(
            position=test.position("expect", "totals_by_city", one.index or 0),
            message=f"totals_by_city: {one.message}",
            table="totals_by_city",
            difference=one,
        )
        for one in compare(expected, came)
    )
    verdict = Verdict.FAILED if findings else Verdict.PASSED
    return Outcome(
        test=test,
        verdict=verdict,
        seconds=0.5,
        findings=findings,
        came={"totals_by_city": Came(expected=expected, rows=came)},
        statements=("t",),
    )


def test_what_is_wrong_is_told_row_by_row(tmp_path: Path) -> None:
    wrong = outcome(written(tmp_path, TEXT)[0], [{"city": "a", "n": 1}, {"city": "b", "n": 5}])
    assert describe(wrong) == [
        "shop/tests/totals.yaml:9:11: totals_by_city: row 2 did not come; the nearest that came differs in n",
        "    column  expected  came",
        "    n       2         5",
        '    came: {"city": "b", "n": 5}',
    ]


def test_updating_writes_what_came_and_nothing_else(tmp_path: Path) -> None:
    wrong = outcome(written(tmp_path, TEXT)[0], [{"city": "b", "n": 5}])
    after = updated_text(TEXT, [wrong])
    assert after == TEXT.replace(
        "        - {city: a, n: 1}  # kept with its row\n        - {city: b, n: 2}\n", "        - {city: b, n: 5}\n"
    )
    nothing = outcome(written(tmp_path / "other", TEXT)[0], [])
    assert yaml.safe_load(updated_text(TEXT, [nothing]))["tests"][0]["expect"]["totals_by_city"] == []


def test_outcomes_are_a_junit_file(tmp_path: Path) -> None:
    test = written(tmp_path, TEXT)[0]
    right = outcome(test, [{"city": "a", "n": 1}, {"city": "b", "n": 2}])
    wrong = outcome(test, [{"city": "\x00", "n": 1}])
    root = ET.fromstring(junit_xml([right, wrong], datetime.now(tz=UTC)))  # noqa: S314  # our own
    suite = root[0]
    assert (root.tag, suite.tag, suite.get("tests"), suite.get("failures"), suite.get("errors")) == (
        "testsuites",
        "testsuite",
        "2",
        "1",
        "0",
    )
    assert [one.tag for one in suite] == ["properties", "testcase", "testcase", "system-out", "system-err"]
    [failure] = suite[2]
    assert failure.tag == "failure"
    assert "shop/tests/totals.yaml:8:11" in (failure.text or "")
    # What the schemas of Ant and of Jenkins' xUnit plugin require.
    assert {"id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "time"} <= set(suite.keys())
    assert failure.get("type") == "failed"
    assert root.attrib == {}


SOURCE_TABLE = Table(
    name="t",
    columns=(
        Column(name="payload", type="BYTES"),
        Column(name="topic", type="STRING", extras="METADATA VIRTUAL"),
        Column(name="off", type="BIGINT", extras="METADATA FROM `offset` VIRTUAL"),
        Column(name="at", type="TIMESTAMP_LTZ(3)", nullable=False, extras="METADATA FROM `timestamp` VIRTUAL"),
        Column(name="pt", type="TIMESTAMP_LTZ(3)", nullable=False, extras="AS PROCTIME()"),
    ),
)
KAFKA = {"connector": "kafka", "topic": "orders", "format": "raw"}


def kafka_source(*, controlled: bool) -> Source:
    return Source(table=SOURCE_TABLE, replaced=source(SOURCE_TABLE, KAFKA, Path("/x"), controlled=controlled), options=KAFKA)


def test_what_kafka_would_say_of_a_record_is_filled_in() -> None:
    [line, other] = given_lines(kafka_source(controlled=True), [{"payload": "a"}, {"$at": 2, "payload": None, "off": 7}])
    assert yaml.safe_load(line) | {"at": 0, "pt": 0} == {"payload": "YQ==", "topic": "orders", "off": 0, "at": 0, "pt": 0}
    assert '"off": 7, "at": "2026-01-01T00:00:02Z", "pt": "2026-01-01T00:00:02Z"' in other


@pytest.mark.parametrize(
    ("rows", "index", "words"),
    [
        pytest.param([{"payloat": "a"}], 0, "is none of its columns", id="no such column"),
        pytest.param([{"$at": 5}, {"$at": 4}], 1, "never goes back", id="processing time goes back"),
        pytest.param([{"at": "soon"}], 0, "is no moment", id="no moment"),
        pytest.param([{}, {"-D": {"payload": "a"}}], 1, "only appended", id="a deletion from an append-only source"),
    ],
)
def test_a_row_that_cannot_be_given_is_told(rows: list[dict[str, Any]], index: int, words: str) -> None:
    with pytest.raises(RowError, match=words) as raised:
        given_lines(kafka_source(controlled=True), rows)
    assert raised.value.index == index


def test_a_row_file_that_is_missing_is_told(tmp_path: Path) -> None:
    test = written(tmp_path, TEXT)[0]
    with pytest.raises(StatementError, match=r"none\.jsonl cannot be read"):
        test.rows(ExpectedRows(file="none.jsonl"))
