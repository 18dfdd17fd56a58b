"""The ids under which Flink keeps state. That they are those of running jobs is tested on real Flink, with each edit's verdict."""

from dataclasses import replace

import pytest

from flinksql.statements.compatibility.operator_ids import operator_ids
from flinksql.statements.compatibility.plan import Input, Node, Plan


def plan(*kinds: str, parallelism: int = 1, ship: str = "FORWARD") -> Plan:
    """Return operators one after another."""
    return Plan(
        nodes=tuple(
            Node(
                number=number,
                planner_number=number,
                kind=kind,
                description=kind,
                parallelism=parallelism,
                inputs=(Input(node=number - 1, ship_strategy=ship),) if number else (),
            )
            for number, kind in enumerate(kinds)
        )
    )


def test_an_id_depends_on_the_place_and_not_on_what_is_done_there() -> None:
    assert operator_ids(plan("a", "b", "c")) == operator_ids(plan("x", "y", "z"))


def test_the_parallelism_of_a_whole_job_changes_no_id() -> None:
    assert operator_ids(plan("a", "b", "c")) == operator_ids(plan("a", "b", "c", parallelism=4))


def test_an_operator_more_at_the_end_changes_the_ids_of_the_last_one_only() -> None:
    before, after = operator_ids(plan("a", "b", "c")), operator_ids(plan("a", "b", "c", "d"))
    assert [before[number] == after[number] for number in range(3)] == [True, True, False]


def test_a_distribution_changes_the_id_of_what_stands_before_it() -> None:
    assert operator_ids(plan("a", "b"))[0] != operator_ids(plan("a", "b", ship="HASH"))[0]


def test_an_operator_with_two_inputs_comes_after_both() -> None:
    one, two = (Node(number=number, planner_number=number, kind="s", description="s", parallelism=1) for number in range(2))
    inputs = tuple(Input(node=number, ship_strategy="HASH") for number in range(2))
    join = Node(number=2, planner_number=2, kind="Join", description="Join()", parallelism=1, inputs=inputs)
    assert len(set(operator_ids(Plan(nodes=(one, two, join))).values())) == 3


def test_a_writer_is_not_chained_to_what_follows_a_legacy_source() -> None:
    """The ids of the vertices of such a job on 2.2: a datagen table, a filter, a Kafka table."""
    found = operator_ids(plan("TableSourceScan", "Calc", "Writer", "Committer"), legacy_sources={0})
    assert (found[0], found[2]) == ("cbc357ccb763df2852fee8c4fc7d55f2", "90bea66de1c231edf33913ecd54406c1")
    assert operator_ids(plan("TableSourceScan", "Calc", "Writer", "Committer"))[2] == "ba40499bacce995f15693b1735928377"


def test_a_model_that_is_asked_is_not_chained_to_a_legacy_source_and_the_writer_is_to_the_model() -> None:
    """The ids of the vertices of such a job on 2.2: a datagen table, a model, a Kafka table."""
    found = operator_ids(plan("TableSourceScan", "MLPredictTableFunction", "Writer", "Committer"), legacy_sources={0})
    assert (found[0], found[1]) == ("bc764cd8ddf7a0cff126f51c16239658", "20ba6b65f97481d5570070de90e4e791")


@pytest.mark.parametrize(
    ("kind", "description", "gives_way"),
    [
        pytest.param("LookupJoin", "LookupJoin(table=[t], async=[ORDERED, 180000ms, 100], lookup=[a=a])", True, id="lookup"),
        pytest.param("LookupJoin", "LookupJoin(table=[t], lookup=[a=a])", False, id="lookup that blocks"),
        pytest.param("AsyncCalc", "AsyncCalc(select=[f(a) AS b])", True, id="function that answers later"),
        pytest.param("MLPredictTableFunction", "ML_PREDICT(MAP(_UTF-16LE'async', _UTF-16LE'false'))", False, id="model one row at a time"),
        pytest.param("Calc", "Calc(select=['async=['])", True, id="literal that looks like it: told as unknown, never as kept"),
    ],
)
def test_what_waits_for_answers_is_not_chained_to_a_legacy_source(kind: str, description: str, gives_way: bool) -> None:
    flow = plan("TableSourceScan", kind, "Committer")
    nodes = (flow.nodes[0], replace(flow.nodes[1], description=description), flow.nodes[2])
    found = operator_ids(Plan(nodes=nodes), legacy_sources={0})
    assert (found[0] == "bc764cd8ddf7a0cff126f51c16239658") is gives_way
