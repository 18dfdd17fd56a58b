"""All statements that a preview refuses, told at once.

The engine ends a run at the first check that fails. So in a preview the checks hand their reasons to the program, which waits for all.
"""

from collections.abc import Iterable, Sequence

import pulumi

from components.program_errors import fail
from components.providers.definitions import GATHERED, UNPLANNED
from components.providers.statement import Statement


def report_refusals(statements: Iterable[Statement]) -> None:
    """Fail the preview with every reason when all statements have been looked at. Does nothing when things are really made."""
    if pulumi.runtime.is_dry_run():
        pulumi.Output.all(*(statement.problem for statement in statements)).apply(_raise, run_with_unknowns=True)


def refusals(answers: Sequence[object]) -> list[str]:
    """Return the reasons among the answers, each once: what is wrong in a view is met again by each job that reads it."""
    return list(dict.fromkeys(answer for answer in answers if isinstance(answer, str) and answer not in {"", GATHERED, UNPLANNED}))


def _raise(answers: Sequence[object]) -> None:
    found = refusals(answers)
    if found:
        fail("\n".join(found))
