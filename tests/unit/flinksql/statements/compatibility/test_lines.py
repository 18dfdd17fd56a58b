"""Two plans of planners of different Flink lines: the same jobs keep their state, and every edit loses what it loses on one line."""

import json
from dataclasses import replace

import pytest

from flinksql.statements.compatibility import Compiled, Decision, Planned, judge, read_compiled
from flinksql.statements.compatibility.lines import MEASURED, comparable
from tests.verdict.edit import Edit
from tests.verdict.edits import EDITS
from tests.verdict.recorded import judged_edits, planned

WAYS = sorted(MEASURED)
LOST = {("2.1", "2.2"): 1, ("2.2", "2.3"): 5}
"""How many jobs do not keep their state. On the way to 2.3 it is one without a SinkMaterializer; the others have windows, and their plans
were recorded on gateways with different time zones."""


def jobs(old: str, new: str) -> dict[str, tuple[Planned, Planned]]:
    """Return each job before an edit, as both lines plan it."""
    return {edit.name: (planned(edit, old)[0], planned(edit, new)[0]) for edit in judged_edits(old) if edit in judged_edits(new)}


@pytest.mark.parametrize("way", [pytest.param(way, id=" to ".join(way)) for way in WAYS])
def test_the_same_job_keeps_its_state_on_another_line_but_for_the_few_that_are_planned_otherwise(way: tuple[str, str]) -> None:
    distinct: dict[str, Decision] = {}
    for old, new in jobs(*way).values():
        distinct[repr((old.definition.statement.text, old.definition.closure, old.definition.options))] = judge(old, new).decision
    lost = [decision for decision in distinct.values() if decision is not Decision.KEEPS]
    assert len(lost) == LOST[way]
    assert len(distinct) > 70


@pytest.mark.parametrize("edit", [pytest.param(edit, id=edit.name) for edit in EDITS if edit in judged_edits("2.3")])
def test_an_edit_that_loses_state_on_one_line_loses_it_on_the_way_to_another(edit: Edit) -> None:
    found = judge(planned(edit, "2.2")[0], planned(edit, "2.3")[1])
    assert edit.decision is Decision.KEEPS or not found.keeps


def test_lines_that_nobody_measured_are_unknown() -> None:
    old, new = planned(EDITS[0], "2.2")
    found = judge(old, replace(new, compiled=replace(new.compiled, line="2.9")))
    assert str(found) == "unknown: what Flink 2.9 does with the state of a job of Flink 2.2 is not known"
    newer, older = (replace(one, compiled=replace(one.compiled, line=line)) for one, line in ((old, "2.3"), (new, "2.2")))
    back = judge(newer, older)
    assert back.decision is Decision.UNKNOWN
    over_two = judge(replace(old, compiled=replace(old.compiled, line="2.1")), replace(new, compiled=replace(new.compiled, line="2.3")))
    assert over_two.decision is Decision.UNKNOWN, "each step was measured, and not both at once"


def compiled(line: str, content: object) -> Compiled:
    node = {"id": 1, "type": "stream-exec-calc_1", "description": "Calc", "projection": [content]}
    return read_compiled(json.dumps({"flinkVersion": line, "nodes": [node]}))


COLUMN = {"kind": "INPUT_REF", "inputIndex": 0, "type": "INT NOT NULL"}


def cast(kind: str) -> dict[str, object]:
    return {"kind": "CALL", "internalName": "$CAST$1", "operands": [COLUMN], "type": kind}


@pytest.mark.parametrize(
    ("older", "newer", "same"),
    [
        pytest.param(cast("INT"), COLUMN, True, id="a cast to what can be NULL"),
        pytest.param(cast("BIGINT"), COLUMN, False, id="a cast to another type"),
        pytest.param(
            {"kind": "CALL", "internalName": "$NOW$1", "operands": []}, {"kind": "CALL", "internalName": "$NOW$1"}, True, id="none"
        ),
        pytest.param(COLUMN, {**COLUMN, "inputIndex": 1}, False, id="another column"),
    ],
)
def test_only_what_the_lines_write_otherwise_is_taken_out(older: object, newer: object, *, same: bool) -> None:
    one, other = comparable(compiled("2.1", older), compiled("2.2", newer))
    assert (one.operators[1].content == other.operators[1].content) is same
    untouched, _ = comparable(compiled("2.1", older), compiled("2.1", newer))
    assert untouched.operators[1].content["projection"] == [older]
