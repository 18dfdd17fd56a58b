"""The jar lock: complete for every line, and a damaged one is told by line."""

from pathlib import Path

import pytest

from embedded.errors import ArtifactError
from embedded.jars import Jar, locked_jars, read_lock
from options.flink_lines import FLINK_LINES, jar_sets

GOOD = f"broker g.h:a:1.0 12 sha256={'0' * 64} sha1={'f' * 40}"


def test_the_committed_lock_has_every_set_with_its_own_coordinates() -> None:
    lock = read_lock()
    assert set(lock) == {jar_set.name for jar_set in jar_sets()}
    for jar_set in jar_sets():
        assert [jar.coordinate for jar in lock[jar_set.name][: len(jar_set.coordinates)]] == list(jar_set.coordinates)


def test_no_set_has_one_artifact_twice() -> None:
    for name, jars in read_lock().items():
        artifacts = [(jar.group, jar.artifact, jar.classifier) for jar in jars]
        assert len(artifacts) == len(set(artifacts)), name


@pytest.mark.parametrize("line", [pytest.param(line, id=line) for line in FLINK_LINES])
def test_every_flink_module_of_a_cluster_is_of_the_lines_version(line: str) -> None:
    own = {jar.version for jar in locked_jars(f"flink-{line}") if jar.group == "org.apache.flink" and "shaded" not in jar.artifact}
    assert own == {FLINK_LINES[line].flink}


def test_the_broker_runs_with_its_own_client_version() -> None:
    versions = {jar.artifact: jar.version for jar in locked_jars("broker")}
    assert versions["kafka-clients"] == versions["kafka_2.13"]


def test_a_line_is_read_as_it_was_written(tmp_path: Path) -> None:
    plain = Jar(group="g.h", artifact="a", version="1.0", size=12, sha256="0" * 64, sha1="f" * 40)
    classified = Jar(group="g", artifact="b", classifier="linux", version="2", size=1, sha256="a" * 64, sha1="b" * 40)
    file = tmp_path / "jars.lock"
    file.write_text(f"# comment\n\n{plain.line('broker')}\n{classified.line('broker')}\n")
    assert read_lock(file) == {"broker": (plain, classified)}
    assert str(plain.path) == "g/h/a/1.0/a-1.0.jar"
    assert str(classified.path) == "g/b/2/b-2-linux.jar"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("broker", id="no coordinate"),
        pytest.param(GOOD + " more", id="too many fields"),
        pytest.param(GOOD.replace("12", "twelve"), id="size is no number"),
        pytest.param(GOOD.replace("g.h:a:1.0", "a:1.0"), id="no group"),
        pytest.param(GOOD.replace("sha256=0", "sha256="), id="checksum too short"),
        pytest.param(GOOD.replace("sha1=f", "sha1=x"), id="checksum not hexadecimal"),
        pytest.param(GOOD.replace("sha256", "md5"), id="other checksum"),
    ],
)
def test_a_damaged_line_is_told_with_file_and_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "jars.lock"
    file.write_text(f"{GOOD}\n{line}\n")
    with pytest.raises(ArtifactError, match=r"^jars\.lock:2: .*python -m embedded\.lock"):
        read_lock(file)


def test_a_missing_lock_says_how_to_get_it_back(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="git checkout"):
        read_lock(tmp_path / "none.lock")


def test_an_unknown_set_is_told_with_those_there_are() -> None:
    with pytest.raises(ArtifactError, match=r"no set 'flink-9'.*broker"):
        locked_jars("flink-9")
