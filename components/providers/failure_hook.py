"""For tests only: ends the provider or the CLI in the middle of a statement's life.

`FLINK_REVIEWS_FAILURE_POINT=POINT:ACTION` or `POINT:ACTION:STATEMENT`, with a point as in `after-submit`: a moment and a step of a plan.
It is read here and nowhere else, and without it nothing happens.
"""

import os
import signal
from collections.abc import Mapping
from enum import StrEnum

from components.providers.engine import cli_above
from flinksql.statements import FailurePoint
from flinksql.statements.failure_points import FailureHook, failure_point, no_failure

VARIABLE = "FLINK_REVIEWS_FAILURE_POINT"


class FailureAction(StrEnum):
    """What a failure point does. Both are `kill -9`."""

    KILL_PROVIDER = "kill-provider"
    """Ends the process of the dynamic providers, which this is."""
    KILL_CLI = "kill-cli"
    """Ends the Pulumi CLI and whoever started it for the console, then this process."""


def failure_hook(statement: str, environment: Mapping[str, str] = os.environ) -> FailureHook:
    """Return what a statement's lifecycle calls at each of its points. Raises ValueError for a value that cannot be read."""
    value = environment.get(VARIABLE, "")
    if not value:
        return no_failure
    point, action, only = [*value.split(":"), ""][:3]
    armed, does = failure_point(point), FailureAction(action)

    def reached(name: FailurePoint) -> None:
        if name == armed and only in {"", statement}:
            _end(does)

    return reached


def _end(action: FailureAction) -> None:
    if action is FailureAction.KILL_CLI:
        _kill_cli()
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_cli() -> None:
    """End the CLI above this process, and the console above it: that would tell of the failure, which a killed command does not."""
    cli = cli_above()
    if cli is not None:
        parent = cli.parent()
        if parent is not None and "console" in parent.cmdline():
            parent.kill()
        cli.kill()
