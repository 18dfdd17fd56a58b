"""What changes with `flink.line`: the jobs that the stack's state knows, as they were deployed and as they are to be."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.line_change import Move
from components.names import STATEMENT_TYPE
from components.providers.definitions import definition_of, deployed_of
from components.stack_state import OwnState
from embedded.settings import EmbeddedSettings
from flinksql.sql import Bundle
from platforms.pipeline import definitions
from settings import Settings

SERVICE_TYPE = "pulumi-python:dynamic/embedded:Service"


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """The settings of before, as the services were started with them, and the statements that are there before and after."""

    before: EmbeddedSettings
    moves: Sequence[Move]


def line_change(settings: Settings, bundle: Bundle, state: OwnState) -> LineChange | None:
    """Return what moves to another line; None where the stack is new or the line stays."""
    service = next(iter(state.of_type(SERVICE_TYPE)), {})
    if not service.get("settings"):
        return None
    before = EmbeddedSettings.from_plain(service["settings"])
    if before.flink.line == settings.flink.line:
        return None
    wanted = {one.job_name: one for one in definitions(settings, bundle, pulumi.get_stack()).values()}
    moves = []
    for recorded in state.of_type(STATEMENT_TYPE):
        old = definition_of(dict(recorded))
        if old.job_name in wanted:
            moves.append(Move(old=old, deployed=deployed_of(dict(recorded)), new=wanted[old.job_name]))
    return LineChange(before=before, moves=moves)
