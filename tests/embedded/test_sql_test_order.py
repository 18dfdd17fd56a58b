"""Tests of SQL whose result is not certain: a row is late or not as far as Flink has read another table. They are refused, no others."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flinksql.testing import Laboratory, TestFlink, Verdict, laboratory, read_tests, run_tests

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800), pytest.mark.xdist_group("sql-unit-tests")]

KAFKA = "WITH ('connector' = 'kafka', 'topic' = '{name}', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}', 'format' = 'json')"
TABLE = "CREATE TABLE {name} (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) " + KAFKA
COMPUTED = (
    "CREATE TABLE {name} (k STRING, v INT, ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) " + KAFKA
)
RATES = "CREATE TABLE {name} (k STRING PRIMARY KEY NOT ENFORCED, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) " + KAFKA.replace(
    "'json'", "'debezium-json'"
)
SINK = "CREATE TABLE {name} (k STRING, n BIGINT) " + KAFKA
UPSERT = (
    "CREATE TABLE {name} (k STRING PRIMARY KEY NOT ENFORCED, n BIGINT) WITH ('connector' = 'upsert-kafka', 'topic' = '{name}', "
    "'properties.bootstrap.servers' = '${{kafka_bootstrap}}', 'key.format' = 'json', 'value.format' = 'json')"
)
INTERVAL = (
    "INSERT INTO out_rows SELECT a.k, CAST(b.v AS BIGINT) FROM a JOIN b ON a.k = b.k AND b.ts BETWEEN a.ts AND a.ts + INTERVAL '1' HOUR"
)
WINDOW_OVER_BOTH = """INSERT INTO out_rows SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE both_tables, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, k"""
WINDOW_OF_EACH = """EXECUTE STATEMENT SET BEGIN
INSERT INTO out_rows
SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k;
INSERT INTO more_rows
SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k;
END"""
WINDOW_OF_ONE = """INSERT INTO out_rows
SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k"""
REGULAR = "INSERT INTO final_rows SELECT a.k, CAST(b.v AS BIGINT) FROM a JOIN b ON a.k = b.k"
TEMPORAL = "INSERT INTO out_rows SELECT a.k, CAST(b.v AS BIGINT) FROM a JOIN b FOR SYSTEM_TIME AS OF a.ts ON a.k = b.k"
BOTH = "CREATE VIEW both_tables AS SELECT * FROM a UNION ALL SELECT * FROM b"

RISING = ("00:00:01", "00:00:01", "00:10:00")
A_LITTLE_BACK = ("00:00:10", "00:00:06", "00:10:00")
FAR_BACK = ("00:00:01", "00:10:00", "00:00:02")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A statement over tables `a` and `b`, the times of the rows of `a`, and whether its result is certain."""

    sql: str
    times: tuple[str, ...]
    certain: bool
    a: str = TABLE
    b: str = TABLE
    views: tuple[str, ...] = ()
    reads_b: bool = True


CASES = {
    "interval join in order": Case(sql=INTERVAL, times=RISING, certain=True),
    "interval join within the watermark's delay": Case(sql=INTERVAL, times=A_LITTLE_BACK, certain=True),
    "interval join far back": Case(sql=INTERVAL, times=FAR_BACK, certain=False),
    "interval join over a computed time in order": Case(sql=INTERVAL, times=RISING, certain=True, a=COMPUTED, b=COMPUTED),
    "interval join over a computed time far back": Case(sql=INTERVAL, times=FAR_BACK, certain=False, a=COMPUTED, b=COMPUTED),
    "window over a union far back": Case(sql=WINDOW_OVER_BOTH, times=FAR_BACK, certain=False, views=(BOTH,)),
    "windows of a statement set, each of one table": Case(sql=WINDOW_OF_EACH, times=FAR_BACK, certain=True),
    "window of one table": Case(sql=WINDOW_OF_ONE, times=FAR_BACK, certain=True, reads_b=False),
    "join without event time": Case(sql=REGULAR, times=FAR_BACK, certain=True),
    "temporal join far back": Case(sql=TEMPORAL, times=FAR_BACK, certain=False, b=RATES),
    "temporal join in order": Case(sql=TEMPORAL, times=RISING, certain=True, b=RATES),
}


def bundle(folder: Path, case: Case) -> Path:
    """Write a bundle with one test, which expects nothing but that it can be run."""
    (folder / "tests").mkdir(parents=True)
    tables = {"a": case.a, "b": case.b, "out_rows": SINK, "more_rows": SINK, "final_rows": UPSERT}
    for name, text in tables.items():
        (folder / f"{name}.sql").write_text(text.format(name=name) + ";\n", encoding="utf-8")
    for view in case.views:
        (folder / "both_tables.sql").write_text(view + ";\n", encoding="utf-8")
    (folder / "job.sql").write_text(case.sql + ";\n", encoding="utf-8")
    rows = "".join(f"        - {row(case.a, time)}\n" for time in case.times)
    sink = "final_rows" if case.sql is REGULAR else "out_rows"
    others = f"      b:\n        - {row(case.b, '00:00:30')}\n" if case.reads_b else ""
    given = f"    given:\n      a:\n{rows}{others}"
    text = f"tests:\n  - name: order\n    statement: job\n{given}    expect:\n      {sink}: {{match: subset, rows: []}}\n"
    (folder / "tests" / "order.yaml").write_text(text, encoding="utf-8")
    return folder


def row(table: str, time: str) -> str:
    hours, minutes, seconds = map(int, time.split(":"))
    at = f"ms: {((hours * 60 + minutes) * 60 + seconds) * 1000}" if table is COMPUTED else f"ts: 2026-01-01T{time}"
    return f"{{k: x, v: 1, {at}}}"


@pytest.fixture
def lab(flink_for_sql: TestFlink, tmp_path: Path) -> Iterator[Laboratory]:
    with laboratory(flink_for_sql, tmp_path) as prepared:
        yield prepared


def test_a_result_that_depends_on_the_order_of_two_tables_is_refused(lab: Laboratory, tmp_path: Path) -> None:
    tests = [one for number, case in enumerate(CASES.values()) for one in read_tests(bundle(tmp_path / str(number), case), tmp_path)]
    outcomes = dict(zip(CASES, run_tests(lab, tests), strict=True))
    told = {name: [str(one.message) for one in outcome.findings] for name, outcome in outcomes.items()}
    refused = {name for name, messages in told.items() if any("another one in the next run" in one for one in messages)}
    assert refused == {name for name, case in CASES.items() if not case.certain}, told
    assert {name for name, outcome in outcomes.items() if outcome.verdict is not Verdict.PASSED} == refused, told
    far = outcomes["interval join far back"].findings[0]
    assert (far.position.line, "brings it together with b" in far.message, "in the order of ts" in far.message) == (8, True, True)
