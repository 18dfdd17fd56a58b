"""Ending a statement's job for a while, or for good with its state kept."""

from dataclasses import dataclass

from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements.adoption import Adoption
from flinksql.statements.ending import Ending
from flinksql.statements.state import StateFinder

DELETED = "deleted"
"""Stands for the next definition in the trigger id of a job's last savepoint."""


@dataclass(frozen=True, kw_only=True)
class Pausing:
    """Ends jobs and remembers where their state lies. Each step can be done again, also after a crash between two."""

    adoption: Adoption
    ending: Ending
    state: StateFinder

    def pause(self, definition: Definition, deployed: Deployed) -> Deployed:
        """End what runs for the definition, with a savepoint, and return where its state lies.

        Raises JobFailedError when no savepoint could be made: the job then goes on running.
        """
        wanted = definition_hash(definition)
        return Deployed(
            definition_hash=wanted,
            generation=deployed.generation if deployed.definition_hash == wanted else 0,
            savepoint=self._ended(definition, deployed, wanted),
        )

    def end(self, definition: Definition, deployed: Deployed) -> str:
        """End what runs for the definition, with a savepoint, and return where its state lies; empty when it has none."""
        return self._ended(definition, deployed, DELETED)

    def _ended(self, definition: Definition, deployed: Deployed, next_hash: str) -> str:
        alive = self.adoption.alive(definition, deployed)
        # A job that ended before this statement was first made belongs to another life of it.
        known = bool(alive) or bool(deployed.definition_hash)
        savepoint = ""
        if definition.statement.kind is Kind.JOB and alive and alive[0].all_tasks_running and self.adoption.is_ours(alive[0], deployed):
            savepoint = self.ending.stop_with_savepoint(alive[0].job_id, next_hash)
        self.ending.cancel(self.adoption.alive(definition, deployed))
        if savepoint or not known or definition.statement.kind is not Kind.JOB:
            return savepoint
        return self.state.latest(definition.job_name, deployed).path
