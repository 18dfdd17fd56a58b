"""Mistakes that Flink would find when a job runs, or never."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.sql import Bundle, read_bundle
from flinksql.sql.deferred_errors import deferred_problems, start_problems
from flinksql.sql.table_usage import Catalog

KAFKA = "'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'b', 'format' = 'json'"
EARLY = f"{KAFKA}, 'scan.startup.mode' = 'earliest-offset'"
SINK = "CREATE TABLE snk (a STRING) WITH ('connector' = 'blackhole')"
COPY = "INSERT INTO snk SELECT a FROM src"
MODEL = "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai')"


def bundle(folder: Path, **files: str) -> Bundle:
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return read_bundle(folder, {}, folder)


def source(options: str, columns: str = "a STRING") -> str:
    return f"CREATE TABLE src ({columns})\nWITH ({options})"


def problems(read: Bundle) -> list[str]:
    return [str(problem).split("\n", 1)[0] for problem in deferred_problems(Catalog(read.entries.values()))]


@pytest.mark.parametrize(
    ("files", "place", "words"),
    [
        pytest.param({"src": source(KAFKA), "snk": SINK, "job": COPY}, "src.sql:2:21", "has no consumer group", id="no group"),
        pytest.param(
            {"src": source(EARLY, "a STRING, o BIGINT METADATA FROM 'ofset' VIRTUAL")},
            "src.sql:1:52",
            "Did you mean 'offset'?",
            id="metadata",
        ),
        pytest.param(
            {"src": source(f"{EARLY},\n'properties.auto.ofset.reset' = 'latest'")},
            "src.sql:3:1",
            "Did you mean 'properties.auto.offset.reset'?",
            id="setting of Kafka's client",
        ),
        pytest.param({"src": source(f"{EARLY},\n'format' = 'raw'")}, "src.sql:3:1", "given twice", id="option twice"),
        pytest.param({"src": source(EARLY, "a STRING, ofset BIGINT METADATA")}, "src.sql:1:29", "'ofset'", id="metadata by its name"),
        pytest.param(
            {
                "src": source(EARLY),
                "snk": SINK,
                "m": MODEL,
                "job": "INSERT INTO snk SELECT b FROM\nML_PREDICT(TABLE src, MODEL m, DESCRIPTOR(a), MAP['asyn', 'true'])",
            },
            "job.sql:2:51",
            "Did you mean 'async'?",
            id="setting of ML_PREDICT",
        ),
    ],
)
def test_a_late_mistake_is_told_at_its_place(tmp_path: Path, files: dict[str, str], place: str, words: str) -> None:
    (problem,) = problems(bundle(tmp_path, **files))
    assert problem.split(": ")[0].endswith(place)
    assert words in problem


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"src": source(KAFKA)}, id="a sink needs no group"),
        pytest.param({"src": source(EARLY), "snk": SINK, "job": COPY}, id="a start needs no group"),
        pytest.param(
            {"src": source(KAFKA), "snk": SINK, "job": f"{COPY} /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */"},
            id="start by a hint",
        ),
        pytest.param(
            {"src": source(EARLY, "a STRING, `timestamp` TIMESTAMP_LTZ(3) METADATA, p INT METADATA FROM 'partition'")}, id="metadata"
        ),
        pytest.param(
            {"src": source(f"{EARLY}, 'properties.max.poll.records' = '9', 'properties.mine' = 'x'")}, id="settings of the client"
        ),
        pytest.param({"src": source(EARLY, "a STRING, b AS 'x' = a, c AS 'x' = a")}, id="comparisons are no options"),
        pytest.param({"src": source(EARLY, "a ROW<b STRING, c INT>, v STRING METADATA FROM 'value.schema'")}, id="metadata of a format"),
        pytest.param({"src": source("'connector' = 'mine'", "a STRING METADATA FROM 'whatever'")}, id="another connector"),
        pytest.param({"src": "CREATE TABLE src LIKE base (EXCLUDING METADATA)", "base": source(EARLY).replace("src", "base")}, id="like"),
    ],
)
def test_what_is_right_is_let_through(tmp_path: Path, files: dict[str, str]) -> None:
    assert problems(bundle(tmp_path, **files)) == []


GROUP = f"{KAFKA}, 'properties.group.id' = 'g'"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(GROUP, True, id="where the group stopped, unsaid"),
        pytest.param(f"{GROUP}, 'scan.startup.mode' = 'group-offsets'", True, id="where the group stopped"),
        pytest.param(f"{GROUP}, 'properties.auto.offset.reset' = 'earliest'", False, id="a new group begins somewhere"),
        pytest.param(f"{GROUP}, 'scan.startup.mode' = 'earliest-offset'", False, id="from the beginning"),
        pytest.param(GROUP.replace("'kafka'", "'upsert-kafka'"), False, id="a table of the newest rows"),
    ],
)
def test_a_source_that_begins_nowhere_is_told(tmp_path: Path, options: str, *, told: bool) -> None:
    read = bundle(tmp_path, src=source(options), snk=SINK, seen="CREATE VIEW seen AS SELECT a FROM src", job=COPY.replace("src", "seen"))
    found = start_problems(read.definition("job", "p/s/job"))
    assert [problem.problem.startswith("where does src begin to be read?") for problem in found] == [True] * told


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        pytest.param(None, "A group that has committed nothing makes it fail again and again", id="nobody knows"),
        pytest.param((), "", id="it has committed everywhere"),
        pytest.param(("t-1",), "This group has committed nothing for t-1, so", id="in one partition not"),
        pytest.param([f"t-{n}" for n in range(5)], "nothing for t-0, t-1, t-2 and 2 more, so", id="in many not"),
    ],
)
def test_what_the_broker_knows_of_a_group_decides(tmp_path: Path, missing: Sequence[str] | None, said: str) -> None:
    asked: list[str] = []

    def uncommitted(options: Mapping[str, str]) -> Sequence[str] | None:
        asked.append(options["properties.group.id"])
        return missing

    read = bundle(tmp_path, src=source(GROUP), snk=SINK, job=COPY)
    found = start_problems(read.definition("job", "p/s/job"), uncommitted)
    assert asked == ["g"]
    assert [said in problem.problem for problem in found] == [True] * bool(said)


def test_a_job_that_ran_so_before_is_not_asked_about(tmp_path: Path) -> None:
    read = bundle(tmp_path, src=source(GROUP), snk=SINK, job=COPY).definition("job", "p/s/job")

    def uncommitted(_options: Mapping[str, str]) -> Sequence[str]:
        raise AssertionError

    assert start_problems(read, uncommitted, read) == []


@pytest.mark.parametrize(
    ("file", "words"),
    [pytest.param("x.SQL", "in lower case", id="upper case"), pytest.param("more/x.sql", "within the bundle's", id="folder within")],
)
def test_a_file_that_nobody_reads_is_told(tmp_path: Path, file: str, words: str) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / file).write_text(SINK)
    with pytest.raises(BundleError) as caught:
        bundle(tmp_path, snk=SINK)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{file}:1:1: ")
    assert words in problem.problem
