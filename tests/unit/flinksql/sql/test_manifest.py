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
    [problem] = unknown_topics(bundle.manifest, ("one",), "sql/mine")
    assert str(problem).startswith("sql/mine/bundle.yaml:1:1: topics.two: no table of the bundle lies on this topic. Its topics: one")
