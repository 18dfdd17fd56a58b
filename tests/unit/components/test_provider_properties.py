"""What Pulumi makes of values on their way to a provider, undone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi import output
from pulumi.runtime import rpc

from components.providers.definitions import definition_of, deployed_of, hash_of, plain_definition, secrets_used, state_of
from components.providers.properties import flag, has_unknown, integer, text, texts
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind, Statement

untyped: Any = output
UNKNOWN: object = untyped.Unknown()
TEXTS = st.text(max_size=20)
STATEMENTS = st.builds(Statement, name=TEXTS, kind=st.sampled_from(Kind), text=TEXTS, file=TEXTS)
DEFINITIONS = st.builds(
    Definition,
    statement=STATEMENTS,
    closure=st.lists(STATEMENTS, max_size=3).map(tuple),
    parameters=st.dictionaries(TEXTS, TEXTS, max_size=3),
    options=st.dictionaries(TEXTS, TEXTS, max_size=3),
    job_name=TEXTS,
)


@pytest.mark.parametrize(
    ("value", "unknown"),
    [
        pytest.param("text", False, id="text"),
        pytest.param({"a": ["b", {"c": 1.0}]}, False, id="nested"),
        pytest.param(rpc.UNKNOWN, True, id="the wire's word"),
        pytest.param(UNKNOWN, True, id="the object"),
        pytest.param({"a": ["b", {"c": UNKNOWN}]}, True, id="deep inside"),
        pytest.param(None, False, id="nothing"),
    ],
)
def test_an_unknown_value_is_seen_wherever_it_is(value: object, unknown: bool) -> None:
    assert has_unknown(value) is unknown


def test_numbers_come_as_floats_and_left_out_is_the_default() -> None:
    assert (integer({"n": 3.0}, "n"), integer({}, "n", 7), integer({"n": 0.0}, "n", 7)) == (3, 7, 0)
    assert (text({}, "t"), texts({}, "m"), flag({}, "f"), flag({"f": True}, "f")) == ("", {}, False, True)


@given(DEFINITIONS)
def test_a_definition_survives_the_way_there_and_back(definition: Definition) -> None:
    plain = plain_definition(definition)
    without_empty = {key: value for key, value in plain.items() if value not in ({}, [])}
    assert definition_of(plain) == definition
    assert definition_of(without_empty) == definition


@given(st.builds(Deployed, definition_hash=TEXTS, generation=st.integers(0, 99), job_id=TEXTS, restored_from=TEXTS))
def test_what_is_known_survives_the_way_there_and_back(deployed: Deployed) -> None:
    state = state_of({}, deployed, "running")
    assert deployed_of({**state, "generation": float(state["generation"])}) == deployed


def test_a_state_that_cannot_be_read_differs_from_everything() -> None:
    assert hash_of({}) == ""
    assert hash_of({"text": "SELECT '${missing}'", "kind": "job", "name": "n"}) == ""


def test_the_hash_is_that_of_the_definition() -> None:
    statement = Statement(name="t", kind=Kind.JOB, text="INSERT INTO a SELECT 1", file="t.sql")
    definition = Definition(statement=statement, job_name="p/s/t", options={"parallelism.default": "2"})
    assert hash_of(plain_definition(definition)) == definition_hash(definition)


def test_the_secrets_are_those_of_the_statement_and_its_closure() -> None:
    closure = Statement(name="c", kind=Kind.CATALOG_OBJECT, text="CREATE TABLE c (x INT) WITH ('p' = '${secret:ONE}')", file="c.sql")
    statement = Statement(name="t", kind=Kind.JOB, text="INSERT INTO c SELECT '${secret:TWO}'", file="t.sql")
    assert secrets_used(Definition(statement=statement, closure=(closure,), job_name="p/s/t")) == {"ONE", "TWO"}
