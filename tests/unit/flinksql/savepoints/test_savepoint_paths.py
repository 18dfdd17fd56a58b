"""What a path says of a savepoint."""

import pytest

from flinksql.savepoints import canonical, folder_name, is_savepoint, is_written_by, savepoints_in

JOB = "ab12cd" + "0" * 26


@pytest.mark.parametrize(
    ("path", "same"),
    [
        pytest.param("file:///data/savepoint-ab12cd-01", "file:/data/savepoint-ab12cd-01", id="as people write it"),
        pytest.param("file:/data/savepoint-ab12cd-01", "file:/data/savepoint-ab12cd-01", id="as Flink writes it"),
        pytest.param(" s3://bucket/a/savepoint-ab12cd-01/ ", "s3://bucket/a/savepoint-ab12cd-01", id="with a slash at its end"),
        pytest.param("s3://file:///a", "s3://file:///a", id="only the scheme counts"),
    ],
)
def test_spellings_of_one_path_are_one(path: str, same: str) -> None:
    assert canonical(path) == same


@pytest.mark.parametrize(
    ("path", "savepoint"),
    [
        pytest.param("file:/a/savepoint-ab12cd-0123456789ab", True, id="a savepoint"),
        pytest.param("savepoint-ab12cd-0123456789ab", True, id="its folder alone"),
        pytest.param(f"file:/a/{JOB}/chk-7", False, id="a checkpoint"),
        pytest.param("file:/savepoint-ab12cd-01/x", False, id="something below one"),
        pytest.param("file:/a/savepoint-ab12cd", False, id="without its random digits"),
        pytest.param("file:/a/savepoint-AB12CD-01", False, id="in capitals"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_savepoint_is_known_by_its_name(path: str, savepoint: bool) -> None:
    assert is_savepoint(path) is savepoint


def test_the_first_six_digits_are_those_of_the_job() -> None:
    assert is_written_by("file:/a/savepoint-ab12cd-01", [JOB])
    assert not is_written_by("file:/a/savepoint-ab12ce-01", [JOB])
    assert not is_written_by("file:/a/chk-1", [JOB])
    assert folder_name("file:/a/savepoint-ab12cd-01/") == "savepoint-ab12cd-01"


def test_the_savepoints_that_a_file_names_are_found_whatever_stands_around_them() -> None:
    text = "-- restore_from: file:/a/savepoint-ab12cd-01\n-- not savepoint-zz\nINSERT INTO a SELECT 'savepoint-000000-ff' FROM b"
    assert savepoints_in(text) == ["savepoint-ab12cd-01", "savepoint-000000-ff"]
