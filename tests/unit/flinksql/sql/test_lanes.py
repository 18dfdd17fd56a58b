"""A job in lanes: a path of its own for each, every row in exactly one, places in files kept, and what cannot be divided."""

from dataclasses import replace
from pathlib import Path

import pytest

from flinksql.errors import StatementError
from flinksql.sql import Bundle, definition_hash, read_bundle, render
from flinksql.sql.lanes import MARK, lane_object, rows_of_lane
from flinksql.sql.prediction import Prediction, Unread, predictions
from flinksql.sql.tokens import tokenise
from flinksql.statement import Definition

URL = f"http://h:1/lanes/{MARK}/v1/chat/completions"
MODEL = "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'endpoint' = '${model_endpoint}')"
SRC = "CREATE TABLE src (a STRING, id BIGINT) WITH ('connector' = 'datagen')"
SNK = "CREATE TABLE snk (b STRING) WITH ('connector' = 'blackhole')"
CALL = "ML_PREDICT(TABLE src, MODEL m, DESCRIPTOR(a), MAP['timeout', '60 s'])"
INTO = "INSERT INTO snk SELECT b FROM "
FROM = "SELECT * FROM "
JOB = f"{INTO}{CALL}"


def bundle(folder: Path, **files: str) -> Bundle:
    folder.mkdir(exist_ok=True)
    for name, text in {"m": MODEL, "src": SRC, "snk": SNK, **files}.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return read_bundle(folder, {"model_endpoint": URL}, folder)


def sql(definition: Definition, name: str = "") -> str:
    wanted = [one for one in (definition.statement, *definition.closure) if one.name == (name or definition.name)]
    (statement,) = wanted
    return render(statement.text, statement.file, definition.parameters).sql


def test_each_job_calls_its_model_by_a_path_of_its_own(tmp_path: Path) -> None:
    read = bundle(tmp_path, one=JOB, two=JOB)
    assert "/lanes/one/v1/" in sql(read.definition("one", "p/s/one"), "m")
    assert "/lanes/two/v1/" in sql(read.definition("two", "p/s/two"), "m")
    assert sql(read.definition("one", "p/s/one")) == JOB


def test_lanes_are_the_same_call_with_models_of_their_own(tmp_path: Path) -> None:
    definition = bundle(tmp_path, job=f"-- lanes: 3\n-- lane_key: id\n{JOB}").definition("job", "p/s/job")
    assert [one.name for one in definition.closure] == ["m", "m__lane_2", "m__lane_3", "snk", "src"]
    assert [sql(definition, name).partition("/lanes/")[2].partition("/")[0] for name in ("m", "m__lane_2", "m__lane_3")] == [
        "job",
        "job-2",
        "job-3",
    ]
    assert sql(definition, "m__lane_2").startswith("CREATE MODEL `m__lane_2` INPUT")
    branches = [
        f"{FROM}ML_PREDICT(({FROM}src WHERE {rows_of_lane('`id`', 3, lane)}), MODEL `{lane_object('m', lane)}`, "
        "DESCRIPTOR(a), MAP['timeout', '60 s'])"
        for lane in (1, 2, 3)
    ]
    assert sql(definition).endswith(f"{INTO}({' UNION ALL '.join(branches)})")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(CALL, id="positional"),
        pytest.param("ML_PREDICT(INPUT => TABLE src, MODEL => MODEL m, ARGS => DESCRIPTOR(a))", id="named"),
        pytest.param("ML_PREDICT((SELECT a FROM src), MODEL m, DESCRIPTOR(a)) AS p", id="of a query, with an alias"),
        pytest.param("ml_predict(table `src`, model `m`, descriptor(`a`))", id="quoted, in lower case"),
        pytest.param("ML_PREDICT(\n  -- a remark, with a comma\n  TABLE src,\n  MODEL m,\n  DESCRIPTOR(a)\n)", id="on several lines"),
    ],
)
def test_the_forms_of_a_call(tmp_path: Path, call: str) -> None:
    text = sql(bundle(tmp_path, job=f"-- lanes: 2\n{INTO}{call}").definition("job", "p/s/job"))
    assert text.upper().count("ML_PREDICT") == 2
    assert text.count("UNION ALL") == 1
    assert ("`m`" in text, "`m__lane_2`" in text) == (True, True)
    assert all(f", 2) + 2, 2) = {lane}" in text for lane in (0, 1))
    # What follows the call stands in the line in which the file has it.
    assert text.count("\n") == 1 + call.count("\n")


def test_a_call_in_a_view_is_divided_for_the_job_and_not_for_others(tmp_path: Path) -> None:
    view = f"CREATE VIEW answers AS\nSELECT b\nFROM {CALL}"
    read = bundle(
        tmp_path, answers=view, wide="-- lanes: 2\nINSERT INTO snk SELECT b FROM answers", narrow="INSERT INTO snk SELECT b FROM answers"
    )
    assert "UNION ALL" in sql(read.definition("wide", "p/s/wide"), "answers")
    assert sql(read.definition("narrow", "p/s/narrow"), "answers") == view
    assert sql(read.definition("answers", "p/s/answers")) == view


def test_lanes_are_part_of_a_definition_and_of_the_bundle(tmp_path: Path) -> None:
    reads = [bundle(tmp_path / str(lanes), job=f"-- lanes: {lanes}\n{JOB}") for lanes in (1, 2, 3)]
    assert len({definition_hash(read.definition("job", "p/s/job")) for read in reads}) == 3
    assert len({read.hash for read in reads}) == 3
    without = bundle(tmp_path / "without", job=JOB)
    assert without.hash == reads[0].hash
    assert definition_hash(without.definition("job", "p/s/job")) == definition_hash(reads[0].definition("job", "p/s/job"))


@pytest.mark.parametrize(
    ("at_once", "lanes"), [pytest.param(1, 1, id="1"), pytest.param(5, 1, id="5"), pytest.param(6, 2, id="6"), pytest.param(40, 8, id="40")]
)
def test_auto_makes_enough_lanes_for_what_the_server_takes_at_once(tmp_path: Path, at_once: int, lanes: int) -> None:
    read = replace(bundle(tmp_path, job=f"-- lanes: auto\n{JOB}"), calls_at_once=at_once)
    assert read.lanes("job") == lanes
    assert sql(read.definition("job", "p/s/job")).count("ML_PREDICT") == lanes


@pytest.mark.parametrize(
    ("files", "place", "words"),
    [
        pytest.param({"job": "-- lanes: 2\nINSERT INTO snk SELECT a FROM src"}, "job.sql:2:1", "calls no model", id="no model"),
        pytest.param(
            {"m": MODEL.replace("${model_endpoint}", "http://h:1/v1/chat/completions"), "job": f"-- lanes: 2\n{JOB}"},
            "m.sql:1:14",
            "would all call one endpoint: write 'endpoint' = '${model_endpoint}'",
            id="an endpoint of its own",
        ),
        pytest.param(
            {"job": f"-- lanes: 2\n{INTO}src, LATERAL {CALL}"},
            "job.sql:2:44",
            "divides calls of the form",
            id="lateral",
        ),
        pytest.param(
            {"job": f"-- lanes: 2\n{JOB.replace('MODEL m', 'MODEL other.db.m')}"},
            "job.sql:2:31",
            "divides calls of the form",
            id="elsewhere",
        ),
    ],
)
def test_what_cannot_be_divided_is_told_at_its_place(tmp_path: Path, files: dict[str, str], place: str, words: str) -> None:
    with pytest.raises(StatementError, match=r".") as caught:
        bundle(tmp_path, **files).definition("job", "p/s/job")
    assert str(caught.value).split(": ")[0].endswith(place)
    assert words in str(caught.value)


@pytest.mark.parametrize("lanes", [1, 2, 3, 8])
def test_every_number_is_in_exactly_one_lane(lanes: int) -> None:
    def remainder(number: int) -> int:
        """Return MOD as SQL has it: with the sign of the number."""
        return abs(number) % lanes * (1 if number >= 0 else -1)

    for number in (*range(-20, 20), 2**63 - 1, -(2**63)):
        lane = (remainder(number) + lanes) % lanes
        assert 0 <= lane < lanes
    assert [f"{lanes}) = {lane}" in rows_of_lane("`k`", lanes, lane + 1) for lane in range(lanes)] == [True] * lanes


def test_calls_are_found_and_nothing_else() -> None:
    read = tokenise(f"'ML_PREDICT(' AS x, ml_predict FROM {CALL}, ML_PREDICT(TABLE a, b) -- ML_PREDICT(TABLE c)")
    kinds = [type(one) for one in predictions(read)]
    assert kinds == [Prediction, Unread]


def test_every_row_has_exactly_one_lane_by_its_number_or_its_hash() -> None:
    number = "COALESCE(TRY_CAST(CAST(`k` AS STRING) AS BIGINT), CAST(HASH_CODE(CAST(`k` AS STRING)) AS BIGINT), CAST(0 AS BIGINT))"
    assert rows_of_lane("`k`", 3, 1) == f"MOD(MOD({number}, 3) + 3, 3) = 0"
