"""Lanes against what the model's server takes at once, told before anything runs."""

from pathlib import Path

import pytest

from components.endpoints import embedded_endpoints
from components.parameters import load_bundle
from flinksql.errors import BundleError
from settings import parse_settings

SERVER = {"model.kind": "openai", "model.endpoint": "http://h:1/v1"}
FILES = {
    "m": "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'endpoint' = '${model_endpoint}')",
    "src": "CREATE TABLE src (a STRING) WITH ('connector' = 'datagen')",
    "snk": "CREATE TABLE snk (b STRING) WITH ('connector' = 'blackhole')",
}
CALL = "INSERT INTO snk SELECT b FROM ML_PREDICT(TABLE src, MODEL m, DESCRIPTOR(a))"


def load(folder: Path, job: str, **settings: str) -> None:
    for name, text in {**FILES, "job": job}.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    read = parse_settings(settings)
    load_bundle(read, embedded_endpoints(read), folder)


@pytest.mark.parametrize(
    ("header", "settings"),
    [
        pytest.param("", SERVER, id="no lanes"),
        pytest.param("-- lanes: 2\n", SERVER, id="ten calls of eight: the second lane has use for three"),
        pytest.param("-- lanes: 8\n", {**SERVER, "model.concurrency": "40"}, id="as many as the server takes"),
        pytest.param("-- lanes: auto\n", {**SERVER, "model.concurrency": "64"}, id="derived"),
        pytest.param("-- lanes: 8\n", {}, id="the offline model answers at once"),
    ],
)
def test_lanes_that_the_server_has_use_for(tmp_path: Path, header: str, settings: dict[str, str]) -> None:
    load(tmp_path, header + CALL, **settings)


@pytest.mark.parametrize(
    ("header", "settings", "place", "words"),
    [
        pytest.param(
            "-- lanes: 3\n",
            SERVER,
            "job.sql:1:1",
            "3 lanes make 15 calls at one time, and model.concurrency is 8: set lanes to 2 or less, or raise what the model's server "
            "takes at once: `pulumi config set model.concurrency 15`",
            id="too many",
        ),
        pytest.param(
            "-- A remark\n-- lanes: 2\n", {**SERVER, "model.concurrency": "5"}, "job.sql:2:1", "set lanes to 1", id="one is enough"
        ),
        pytest.param("-- lane_key: a\n", SERVER, "job.sql:1:1", "there is one: add `-- lanes: 2`", id="a key without lanes"),
    ],
)
def test_lanes_that_gain_nothing_are_refused(tmp_path: Path, header: str, settings: dict[str, str], place: str, words: str) -> None:
    with pytest.raises(BundleError) as caught:
        load(tmp_path, header + CALL, **settings)
    (problem,) = caught.value.problems
    assert str(problem).split(": ")[0].endswith(place)
    assert words in str(problem)


def test_a_job_without_a_model_cannot_have_lanes(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="calls no model"):
        load(tmp_path, "-- lanes: 2\nINSERT INTO snk SELECT a FROM src", **SERVER)


def lanes(folder: Path, manifest: str, job: str, **settings: str) -> dict[str, int]:
    (folder / "bundle.yaml").write_text(manifest, encoding="utf-8")
    for name, text in {**FILES, "job": job, "plain": "INSERT INTO snk SELECT a FROM src"}.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    read = parse_settings({**SERVER, "model.concurrency": "40", **settings})
    bundle = load_bundle(read, embedded_endpoints(read), folder)
    return {one.name: bundle.lanes(one.name) for one in bundle.jobs()}


@pytest.mark.parametrize(
    ("manifest", "header", "expected"),
    [
        pytest.param("model: {lanes: 3}", "", 3, id="of the manifest"),
        pytest.param("model: {lanes: auto}", "", 8, id="derived"),
        pytest.param("model: {lanes: 3}", "-- lanes: 2\n", 2, id="of the header"),
        pytest.param("model: {lanes: 3}", "-- lanes: 1\n", 1, id="none, by the header"),
        pytest.param("{}", "", 1, id="none"),
    ],
)
def test_a_manifest_gives_lanes_to_jobs_that_call_a_model(tmp_path: Path, manifest: str, header: str, expected: int) -> None:
    assert lanes(tmp_path, manifest, header + CALL) == {"job": expected, "plain": 1}


def test_lanes_of_a_manifest_are_checked_like_those_of_a_header(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"3 lanes make 15 calls at one time, and model\.concurrency is 8") as caught:
        lanes(tmp_path, "model: {lanes: 3}", CALL, **{"model.concurrency": "8"})
    assert "job.sql:1:1" in str(caught.value)
