"""OPTIONS hints in tests of SQL: what is sent, and what is told of it."""

import pytest

from flinksql.statement import Definition, Kind, Statement
from flinksql.statements.script import script_of
from flinksql.testing.hints import has_table_options, without_table_options

HINTED = """\
INSERT INTO t /*+ OPTIONS('sink.parallelism' = '2') */
SELECT /*+ LOOKUP('table' = 'c') */ '/*+ OPTIONS(' || a -- /*+ OPTIONS('x' = 'y') */
FROM s /*+ options('scan.startup.mode' = 'latest-offset',
    'topic' = '${topic}; */') */ AS s
"""


def sent(text: str) -> tuple[str, str]:
    definition = Definition(
        statement=Statement(name="j", kind=Kind.JOB, text=text, file="j.sql"), closure=(), parameters={"topic": "orders"}, job_name="j"
    )
    script = script_of(definition, {})
    return script.target.rendered.sql, without_table_options(script).target.rendered.sql


def test_hints_of_connectors_are_left_out_and_all_else_keeps_its_place() -> None:
    before, after = sent(HINTED)
    assert [len(line) for line in after.split("\n")] == [len(line) for line in before.split("\n")]
    assert [" ".join(line.split()) for line in after.strip().split("\n")] == [
        "INSERT INTO t",
        "SELECT /*+ LOOKUP('table' = 'c') */ '/*+ OPTIONS(' || a -- /*+ OPTIONS('x' = 'y') */",
        "FROM s",
        "AS s",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(HINTED, True, id="options"),
        pytest.param("INSERT INTO t SELECT /*+ LOOKUP('table' = 'c') */ a FROM s", False, id="the planner's hint"),
        pytest.param("INSERT INTO t SELECT '/*+ OPTIONS()' FROM s -- /*+ OPTIONS() */", False, id="in a text and a comment"),
    ],
)
def test_only_a_statement_with_such_a_hint_is_said_to_have_one(text: str, told: bool) -> None:
    definition = Definition(
        statement=Statement(name="j", kind=Kind.JOB, text=text, file="j.sql"), closure=(), parameters={"topic": "o"}, job_name="j"
    )
    assert has_table_options(script_of(definition, {}).target) is told
