"""What the JobManager's pod tells of the files on its volume."""

import subprocess
from pathlib import Path

from flinksql.statements import WrittenState
from platforms.kubernetes import written_state
from platforms.kubernetes.written_state import parse

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


def test_no_volume_and_noise_are_nothing() -> None:
    assert parse("\n") == []
    assert parse("sh: something odd happened here\n") == []
