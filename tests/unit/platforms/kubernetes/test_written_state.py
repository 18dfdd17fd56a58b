"""What the JobManager's pod tells of the files on its volume."""

import subprocess
from pathlib import Path

from flinksql.savepoints import Presence
from flinksql.statements import WrittenState
from platforms.kubernetes import written_state
from platforms.kubernetes.written_state import parse, parse_savepoints

JOB, OTHER = "a" * 32, "b" * 32


def test_the_script_names_folders_and_what_is_complete_in_them(tmp_path: Path) -> None:
    for name in (f"checkpoints/{JOB}/chk-9", f"checkpoints/{JOB}/chk-10", f"savepoints/savepoint-{JOB[:6]}-0123"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "_metadata").touch()
    (tmp_path / f"checkpoints/{JOB}/chk-11").mkdir()
    (tmp_path / f"checkpoints/{OTHER}/shared").mkdir(parents=True)
    command = ["sh", "-c", written_state._SCRIPT, "sh", str(tmp_path), JOB, OTHER, "c" * 32]
    told = parse(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert {one.path for one in told if one.job_id == JOB} == {
        "",
        f"file:/flink-data/checkpoints/{JOB}/chk-9",
        f"file:/flink-data/checkpoints/{JOB}/chk-10",
        f"file:/flink-data/savepoints/savepoint-{JOB[:6]}-0123",
    }
    assert [one for one in told if one.job_id == OTHER] == [WrittenState(job_id=OTHER)]
    assert all(one.modified > 0 for one in told if one.path)


def test_the_savepoints_of_the_volume_are_read_with_their_sizes(tmp_path: Path) -> None:
    for name, metadata in (("savepoint-ab12cd-01", True), ("savepoint-ab12cd-02", False)):
        folder = tmp_path / "savepoints" / name
        folder.mkdir(parents=True)
        (folder / "data").write_bytes(b"12345")
        if metadata:
            (folder / "_metadata").touch()
    command = ["sh", "-c", written_state._SAVEPOINTS_SCRIPT, "sh", str(tmp_path)]
    found = parse_savepoints(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found is not None
    assert {name: one.is_complete for name, one in found.written.items()} == {"savepoint-ab12cd-01": True, "savepoint-ab12cd-02": False}
    assert all(one.modified > 0 and (one.bytes or 0) >= 5 for one in found.written.values())
    assert found.presence("file:/flink-data/savepoints/savepoint-ab12cd-03") is Presence.GONE


def test_an_output_that_was_cut_off_says_nothing_of_savepoints(tmp_path: Path) -> None:
    assert parse_savepoints("") is None
    assert parse_savepoints("savepoint-ab12cd-01 1 17 5\n") is None
    command = ["sh", "-c", written_state._SAVEPOINTS_SCRIPT, "sh", str(tmp_path / "nowhere")]
    assert parse_savepoints(subprocess.run(command, capture_output=True, text=True, check=True).stdout) is None


def test_no_volume_and_noise_are_nothing() -> None:
    assert parse("\n") == []
    assert parse("sh: something odd happened here\n") == []
