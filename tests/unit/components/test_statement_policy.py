"""A statement's policy on its way through Pulumi's plain values."""

import json
from dataclasses import fields, replace

import pytest

from components.providers.definitions import definition_of, plain_definition
from components.providers.policies import plain_policy, policy_of, without_spent
from flinksql.policy import DeleteMode, Policy, UpgradeMode
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind, Statement

OTHER = Policy(
    upgrade_mode=UpgradeMode.STATELESS,
    allow_state_reset=True,
    restore_from="file:///flink-data/checkpoints/1/chk-1",
    running=False,
    health_window_seconds=5.0,
    delete_mode=DeleteMode.SAVEPOINT,
    adopt_job="a" * 32,
    renamed_from="former",
)
DEFINITION = Definition(statement=Statement(name="t", kind=Kind.JOB, text="INSERT", file="t.sql"), job_name="p/s/t")


@pytest.mark.parametrize("policy", [pytest.param(Policy(), id="by default"), pytest.param(OTHER, id="all others")])
def test_a_policy_comes_back_as_it_went(policy: Policy) -> None:
    plain = json.loads(json.dumps(plain_policy(policy)))
    assert policy_of(plain) == policy
    assert definition_of(plain_definition(replace(DEFINITION, policy=policy))).policy == policy


def test_every_part_differs_from_the_default_in_this_test() -> None:
    assert [field.name for field in fields(Policy) if getattr(OTHER, field.name) == getattr(Policy(), field.name)] == []


@pytest.mark.parametrize("plain", [pytest.param(None, id="none"), pytest.param({}, id="empty")])
def test_a_state_without_a_policy_has_the_default(plain: object) -> None:
    assert policy_of(plain) == Policy()


@pytest.mark.parametrize(
    ("wanted", "used", "left"),
    [
        pytest.param("file:/once", "file:/once", "", id="used already"),
        pytest.param("file:/twice", "file:/once", "file:/twice", id="another one"),
        pytest.param("file:/once", "", "file:/once", id="not used yet"),
        pytest.param("", "file:/once", "", id="the line is gone"),
        pytest.param("", "", "", id="no line"),
    ],
)
def test_a_state_from_which_a_job_was_started_is_used_once(wanted: str, used: str, left: str) -> None:
    deployed = Deployed(definition_hash="h", generation=1, restore_used=used)
    policy = replace(OTHER, restore_from=wanted)
    assert without_spent(policy, deployed) == replace(OTHER, restore_from=left)


def test_the_policy_is_no_part_of_the_identity() -> None:
    assert definition_hash(replace(DEFINITION, policy=OTHER)) == definition_hash(DEFINITION)
