"""SQL types as their parts, and the columns that have them."""

import pytest

from flinksql.sql import read_texts
from flinksql.sql.columns import Column, table_columns
from flinksql.sql.types import Type, arguments_of, fields_of, parse_type, root_of

OPTIONS = "WITH ('connector' = 'kafka', 'topic' = 't')"


@pytest.mark.parametrize(
    ("text", "root"),
    [
        pytest.param("DECIMAL(10, 2) NOT NULL", "DECIMAL", id="with numbers"),
        pytest.param("TIMESTAMP(3) WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ", id="with the session's zone"),
        pytest.param("timestamp_ltz(3)", "TIMESTAMP_LTZ", id="in short"),
        pytest.param("TIMESTAMP(3) WITHOUT TIME ZONE", "TIMESTAMP", id="without a zone"),
        pytest.param("INT ARRAY NOT NULL", "ARRAY", id="elements first"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_first_word_is_the_root(text: str, root: str) -> None:
    assert root_of(text) == root


def test_elements_and_fields_are_texts_of_their_own() -> None:
    assert arguments_of("MAP<STRING, ARRAY<DECIMAL(10, 2)>>") == ["STRING", "ARRAY<DECIMAL(10, 2)>"]
    assert arguments_of("INT NOT NULL ARRAY") == ["INT"]
    assert fields_of("ROW<`a b` STRING NOT NULL, km DOUBLE 'how far'>") == {"a b": "STRING", "km": "DOUBLE"}
    assert fields_of("ROW<a DECIMAL(3, 1) NOT NULL 'x, y', `b``c` ROW<d INT>>") == {"a": "DECIMAL(3, 1)", "b`c": "ROW<d INT>"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ROW<a DECIMAL(8,2) NOT NULL,b MAP<STRING,INT>>", id="close"),
        pytest.param("ROW < a DECIMAL ( 8 , 2 ) NOT NULL , b MAP < STRING , INT > >", id="wide"),
    ],
)
def test_white_space_between_tokens_does_not_count(text: str) -> None:
    amount, counts = parse_type(text).fields
    assert (amount.name, amount.required, amount.type.word, amount.type.numbers) == ("a", True, "DECIMAL", (8, 2))
    assert (counts.name, counts.required, [one.word for one in counts.type.parts]) == ("b", False, ["STRING", "INT"])


@pytest.mark.parametrize("text", ["ROW<", "ROW<a", "MAP<>>", "DECIMAL(", "> (", "ARRAY ARRAY"])
def test_what_is_no_type_holds_nobody_up(text: str) -> None:
    assert isinstance(parse_type(text), Type)


def test_a_fields_not_null_is_not_the_columns() -> None:
    text = f"CREATE TABLE t (a ROW<x INT NOT NULL, y ARRAY<ROW<z INT>>>, b STRING NOT NULL, c ROW<x INT NOT NULL> NOT NULL) {OPTIONS}"
    columns = table_columns([read_texts({"t": text}, {}).entry("t")])
    assert columns == (
        Column(name="a", type="ROW < x INT NOT NULL , y ARRAY < ROW < z INT > > >"),
        Column(name="b", type="STRING", required=True),
        Column(name="c", type="ROW < x INT NOT NULL >", required=True),
    )
