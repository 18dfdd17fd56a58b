"""Lines of Flink: of a version, and which is older."""

import pytest

from flinksql.flink.release_lines import is_older_line, release_line


@pytest.mark.parametrize(
    ("version", "line"), [("2.3.0", "2.3"), ("2.2.1", "2.2"), ("2.10-SNAPSHOT", "2.10-SNAPSHOT"), ("2", "2"), ("", "")]
)
def test_a_line_is_the_first_two_parts_of_a_version(version: str, line: str) -> None:
    assert release_line(version) == line


@pytest.mark.parametrize(
    ("line", "than", "older"),
    [
        pytest.param("2.1", "2.2", True, id="older"),
        pytest.param("2.2", "2.2", False, id="the same"),
        pytest.param("2.2", "2.1", False, id="newer"),
        pytest.param("2.9", "2.10", True, id="by number, not by text"),
        pytest.param("1.20", "2.0", True, id="another major version"),
        pytest.param("", "2.2", False, id="not known"),
        pytest.param("2.1", "", False, id="nothing to compare with"),
        pytest.param("2.1-SNAPSHOT", "2.2", False, id="no number"),
    ],
)
def test_which_line_is_older(line: str, than: str, *, older: bool) -> None:
    assert is_older_line(line, than) is older
