"""The hash of a planned change: the same for the same, another one for whatever is at stake."""

import re
from dataclasses import replace

import pytest
import yaml

from flinksql.statements import PlannedChange

CHANGE = PlannedChange(
    stack="p/s",
    statement="copy",
    flink_line="2.2",
    before="a" * 64,
    revision="12345678",
    job_id="b" * 32,
    after="c" * 64,
    verdict="resets state: GroupAggregate: another aggregate",
    consequence="the job starts without state",
)


def test_the_same_change_has_the_same_hash() -> None:
    assert replace(CHANGE).hash == CHANGE.hash
    assert re.fullmatch("c[0-9a-f]{11}", CHANGE.hash)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({"stack": "p/prod"}, id="another stack"),
        pytest.param({"statement": "paste"}, id="another statement"),
        pytest.param({"flink_line": "2.1"}, id="another Flink"),
        pytest.param({"before": "d" * 64}, id="another version runs"),
        pytest.param({"revision": "87654321"}, id="the same version was deployed anew"),
        pytest.param({"job_id": "e" * 32}, id="another job runs it"),
        pytest.param({"job_id": ""}, id="no job is known"),
        pytest.param({"after": "f" * 64}, id="another version is wanted"),
        pytest.param({"verdict": "unknown: Flink changed"}, id="another verdict"),
        pytest.param({"consequence": "the job goes on from the rest of its state"}, id="another consequence"),
    ],
)
def test_whatever_is_at_stake_counts(edit: dict[str, str]) -> None:
    assert replace(CHANGE, **edit).hash != CHANGE.hash


def test_no_hash_is_a_number_in_a_stack_file() -> None:
    hashes = [replace(CHANGE, after=str(number)).hash for number in range(2_000)]
    assert all(isinstance(yaml.safe_load(one), str) for one in hashes)
    assert len(set(hashes)) == len(hashes)
