"""How often and with which pauses something is asked again."""

import pytest

from flinksql.errors import FlinkSqlError, PermanentError, TransientError
from flinksql.statements.retry import retrying
from tests.unit.flinksql.statements.noting_clock import NotingClock


def asked(answers: list[str | FlinkSqlError], waits: tuple[float, ...]) -> tuple[str | FlinkSqlError, int, list[float]]:
    """Return what comes back, after how many attempts, and the pauses between them."""
    clock, remaining = NotingClock(), list(answers)

    def answer() -> str:
        given = remaining.pop(0)
        if isinstance(given, FlinkSqlError):
            raise given
        return given

    try:
        result: str | FlinkSqlError = retrying(waits, clock)(answer)
    except FlinkSqlError as error:
        result = error
    return result, len(answers) - len(remaining), clock.pauses


FIRST, SECOND, THIRD, FOURTH = (TransientError(f"no answer {number}") for number in range(1, 5))
REFUSED = PermanentError("refused")


SITUATIONS = [
    pytest.param(["yes"], (1.0, 5.0), "yes", 1, [], id="answers at once"),
    pytest.param([FIRST, "yes"], (1.0, 5.0), "yes", 2, [1.0], id="answers the second time"),
    pytest.param([FIRST, SECOND, "yes"], (1.0, 5.0), "yes", 3, [1.0, 5.0], id="answers the last time"),
    pytest.param([FIRST, SECOND, THIRD, FOURTH], (1.0, 5.0), THIRD, 3, [1.0, 5.0], id="the last error as it is"),
    pytest.param([FIRST, SECOND], (), FIRST, 1, [], id="no waits: one attempt"),
    pytest.param([REFUSED, "yes"], (1.0, 5.0), REFUSED, 1, [], id="a refusal is not asked again"),
    pytest.param([FIRST, REFUSED, "yes"], (1.0, 5.0), REFUSED, 2, [1.0], id="a refusal after a transient error"),
]


@pytest.mark.parametrize(("answers", "waits", "result", "attempts", "pauses"), SITUATIONS)
def test_only_transient_errors_are_tried_again_and_only_as_often_as_there_are_waits(
    answers: list[str | FlinkSqlError], waits: tuple[float, ...], result: str | FlinkSqlError, attempts: int, pauses: list[float]
) -> None:
    assert asked(answers, waits) == (result, attempts, pauses)
