"""Records that name a schema of a registry: fed and read, with the stack's own credentials, and nothing registered unasked."""

from pathlib import Path
from typing import Any

import pytest

from console.errors import ConsoleError
from console.feeding.records import Form
from console.feeding.rows import checked_records
from console.formats.base import UnreadableError
from console.formats.codec import codec_of
from platforms.bundle_view import Location, view_bundle
from settings import parse_settings
from tests.fakes.schema_registry import FakeRegistry, schema_registry

TABLE = """CREATE TABLE t (id STRING NOT NULL, {columns}, at TIMESTAMP(3), at_utc TIMESTAMP_LTZ(6), day DATE, raw BYTES, tags ARRAY<STRING>)
WITH ('connector' = 'kafka', 'topic' = 'x', 'format' = 'avro-confluent', 'avro-confluent.url' = '${{schema_registry_url}}'{more});
"""
ROW = (
    '{"id": "a", "price": 12.5, "at": "2026-01-01 10:00:00.123", "at_utc": "2026-01-01 10:00:00.000001Z", "day": "2026-01-31", '
    '"raw": "gICA", "tags": ["x", null]}'
)
USER_INFO = ", 'avro-confluent.basic-auth.user-info' = '${secret:schema_registry}'"
HIDDEN = "feeder:s3cr3t-of-the-registry"


def place(
    folder: Path,
    registry: FakeRegistry,
    columns: str = "price DECIMAL(10, 2)",
    *,
    more: str = "",
    manifest: str = "",
    secret: str = HIDDEN,
) -> Location:
    (folder / "t.sql").write_text(TABLE.format(columns=columns, more=more), encoding="utf-8")
    (folder / "bundle.yaml").write_text(manifest or "{}", encoding="utf-8")
    given = {"bundle": str(folder), "schemaRegistry.url": registry.url, "schemaRegistry.urlForFlink": "http://inside.example:1"}
    secrets = {"secret.schema_registry": secret}
    found = view_bundle(parse_settings(given, secret=lambda key: secrets.get(key, ""))).location(table="t")
    assert found is not None
    return found


def fed(where: Location, line: str = ROW) -> bytes:
    [record] = checked_records(line.encode(), "f", where, Form(), is_csv=False)
    return record.value


def read(where: Location, value: bytes) -> Any:  # noqa: ANN401  # a row
    return codec_of(where).decode(value)


def test_a_row_is_fed_by_the_tables_schema_and_read_by_its_number(tmp_path: Path) -> None:
    with schema_registry() as registry:
        where = place(tmp_path, registry)
        value = fed(where)
        assert value[:5] == b"\0\0\0\0\1"
        assert registry.subjects == {"x-value": [1]}
        assert read(where, value) == {
            "id": "a",
            "price": "12.50",
            "at": "2026-01-01 10:00:00.123000+00:00",
            "at_utc": "2026-01-01 10:00:00.000001+00:00",
            "day": "2026-01-31",
            "raw": "808080",
            "tags": ["x", None],
        }


def test_a_column_more_is_a_version_more_and_old_records_stay_readable(tmp_path: Path) -> None:
    with schema_registry() as registry:
        old = fed(place(tmp_path, registry))
        where = place(tmp_path, registry, "price DECIMAL(10, 2), note STRING")
        new = fed(where, '{"id": "b", "note": "new"}')
        assert registry.subjects == {"x-value": [1, 2]}
        assert [read(where, one)["id"] for one in (old, new)] == ["a", "b"]
        assert [read(where, one).get("note") for one in (old, new)] == [None, "new"]


def test_a_schema_that_the_registry_refuses_sends_nothing(tmp_path: Path) -> None:
    with schema_registry() as registry:
        fed(place(tmp_path, registry))
        with pytest.raises(ConsoleError, match=r"refuses the schema of t for subject x-value: .*READER_FIELD_MISSING_DEFAULT_VALUE /n"):
            fed(place(tmp_path, registry, "price DECIMAL(10, 2), n INT NOT NULL"), '{"id": "b", "n": 1}')
        assert registry.subjects == {"x-value": [1]}


def test_nothing_is_registered_for_a_topic_of_others(tmp_path: Path) -> None:
    manifest = "topics: {x: {owned: false}}"
    with schema_registry() as registry:
        with pytest.raises(ConsoleError, match="subject x-value has no schema like that of t, and its topic is external"):
            fed(place(tmp_path, registry, manifest=manifest))
        assert registry.subjects == {}
        value = fed(place(tmp_path, registry))
        assert fed(place(tmp_path, registry, manifest=manifest)) == value, "a schema that is there may be used"


def test_a_row_that_cannot_be_written_registers_nothing(tmp_path: Path) -> None:
    with schema_registry() as registry:
        where = place(tmp_path, registry)
        with pytest.raises(ConsoleError):
            codec_of(where).encode({"id": "a", "at": "yesterday"})
        assert registry.calls == []


def test_the_registry_is_asked_with_the_secret_that_the_table_names(tmp_path: Path) -> None:
    with schema_registry(HIDDEN) as registry:
        where = place(tmp_path, registry, more=USER_INFO)
        assert read(where, fed(where))["id"] == "a"
        for secret, said in (("", "asks for the secret schema_registry"), ("feeder:wrong", "lets nobody in")):
            with pytest.raises(ConsoleError, match=said) as refused:
                fed(place(tmp_path, registry, more=USER_INFO, secret=secret))
            assert "wrong" not in str(refused.value)
    assert HIDDEN not in repr(where)
    assert "s3cr3t" not in repr(codec_of(where))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(b"{}", "does not begin with the number of a schema", id="no number"),
        pytest.param(b"\0\0\0\0\7abc", "has no schema 7", id="unknown number"),
        pytest.param(b"\0\0\0\0\1\x80", "no Avro of the table's schema", id="another content"),
    ],
)
def test_bytes_that_are_no_such_record_are_told(value: bytes, said: str, tmp_path: Path) -> None:
    with schema_registry() as registry:
        where = place(tmp_path, registry)
        fed(where)
        with pytest.raises(UnreadableError, match=said):
            read(where, value)


def test_a_registry_that_is_gone_is_named(tmp_path: Path) -> None:
    with schema_registry() as registry:
        where = place(tmp_path, registry)
        value = fed(where)
    with pytest.raises(ConsoleError, match=f"the schema registry at {registry.url} does not answer"):
        read(where, value)
