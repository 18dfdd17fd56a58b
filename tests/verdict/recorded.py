"""The plans that real gateways made of each edit, and the verdicts over them. `python -m tests.verdict.recorded` writes the verdicts down.

`tests/cases/verdict/words.json` holds what people are told of each edit on the default line: read its diff after each change of a text.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from flinksql.statement import Definition
from flinksql.statements.compatibility import Planned, Verdict, judge, read_compiled, read_plan
from flinksql.statements.compatibility.plan import SECTION
from options.flink_lines import DEFAULT_LINE, FLINK_LINES
from tests.verdict.definitions import recorded_definitions
from tests.verdict.edit import Edit
from tests.verdict.edits import EDITS
from tests.verdict.record import CASES

LINES = tuple(sorted(FLINK_LINES))
WORDS = CASES / "verdict" / "words.json"


@cache
def recorded(line: str) -> Mapping[str, Any]:
    """Return the recording of a line: `edits` names the two plans of each edit, `plans` holds them."""
    found: dict[str, Any] = json.loads((CASES / "verdict" / f"plans-{line}.json").read_text(encoding="utf-8"))
    return found


def refused(line: str) -> Mapping[str, str]:
    """Return what a line's planner said of the edits of which it refuses one of the two jobs, by their names."""
    found: Mapping[str, str] = recorded(line).get("refused", {})
    return found


def judged_edits(line: str) -> list[Edit]:
    """Return the edits of which a line's planner takes both jobs."""
    return [edit for edit in EDITS if edit.name not in refused(line)]


def planned(edit: Edit, line: str) -> tuple[Planned, Planned]:
    """Return both jobs of an edit as a line's planner made them."""
    old, new = recorded_definitions(edit)
    digests = recorded(line)["edits"][edit.name]
    return _planned(old, line, digests[0]), _planned(new, line, digests[1])


def words(edit: Edit, line: str) -> str:
    """Return all that people are told of an edit."""
    return told(judge(*planned(edit, line)))


def told(verdict: Verdict) -> str:
    """Return a verdict with its reasons and its consequence."""
    return f"{verdict}. {verdict.consequence}"


@cache
def _planned_parts(line: str, digest: str) -> tuple[str, str]:
    plans = recorded(line)["plans"][digest]
    return SECTION + json.dumps(plans["execution"]), json.dumps(plans["compiled"])


def _planned(definition: Definition, line: str, digest: str) -> Planned:
    execution, compiled = _planned_parts(line, digest)
    return Planned(definition=definition, plan=read_plan(execution), compiled=read_compiled(compiled))


if __name__ == "__main__":
    WORDS.write_text(
        json.dumps({edit.name: words(edit, DEFAULT_LINE) for edit in EDITS}, indent=0, ensure_ascii=False) + "\n", encoding="utf-8"
    )
