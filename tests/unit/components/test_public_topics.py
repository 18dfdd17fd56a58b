"""What a change may not do to the records of a topic that others read, table by table against what is deployed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from components.names import STATEMENT_TYPE
from components.providers.definitions import plain_definition
from components.public_topics import contract_problems, require_contracts
from flinksql.errors import BundleError
from flinksql.sql import Bundle, read_bundle

VALUES = {"job_name": "p/s/j", "topic_prefix": "test."}
COLUMNS = "id BIGINT NOT NULL, name STRING, amount DECIMAL(8, 2), at TIMESTAMP(3), r ROW<a INT, b STRING>"
JSON = "'format' = 'json'"
CSV = "'format' = 'csv'"


def table(columns: str = COLUMNS, options: str = JSON, *, name: str = "totals", topic: str = "totals", connector: str = "kafka") -> str:
    return f"CREATE TABLE {name} ({columns}) WITH ('connector' = '{connector}', 'topic' = '${{topic_prefix}}{topic}', {options});\n"


SRC = "CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen');\n"
FILL = "INSERT INTO totals SELECT * FROM src;\n"


def bundle(folder: Path, files: Mapping[str, str], public: Sequence[str] = ("totals",)) -> Bundle:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*"):
        old.unlink()
    for name, text in {"src": SRC, "fill": FILL, **files}.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    if public:
        (folder / "bundle.yaml").write_text(f"public: [{', '.join(public)}]\n", encoding="utf-8")
    return read_bundle(folder, VALUES, folder.parent)


def deployed(made: Bundle) -> list[tuple[str, Mapping[str, Any]]]:
    definitions = [made.definition(one.name, f"p/s/{one.name}") for one in made.statements]
    return [(STATEMENT_TYPE, plain_definition(one)) for one in definitions]


def problems(folder: Path, before: Mapping[str, str], after: Mapping[str, str], public: Sequence[str] = ("totals",)) -> list[str]:
    recorded = deployed(bundle(folder / "b", before))
    return [str(one) for one in contract_problems(bundle(folder / "b", after, public), recorded)]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param(table(COLUMNS.replace("name STRING, ", "")), "it loses the column name", id="a column lost"),
        pytest.param(table(COLUMNS.replace("name STRING", "title STRING")), "it loses the column name", id="renamed"),
        pytest.param(table(COLUMNS.replace("name STRING", "name AS 'x'")), "it loses the column name", id="computed now"),
        pytest.param(
            table(COLUMNS.replace("(8, 2)", "(9, 2)")), "column amount changes from DECIMAL(8, 2) to DECIMAL(9, 2)", id="another type"
        ),
        pytest.param(table(COLUMNS.replace("(3)", "")), "column at changes from TIMESTAMP(3) to TIMESTAMP", id="another precision"),
        pytest.param(table(COLUMNS.replace("BIGINT NOT NULL", "BIGINT")), "from BIGINT NOT NULL to BIGINT", id="may be NULL now"),
        pytest.param(table(COLUMNS.replace(", b STRING>", ">")), "the type of its column r changes", id="a nested field lost"),
        pytest.param(table(COLUMNS.replace("a INT", "a BIGINT")), "the type of its column r changes", id="a nested type"),
        pytest.param(table(options="'key.format' = 'json', 'key.fields' = 'id', 'value.format' = 'json'"), "its key changes", id="a key"),
        pytest.param(table(options=CSV), "`format` changes from json to csv", id="another format"),
        pytest.param(table(options=f"{JSON}, 'json.timestamp-format.standard' = 'ISO-8601'"), "standard` changes", id="times written so"),
        pytest.param(
            table(f"{COLUMNS}, PRIMARY KEY (id) NOT ENFORCED", "'key.format' = 'json', 'value.format' = 'json'", connector="upsert-kafka"),
            "its key changes from none to id",
            id="a changelog now",
        ),
    ],
)
def test_readers_of_a_public_topic_are_not_broken(tmp_path: Path, after: str, said: str) -> None:
    found = problems(tmp_path, {"totals": table()}, {"totals": after})
    assert any(said in one for one in found), found
    assert all(one.startswith("b/totals.sql:1:14: others read topic test.totals (`public` in bundle.yaml), and ") for one in found)
    assert all("a new topic" in one and "out of `public`" in one for one in found)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(table(), id="the same"),
        pytest.param(table(f"{COLUMNS}, more INT"), id="a column more"),
        pytest.param(table(f"more INT, {COLUMNS}"), id="a column more, before the others"),
        pytest.param(table(COLUMNS.replace("b STRING>", "b STRING, c INT>")), id="a nested field more"),
        pytest.param(table(COLUMNS.replace("a INT", "a INTEGER").replace("DECIMAL(8, 2)", "NUMERIC(8,2)")), id="another spelling"),
        pytest.param(table(COLUMNS.replace("name STRING", "name VARCHAR(2147483647)")), id="STRING in full"),
        pytest.param(table(COLUMNS.replace("name STRING", "name STRING NOT NULL")), id="never NULL now"),
        pytest.param(table(options=f"{JSON}, 'json.ignore-parse-errors' = 'true'"), id="an option of reading"),
        pytest.param(table(COLUMNS + ", seen TIMESTAMP(3) METADATA FROM 'timestamp'"), id="metadata"),
    ],
)
def test_what_no_reader_notices_is_let_through(tmp_path: Path, after: str) -> None:
    assert problems(tmp_path, {"totals": table()}, {"totals": after}) == []


@pytest.mark.parametrize(
    ("columns", "broken"),
    [
        pytest.param("id BIGINT, name STRING, more INT", False, id="behind the others"),
        pytest.param("more INT, id BIGINT, name STRING", True, id="before the others"),
        pytest.param("name STRING, id BIGINT", True, id="exchanged"),
    ],
)
def test_places_count_in_a_format_without_names(tmp_path: Path, columns: str, broken: bool) -> None:
    found = problems(tmp_path, {"totals": table("id BIGINT, name STRING", CSV)}, {"totals": table(columns, CSV)})
    assert bool(found) is broken
    assert all("another order" in one for one in found)


LOST = table("id BIGINT")
READER = table("id BIGINT NOT NULL", name="reader")


@pytest.mark.parametrize(
    ("before", "after", "public", "broken"),
    [
        pytest.param({"totals": table()}, {"totals": LOST}, (), False, id="not in the list any more"),
        pytest.param({}, {"totals": LOST}, ("totals",), False, id="never deployed"),
        pytest.param(
            {"totals": table()}, {"totals": table("id BIGINT", topic="totals2")}, ("totals2",), False, id="a new topic in its place"
        ),
        pytest.param({"totals": table()}, {"totals": table(), "reader": READER}, ("totals",), False, id="a table that only reads"),
        pytest.param(
            {"totals": table()},
            {"totals": table(), "reader": READER, "more": "INSERT INTO reader SELECT * FROM src;\n"},
            ("totals",),
            True,
            id="a second writer that writes less",
        ),
        pytest.param(
            {"totals": table(), "reader": READER, "more": "INSERT INTO reader SELECT * FROM src;\n"},
            {"totals": table(), "reader": READER, "more": "INSERT INTO reader SELECT * FROM src;\n"},
            ("totals",),
            False,
            id="two writers as they were",
        ),
        pytest.param(
            {"totals": table()},
            {"fill": "INSERT INTO sums SELECT * FROM src;\n", "sums": table("id BIGINT", name="sums")},
            ("totals",),
            True,
            id="the table was renamed and lost columns",
        ),
    ],
)
def test_what_is_deployed_counts(
    tmp_path: Path, before: Mapping[str, str], after: Mapping[str, str], public: Sequence[str], broken: bool
) -> None:
    recorded = deployed(bundle(tmp_path / "b", before)) if before else []
    changed = bundle(tmp_path / "b", after, public)
    assert bool(contract_problems(changed, recorded)) is broken


def test_every_problem_is_told_and_no_value_of_a_login(tmp_path: Path) -> None:
    registry = "'format' = 'avro-confluent', 'avro-confluent.url' = 'http://user:{}@r', 'avro-confluent.basic-auth.user-info' = 'u:{}'"
    recorded = deployed(bundle(tmp_path / "b", {"totals": table("id BIGINT, n INT", registry.format("old", "old"))}))
    with pytest.raises(BundleError) as caught:
        require_contracts(bundle(tmp_path / "b", {"totals": table("n BIGINT", registry.format("new", "new"))}), recorded)
    said = str(caught.value)
    assert "loses the column id" in said
    assert "column n changes from INT to BIGINT" in said
    assert "`avro-confluent.url` changes" in said
    assert "old" not in said
    assert "new@" not in said
