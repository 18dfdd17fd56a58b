"""Where mistakes are said to be, over what real gateways of each line said of them."""

import json
from functools import cache
from typing import Any

import pytest

from flinksql.errors import StatementError
from flinksql.statements.proof import prove
from flinksql.statements.script import script_of
from options.flink_lines import FLINK_LINES
from tests.cases.errors import MISTAKES, Mistake
from tests.support.recording import ReplayedSession
from tests.verdict.record import CASES

LINES = sorted(FLINK_LINES)


@cache
def recorded(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / "errors" / f"recorded-{line}.json").read_text(encoding="utf-8"))
    return found


def validate(mistake: Mistake, session: ReplayedSession) -> None:
    script = script_of(mistake.definition, {})
    script.replay(session)
    prove(session, script)


@pytest.mark.parametrize("line", [pytest.param(line, id=line) for line in LINES])
@pytest.mark.parametrize("mistake", [pytest.param(mistake, id=mistake.name) for mistake in MISTAKES])
def test_a_mistake_is_shown_at_its_place_with_a_caret_below(mistake: Mistake, line: str) -> None:
    with pytest.raises(StatementError) as caught:
        validate(mistake, ReplayedSession(recorded(line)[mistake.name]))
    error = caught.value
    assert error.position is not None
    assert (error.position.file, error.position.line, error.position.column) == ("sql/it.sql", *mistake.place)
    assert mistake.says in str(error)
    shown, caret = str(error).split("\n")[-2:]
    assert caret.strip() == "^"
    assert shown.strip() in " ".join(mistake.text.split("\n")).replace("\t", " ")
    assert "\tat " not in str(error)
