"""How a test ended, on the screen."""

from console.screen import Screen
from flinksql.testing import Outcome, Verdict
from flinksql.testing.report import describe

_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.BROKEN: "bold red"}


def show_outcome(screen: Screen, outcome: Outcome) -> None:
    """Write how a test ended, and what is wrong with it."""
    line = f"{outcome.verdict} {outcome.test.id} ({outcome.seconds:.1f} s)"
    screen.out.print(line, style=_STYLES[outcome.verdict], highlight=False, soft_wrap=True, markup=False)
    for line in describe(outcome):
        screen.out.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
