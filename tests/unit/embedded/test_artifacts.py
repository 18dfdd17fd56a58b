"""Jars come whole and with the locked checksum, or not at all; what came stays."""

import errno
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from jgo.maven import Artifact, PythonResolver

from embedded.artifacts import fetch_jars, jars_of, missing_jars
from embedded.errors import ArtifactError
from embedded.jars import Jar
from options.flink_lines import FLINK_LINES

Download = Callable[[PythonResolver, Artifact], Path]


def jar(name: str, content: bytes = b"content") -> Jar:
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return Jar(group="g", artifact=name, version="1", size=len(content), sha256=hashlib.sha256(content).hexdigest(), sha1=sha1)


def serving(contents: dict[str, bytes | Exception]) -> Download:
    def download(_: PythonResolver, artifact: Artifact) -> Path:
        content = contents[artifact.artifactId]
        if isinstance(content, Exception):
            raise content
        file = artifact.cached_path
        assert file is not None
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        return file

    return download


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))

    def arrange(**contents: bytes | Exception) -> None:
        monkeypatch.setattr(PythonResolver, "download", serving(contents))

    return arrange


def test_jars_arrive_in_the_layout_of_a_repository_with_progress(serve: Callable[..., None], tmp_path: Path) -> None:
    serve(a=b"content", b=b"longer content")
    jars = [jar("a"), jar("b", b"longer content")]
    seen: list[tuple[int, int, str]] = []
    fetched = fetch_jars(tmp_path / "artifacts", jars, progress=lambda *step: seen.append(step))
    assert fetched == 21
    assert (tmp_path / "artifacts/g/b/1/b-1.jar").read_bytes() == b"longer content"
    assert seen[-1][:2] == (21, 21)
    assert {name for _, _, name in seen} == {"a-1.jar", "b-1.jar"}


def test_a_second_fetch_asks_for_nothing(serve: Callable[..., None], tmp_path: Path) -> None:
    serve(a=b"content")
    fetch_jars(tmp_path, [jar("a")])
    serve(a=AssertionError("asked again"))
    assert fetch_jars(tmp_path, [jar("a")]) == 0


def test_a_fetch_goes_on_where_the_last_one_failed(serve: Callable[..., None], tmp_path: Path) -> None:
    serve(a=b"content", b=requests.ConnectionError())
    jars = [jar("a"), jar("b")]
    with pytest.raises(ArtifactError):
        fetch_jars(tmp_path, jars)
    fetch_jars(tmp_path, jars[:1])
    serve(a=AssertionError("asked again"), b=b"content")
    assert fetch_jars(tmp_path, jars) == jars[1].size
    assert missing_jars(tmp_path, jars) == []


def test_a_jar_of_mavens_local_repository_is_taken_from_there(serve: Callable[..., None], tmp_path: Path) -> None:
    serve(a=AssertionError("asked the network"))
    local = tmp_path / "m2" / jar("a").path
    local.parent.mkdir(parents=True)
    local.write_bytes(b"content")
    fetch_jars(tmp_path / "artifacts", [jar("a")])
    assert missing_jars(tmp_path / "artifacts", [jar("a")]) == []


def test_a_jar_of_mavens_local_repository_with_other_content_is_not(serve: Callable[..., None], tmp_path: Path) -> None:
    serve(a=b"content")
    local = tmp_path / "m2" / jar("a").path
    local.parent.mkdir(parents=True)
    local.write_bytes(b"CONTENT")
    fetch_jars(tmp_path / "artifacts", [jar("a")])
    assert (tmp_path / "artifacts" / jar("a").path).read_bytes() == b"content"


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        pytest.param(
            requests.ConnectionError("secret-host refused"), "no connection to the Maven repository.*check the network", id="refused"
        ),
        pytest.param(requests.Timeout(), "no answer within 60 s", id="time-out"),
        pytest.param(RuntimeError("not found in {'central': 'url'}"), "in none of the Maven repositories", id="unknown to the repository"),
        pytest.param(OSError(errno.ENOSPC, "No space left"), "disk .* is full.*free some space", id="disk full"),
        pytest.param(PermissionError(errno.EACCES, "Permission denied"), "cannot be written.*data.folder", id="not writable"),
        pytest.param(b"CONTENT", "came with sha256 .*the lock says", id="other content"),
    ],
)
def test_trouble_is_told_for_people_and_leaves_nothing_behind(
    trouble: Exception | bytes, message: str, serve: Callable[..., None], tmp_path: Path
) -> None:
    serve(a=trouble)
    with pytest.raises(ArtifactError, match=message) as raised:
        fetch_jars(tmp_path / "artifacts", [jar("a")])
    assert "secret-host" not in str(raised.value)
    assert "url" not in str(raised.value)
    assert [file.name for file in (tmp_path / "artifacts").rglob("*") if file.is_file()] == [".lock"]


@pytest.mark.parametrize("line", [pytest.param(line, id=line) for line in FLINK_LINES])
def test_each_jar_of_a_line_is_fetched_once(line: str) -> None:
    jars = jars_of(FLINK_LINES[line])
    assert len(jars) == len({one.path for one in jars}) > 100
