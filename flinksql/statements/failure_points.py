"""Named moments of a run, by which a test makes it end there; nothing else uses them.

Each is before, during or after a step. At each of them a run may be killed, and the next run finishes its work from what Flink keeps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flinksql.statements.steps import StepName


class Moment(StrEnum):
    """Where in a step."""

    BEFORE = "before"
    DURING = "during"
    """Flink took the request, and nothing is known of what it came to. Only steps that stop or submit a job have it."""
    AFTER = "after"


@dataclass(frozen=True)
class FailurePoint:
    """A moment of a step, as in `after-submit`."""

    moment: Moment
    step: StepName

    def __str__(self) -> str:
        return f"{self.moment}-{self.step}"


def failure_point(text: str) -> FailurePoint:
    """Read a point's name. Raises ValueError for what is none."""
    moment, _, step = text.partition("-")
    return FailurePoint(Moment(moment), StepName(step))


FailureHook = Callable[[FailurePoint], None]


def no_failure(_point: FailurePoint) -> None:
    """Let every run go on."""
