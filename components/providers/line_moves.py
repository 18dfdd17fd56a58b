"""A change of the Flink line as the artifacts' provider carries it: what of it stands in an input, and what is done with it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.access import Access
from components.line_change import JudgedMove, Move, Mover, judge_move, said_of
from components.names import PROJECT
from components.providers.cluster import Cluster
from components.providers.definitions import definition_of, deployed_of, plain_definition
from components.providers.properties import Properties
from components.providers.reporting import say
from components.providers.statement_secrets import StatementSecrets, note_start
from components.separate_flink import planner_of
from embedded.settings import EmbeddedSettings
from flinksql.errors import PermanentError, TransientError
from flinksql.statement import Definition
from flinksql.statements import HealthPolicy
from flinksql.statements.compatibility import Restore

LINE_CHANGE = "line_change"
"""The input that stands there only while the line changes; no state holds it after the move."""
_SILENT = (
    "flink.line is {after} and this stack runs on {before}, whose Flink does not answer, so nothing is known of the jobs' state ({error}). "
    "Start it first: `pulumi config set flink.line {before}`, `up`"
)


def plain_moves(stack: str, before: EmbeddedSettings, after: EmbeddedSettings, moves: Sequence[Move]) -> Properties:
    """Return the input's value."""
    return {
        "stack": stack,
        "before": before.to_plain(),
        "after": after.to_plain(),
        "statements": [
            {"old": plain_definition(one.old), "deployed": vars(one.deployed), "new": plain_definition(one.new)} for one in moves
        ],
    }


class LineMoves:
    """One change of the line. `settings` are those of before and after."""

    def __init__(self, given: Mapping[str, Any], access: Callable[[], Access], secrets: StatementSecrets) -> None:
        self._stack = str(given["stack"])
        self.before = EmbeddedSettings.from_plain(given["before"])
        self.after = EmbeddedSettings.from_plain(given["after"])
        self.moves = [
            Move(old=definition_of(one["old"]), deployed=deployed_of(one["deployed"]), new=definition_of(one["new"]))
            for one in given.get("statements") or ()
        ]
        self._access = access
        self._secrets = secrets

    def problems(self) -> tuple[list[str], dict[str, Restore]]:
        """Judge every job, say what becomes of each, and return why the change is refused and how each is restored. Touches nothing."""
        before, after = self.before.flink.line, self.after.flink.line
        running = [move for move in self.moves if move.runs]
        if not running:
            return [], {}
        try:
            with planner_of(self.after.data_folder, after, self.after.jars) as planner:
                judged = [judge_move(self._cluster().validation(self._of(move)), move, planner, after) for move in running]
        except TransientError as error:
            return [_SILENT.format(before=before, after=after, error=str(error).partition(". ")[0])], {}
        for one, move in zip(judged, running, strict=True):
            if not one.refused:
                say(self._hidden(said_of(one, move, after), move))
        refused = [self._hidden(one.refused, move) for one, move in zip(judged, running, strict=True) if one.refused]
        return refused, {one.statement: one.verdict.restore for one in judged if one.verdict}

    def carry_out(self, restores: Mapping[str, Restore] | None) -> None:
        """Move the jobs. Raises PermanentError for a change that is refused, or one that went back."""
        if restores is None:
            problems, restores = self.problems()
            if problems:
                raise PermanentError("\n".join(problems))
        access = self._access()
        cluster = self._cluster()
        mover = Mover(
            before=self.before,
            after=self.after,
            prefix=f"{PROJECT}/{self._stack}/",
            jobmanager=access.quick_jobmanager(),
            lifecycle=lambda definition: cluster.lifecycle(self._secrets.of(definition), definition.name),
            settings=access.lifecycle_settings(),
            speak=say,
            note=note_start,
        )
        mover.move(self.moves, restores)

    def _cluster(self) -> Cluster:
        return Cluster(self._access(), HealthPolicy())

    def _of(self, move: Move) -> dict[str, str]:
        return self._secrets.of(move.old, move.new)

    def _hidden(self, text: str, move: Move) -> str:
        return self._secrets.hidden(text, *_both(move))


def _both(move: Move) -> tuple[Definition, Definition]:
    return move.old, move.new


__all__ = ["LINE_CHANGE", "JudgedMove", "LineMoves", "plain_moves"]
