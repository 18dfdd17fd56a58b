"""Rows of files: compared with a table's columns, written in the table's format, read back from it, moved in time."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.errors import ConsoleError
from console.feeding.records import Form, Record
from console.feeding.rows import checked_records
from console.feeding.times import moved_to
from console.formats.base import UnreadableError
from console.formats.codec import codec_of
from flinksql.sql.columns import Column, ColumnKind
from platforms.bundle_view import Location, view_bundle
from settings import parse_settings

TABLE = """CREATE TABLE t (
    id STRING NOT NULL, n INT, price DECIMAL(10, 2), ok BOOLEAN, at TIMESTAMP(3), tags ARRAY<STRING>, inner_row ROW<a INT, b STRING>,
    headers MAP<STRING, BYTES> METADATA, twice AS n * 2 > 3, `select` STRING COMMENT 'x, y', PRIMARY KEY (id) NOT ENFORCED,
    WATERMARK FOR at AS at - INTERVAL '5' SECOND
) WITH ('connector' = 'upsert-kafka', 'topic' = 'x', 'key.format' = 'json', 'value.format' = '{form}' {options});
"""


def place(folder: Path, form: str = "json", options: str = "") -> Location:
    (folder / "t.sql").write_text(TABLE.replace("{form}", form).replace("{options}", options), encoding="utf-8")
    found = view_bundle(parse_settings({"bundle": str(folder)})).location(table="t")
    assert found is not None
    return found


def rows(content: str, where: Location, *, is_csv: bool = False) -> list[Record]:
    return checked_records(content.encode(), "f", where, Form(key=where.key, key_format=where.key_format), is_csv=is_csv)


def test_the_columns_of_a_table_are_known(tmp_path: Path) -> None:
    where = place(tmp_path)
    assert [(one.name, one.word, one.kind) for one in where.columns] == [
        ("id", "STRING", ColumnKind.PHYSICAL),
        ("n", "INT", ColumnKind.PHYSICAL),
        ("price", "DECIMAL", ColumnKind.PHYSICAL),
        ("ok", "BOOLEAN", ColumnKind.PHYSICAL),
        ("at", "TIMESTAMP", ColumnKind.PHYSICAL),
        ("tags", "ARRAY", ColumnKind.PHYSICAL),
        ("inner_row", "ROW", ColumnKind.PHYSICAL),
        ("headers", "MAP", ColumnKind.METADATA),
        ("twice", "", ColumnKind.COMPUTED),
        ("select", "STRING", ColumnKind.PHYSICAL),
    ]
    assert where.key == ("id",)
    assert where.columns[0] == Column(name="id", type="STRING", required=True)


def test_a_line_that_fits_is_sent_byte_for_byte_with_its_key(tmp_path: Path) -> None:
    line = '{"id":"a",  "n": 1, "at": "2026-01-01 10:00:00", "tags": ["x"], "inner_row": {"a": 1}}'
    assert rows(f"{line}\n\n", place(tmp_path)) == [Record(key=b'{"id":"a"}', value=line.encode())]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param('{"id": "a", "m": 1}', "f:2:13: the table has no column m", id="no column"),
        pytest.param('{"id": "a", "twice": true}', "f:2:13: twice is a computed column", id="a computed column"),
        pytest.param('{"id": "a", "n": "x"}', "f:2:13: n is 'x' and must be a whole number (INT)", id="a text for a number"),
        pytest.param('{"id": "a", "n": 2147483648}', "f:2:13: n is 2147483648 and must be a whole number of 32 bits", id="too large"),
        pytest.param('{"id": "a", "n": 1.5}', "f:2:13: n is 1.5 and must be a whole number", id="a fraction"),
        pytest.param('{"id": "a", "price": true}', "f:2:13: price is true and must be a number (DECIMAL(10,2))", id="true for a number"),
        pytest.param(
            '{"id": "a", "at": "2026-01-01T10:00:00Z"}', "f:2:13: at is '2026-01-01T10:00:00Z' and must be a text like", id="time"
        ),
        pytest.param('{"id": "a", "tags": "x"}', "f:2:13: tags is 'x' and must be a list", id="a text for a list"),
        pytest.param('{"n": 1}', "f:2:1: id is missing, and the column cannot be NULL", id="a key that is missing"),
        pytest.param('{"id": null}', "f:2:2: id is None and must be a value, not null", id="a key that is null"),
        pytest.param('{"id" "a"}', "f:2:7: this line is no JSON", id="no json"),
        pytest.param("[1]", "f:2:1: a row is an object", id="a list"),
        pytest.param("[" * 100_000, "f:2:1: this line is nested too deeply", id="too deep"),
    ],
)
def test_a_row_that_does_not_fit_is_told_with_its_place(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(ConsoleError) as caught:
        rows(f'{{"id": "good"}}\n{line}\n', place(tmp_path))
    assert str(caught.value).startswith(told)
    assert "nothing was sent" in caught.value.advice


def test_many_wrong_rows_are_not_all_told(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError) as caught:
        rows("[]\n" * 5000, place(tmp_path))
    assert str(caught.value).endswith("and 4,990 more")


def test_csv_is_written_as_the_table_has_it(tmp_path: Path) -> None:
    content = 'id,n,ok,select\n"a,1",7,true,\nb,,FALSE,"two\nlines"\n'
    assert [(one.key, json.loads(one.value)) for one in rows(content, place(tmp_path), is_csv=True)] == [
        (b'{"id":"a,1"}', {"id": "a,1", "n": 7, "ok": True, "select": None}),
        (b'{"id":"b"}', {"id": "b", "n": None, "ok": False, "select": "two\nlines"}),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("id,n\na,x\n", "f:2:1: n is 'x' and must be a whole number", id="a cell"),
        pytest.param("id,n\na,1\nb\n", "f:3:1: this row has 1 fields, and the first line names 2 columns", id="a short row"),
        pytest.param('id,n\n"a,1\n', "f:2:1: this line is no CSV", id="a quote without an end"),
    ],
)
def test_csv_that_does_not_fit_is_told_with_its_line(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(ConsoleError) as caught:
        rows(content, place(tmp_path), is_csv=True)
    assert str(caught.value).startswith(told)


FIELDS = {"id": "a", "n": 7, "ok": True, "select": "x;y"}


@pytest.mark.parametrize(
    ("form", "options", "expected"),
    [
        pytest.param("json", "", FIELDS, id="json"),
        pytest.param("debezium-json", "", {"op": "+I", **FIELDS}, id="debezium"),
        pytest.param(
            "csv",
            ", 'value.csv.field-delimiter' = ';'",
            {"id": "a", "n": 7, "price": None, "ok": True, "at": None, "tags": None, "inner_row": None, "select": "x;y"},
            id="csv with another delimiter",
        ),
        pytest.param(
            "avro",
            "",
            {"id": "a", "n": 7, "price": None, "ok": True, "at": None, "tags": None, "inner_row": None, "select": "x;y"},
            id="avro by the table's columns",
        ),
    ],
)
def test_what_a_format_writes_it_reads(tmp_path: Path, form: str, options: str, expected: dict[str, object]) -> None:
    codec = codec_of(place(tmp_path, form, options))
    assert codec.decode(codec.encode(FIELDS)) == expected


def test_avro_that_flink_writes_is_read(tmp_path: Path) -> None:
    # id, then seven unions: n = 7, all others null.
    codec = codec_of(place(tmp_path, "avro"))
    decoded = codec.decode(b"\x02a" + b"\x02\x0e" + b"\x00" * 6)
    assert decoded == {"id": "a", "n": 7, **dict.fromkeys(("price", "ok", "at", "tags", "inner_row", "select"))}


@pytest.mark.parametrize(
    ("form", "value"),
    [
        pytest.param("json", b"\xff", id="json"),
        pytest.param("debezium-json", b"{}", id="debezium"),
        pytest.param("csv", b"a,b", id="csv of another table"),
        pytest.param("avro", b"\x80", id="avro"),
    ],
)
def test_bytes_of_another_format_are_unreadable(tmp_path: Path, form: str, value: bytes) -> None:
    with pytest.raises(UnreadableError):
        codec_of(place(tmp_path, form)).decode(value)


def test_a_deleted_row_is_shown_as_it_was(tmp_path: Path) -> None:
    value = b'{"payload": {"before": {"id": "a"}, "after": null, "op": "d"}}'
    assert codec_of(place(tmp_path, "debezium-json")).decode(value) == {"op": "-D", "id": "a"}


def test_bytes_that_are_no_text_are_shown_in_base64(tmp_path: Path) -> None:
    assert codec_of(place(tmp_path, "raw")).decode(b"\xff\x00") == {"base64": base64.b64encode(b"\xff\x00").decode()}


NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "moved"),
    [
        pytest.param(["2026-01-01 10:00:00", "2026-01-01 10:01:00"], ["2026-03-01 11:59:00", "2026-03-01 12:00:00"], id="sql"),
        pytest.param(["2026-01-01T10:00:00.500Z"], ["2026-03-01T12:00:00.000Z"], id="iso"),
        pytest.param(["2026-01-01 11:00:00+01:00"], ["2026-03-01 12:00:00+01:00"], id="a zone"),
        pytest.param([1767261600000, 1767261599000], [1772366400000, 1772366399000], id="milliseconds"),
        pytest.param(["soon", None], ["soon", None], id="no time"),
    ],
)
def test_the_last_sample_happens_now(times: list[object], moved: list[object]) -> None:
    records = [Record(key=None, value=json.dumps({"at": one}).encode()) for one in times]
    if "11:00:00+01:00" in str(times):
        moved = ["2026-03-01 13:00:00+01:00"]
    assert [json.loads(one.value)["at"] for one in moved_to(NOW, records, "at")] == moved
