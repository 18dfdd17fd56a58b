"""Tests that share a real stack run in one process: two processes would each start a stack of their own."""

import os

import pytest


@pytest.mark.xdist_group("one process")
def test_a_group_is_kept_when_tests_run_beside_each_other(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("all tests run in one process")
    # By this suffix pytest-xdist distributes; with a pytest that it does not fit it is missing, and nothing else tells.
    assert request.node.nodeid.endswith("@one process")
