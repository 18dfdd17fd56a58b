"""What a bundle's SQL is given, and which topics its tables lie on."""

from pathlib import Path

import pytest

from components.bundle_topics import topics_of, topics_touched
from components.endpoints import embedded_endpoints
from components.parameters import load_bundle, model_endpoint, prompt_version
from components.settings import parse_settings
from flinksql.bundle import Bundle
from flinksql.bundle.lanes import MARK
from flinksql.errors import BundleError

SETTINGS = parse_settings({})
TABLE = (
    "CREATE TABLE {name} (a STRING) WITH ('connector' = '{connector}', 'topic' = '{topic}', "
    "'scan.startup.mode' = 'earliest-offset', 'b' = '${{kafka_bootstrap}}')"
)
MODEL = (
    "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'endpoint' = '${{model_endpoint}}', 'p' = '{prompt}')"
)


def bundle(folder: Path, **files: str) -> Bundle:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return load_bundle(SETTINGS, embedded_endpoints(SETTINGS), folder)


def table(name: str, topic: str, connector: str = "kafka") -> str:
    return TABLE.format(name=name, topic=topic, connector=connector)


def test_topics_are_named_once_whoever_shares_them(tmp_path: Path) -> None:
    read = bundle(
        tmp_path,
        a=table("a", "one"),
        b=table("b", "one"),
        c=table("c", "two;three"),
        d=table("d", "x", "datagen"),
        e=table("e", "y", "upsert-kafka"),
    )
    assert topics_of(read) == ("one", "three", "two", "y")


def test_a_job_touches_the_topics_behind_its_views_and_of_its_sink(tmp_path: Path) -> None:
    read = bundle(
        tmp_path,
        source=table("source", "in"),
        sink=table("sink", "out"),
        other=table("other", "elsewhere"),
        seen="CREATE VIEW seen AS SELECT a FROM source",
        job="INSERT INTO sink SELECT a FROM seen",
    )
    assert topics_touched(read, "job") == ("in", "out")


def test_topics_come_from_the_whole_definition(tmp_path: Path) -> None:
    read = bundle(
        tmp_path,
        base=table("base", "base"),
        like_in="CREATE TABLE like_in (b STRING) WITH ('topic' = 'own') LIKE base",
        like_base="CREATE TABLE like_base LIKE base (INCLUDING ALL)",
        bare="CREATE TABLE bare WITH ('connector' = 'print') LIKE base (EXCLUDING OPTIONS)",
        job="INSERT INTO base /*+ OPTIONS('topic' = 'hinted-out') */ SELECT a FROM like_in /*+ OPTIONS('topic' = 'hinted-in') */",
    )
    assert topics_of(read) == ("base", "hinted-in", "hinted-out", "own")
    assert topics_touched(read, "job") == ("base", "hinted-in", "hinted-out", "own")


@pytest.mark.parametrize(
    ("files", "place", "words"),
    [
        pytest.param({"a": table("a", "col.lide"), "b": table("b", "col_lide")}, "b.sql:1:66", "for the same", id="names that collide"),
        pytest.param({"a": table("a", "bad topic!")}, "a.sql:1:66", "is no name for a topic", id="a bad name"),
        pytest.param(
            {"a": table("a", "x"), "j": "INSERT INTO a SELECT a FROM a /*+ OPTIONS('topic' = 'y y') */"},
            "j.sql:1:29",
            "is no name for a topic",
            id="a bad name in a hint",
        ),
    ],
)
def test_names_that_no_topic_can_have_are_told_at_their_place(tmp_path: Path, files: dict[str, str], place: str, words: str) -> None:
    with pytest.raises(BundleError) as caught:
        bundle(tmp_path, **files)
    (problem,) = caught.value.problems
    assert str(problem).split(": ")[0].endswith(place)
    assert words in problem.problem


def test_the_prompt_version_follows_the_models_and_nothing_else(tmp_path: Path) -> None:
    def version(folder: str, prompt: str, remark: str, topic: str) -> str:
        bundle(tmp_path / folder, m=remark + MODEL.format(prompt=prompt), t=table("t", topic))
        return prompt_version(tmp_path / folder)

    first = version("1", "Be brief.", "", "one")
    comment = version("2", "Be brief.", "-- A remark\n", "two")
    other = version("3", "Be long.", "", "one")
    assert first == comment
    assert first != other
    assert len(first) == 8


def test_the_prompt_version_reaches_the_sql(tmp_path: Path) -> None:
    text = "CREATE VIEW v AS SELECT '${prompt_version}' AS version"
    read = bundle(tmp_path, m=MODEL.format(prompt="Be brief."), v=text)
    assert f"'{prompt_version(tmp_path)}'" in read.entry("v").rendered.sql


@pytest.mark.parametrize(
    ("name", "url"),
    [
        pytest.param("article", "http://h:1/v1/chat/completions", id="the article's statements call the plain path"),
        pytest.param("reviews", f"http://h:1/lanes/{MARK}/v1/chat/completions", id="each statement of a bundle has a path of its own"),
    ],
)
def test_a_bundle_calls_its_own_path(name: str, url: str) -> None:
    assert model_endpoint(name, "http://h:1") == url
