"""The hook by which a test ends a provider in the middle of its work."""

import os
import signal
import subprocess
import sys

import pytest

from components.providers.failure_hook import VARIABLE, failure_hook
from flinksql.statements.failure_points import no_failure

REACH = """
import sys
from components.providers.failure_hook import failure_hook
from flinksql.statements.failure_points import failure_point
failure_hook(sys.argv[2])(failure_point(sys.argv[1]))
print("lives")
"""


def reached(point: str, statement: str, armed: str) -> "subprocess.CompletedProcess[str]":
    """Reach a point in a process of its own."""
    command = [sys.executable, "-c", REACH, point, statement]
    return subprocess.run(command, env={**os.environ, VARIABLE: armed}, capture_output=True, text=True, timeout=60, check=False)


def test_nothing_is_armed_without_the_variable() -> None:
    assert failure_hook("copy", {}) is no_failure


@pytest.mark.parametrize(
    ("armed", "dies"),
    [
        pytest.param("after-cancel:kill-provider", True, id="any statement"),
        pytest.param("after-cancel:kill-provider:copy", True, id="this statement"),
        pytest.param("after-cancel:kill-provider:other", False, id="another statement"),
        pytest.param("before-cancel:kill-provider:copy", False, id="another point"),
    ],
)
def test_the_armed_point_of_the_named_statement_kills(armed: str, dies: bool) -> None:
    ended = reached("after-cancel", "copy", armed)
    assert (ended.returncode, ended.stdout) == ((-signal.SIGKILL, "") if dies else (0, "lives\n"))


@pytest.mark.parametrize("armed", ["nowhere:kill-provider", "after-nothing:kill-provider", "after-cancel:explode"])
def test_a_value_that_cannot_be_read_is_an_error(armed: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        failure_hook("copy", {VARIABLE: armed})
