"""A manifest says what SQL files cannot; each of its mistakes has a place."""

from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.sql import read_bundle, unknown_topics

TABLE = "CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'one')"


def folder(tmp_path: Path, manifest: str | None) -> Path:
    place = tmp_path / "sql" / "mine"
    place.mkdir(parents=True)
    (place / "t.sql").write_text(TABLE, encoding="utf-8")
    if manifest is not None:
        (place / "bundle.yaml").write_text(manifest, encoding="utf-8")
    return place


@pytest.mark.parametrize(
    ("manifest", "config"),
    [
        pytest.param(None, None, id="no file"),
        pytest.param("", None, id="an empty file"),
        pytest.param("topics:\n  one:\n    config: {retention.ms: 604800000, x: true, y: a}\n", True, id="values as YAML reads them"),
    ],
)
def test_a_manifest_gives_topics_their_configuration(tmp_path: Path, manifest: str | None, config: bool | None) -> None:
    topics = read_bundle(folder(tmp_path, manifest), {}, tmp_path).manifest.topics
    assert (dict(topics["one"].config) if config else None) == ({"retention.ms": "604800000", "x": "true", "y": "a"} if config else None)


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        pytest.param("topics: {one: {config: {a: b}}\n", "bundle.yaml:2:1: the manifest is not YAML", id="no YAML"),
        pytest.param("topic: {}\n", "bundle.yaml:1:1: topic: there is no such key here", id="unknown key"),
        pytest.param(
            "topics:\n  one:\n    conf: {}\n", "bundle.yaml:3:5: topics.one.conf: there is no such key here", id="unknown key below"
        ),
        pytest.param("topics:\n  one:\n    config: {a: [1]}\n", "bundle.yaml:3:14: topics.one.config.a: ", id="a list for a value"),
        pytest.param("- one\n", "bundle.yaml:1:1: ", id="a list"),
        pytest.param("topics:\n  one: !!python/object:x.Y {}\n", "bundle.yaml:2:8: the manifest is not YAML", id="a tag that runs code"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, manifest: str, told: str) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(folder(tmp_path, manifest), {}, tmp_path)
    assert f"sql/mine/{told}" in str(caught.value)


def test_a_manifest_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    place = folder(tmp_path, "")
    (place / "bundle.yaml").write_bytes(b"topics: \xff")
    with pytest.raises(BundleError, match="cannot be read"):
        read_bundle(place, {}, tmp_path)


def test_a_topic_that_no_table_lies_on_is_a_mistake(tmp_path: Path) -> None:
    bundle = read_bundle(folder(tmp_path, "topics: {two: {}}\n"), {}, tmp_path)
    [problem] = unknown_topics(bundle.manifest, ("one",), tmp_path / "sql" / "mine", "sql/mine")
    assert str(problem).startswith("sql/mine/bundle.yaml:1:10: topics.two: no table of the bundle lies on this topic. Its topics: one")


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        pytest.param("topcs: {}\n", "1:1: topcs: there is no such key here. Did you mean topics? There are: ", id="a key"),
        pytest.param(
            "topics:\n  one: {partition: 1}\n",
            "2:9: topics.one.partition: there is no such key here. Did you mean partitions? There are: config, keep_data, key_format, ",
            id="a key of a topic",
        ),
        pytest.param(
            "samples:\n  - {table: t, file: f}\n  - {table: t, fil: f}\n",
            "3:16: samples.1.fil: there is no such key here. Did you mean file?",
            id="a key in a list",
        ),
        pytest.param(
            "show:\n  table: t\n  columns:\n    - a\n    - {valu: x}\n",
            "5:8: show.columns.1.valu: there is no such key here. Did you mean value?",
            id="a key of what may be a text",
        ),
        pytest.param("topics:\n  one:\n    partitions: many\n", "3:5: topics.one.partitions: it must be a whole number", id="no number"),
        pytest.param("topics:\n  one:\n    partitions: -1\n", "3:5: topics.one.partitions: ", id="below zero"),
        pytest.param("topics:\n  one: {owned: maybe}\n", "2:9: topics.one.owned: it must be true or false", id="no yes"),
        pytest.param("model: {path: mine}\n", "1:9: model.path: it must be 'own' or 'shared'", id="none of the words"),
        pytest.param(
            "parameters:\n  a: {type: int}\n", "2:7: parameters.a.type: it must be 'string', 'integer', 'number' or 'boolean'", id="type"
        ),
        pytest.param("parameters:\n  A: {}\n", "2:3: parameters.A: a name has lower-case letters", id="a name"),
        pytest.param("samples:\n  - {table: t}\n", "2:5: samples.0.file: this key is missing", id="a missing key"),
        pytest.param("samples:\n  - {file: f}\n", "2:5: samples.0: name a `table` or a `topic`, one of them", id="no place"),
        pytest.param("show: {table: t, line: '{a'}\n", "1:18: show.line: a brace stands alone", id="a template"),
        pytest.param("topics: {}\ntopics: {}\n", "2:1: topics is given twice", id="a key given twice"),
        pytest.param("topics:\n  a: {owned: false, config: {x: y}}\n", "2:3: topics.a: an external topic", id="an external one"),
        pytest.param("public: one\n", "1:1: public: it must be a list", id="no list"),
    ],
)
def test_what_is_allowed_is_told_with_the_place(tmp_path: Path, manifest: str, told: str) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(folder(tmp_path, manifest), {}, tmp_path)
    assert f"sql/mine/bundle.yaml:{told}" in str(caught.value)
