"""A folder of SQL files brought to a Flink and kept there, from plain Python: what `pulumi up` does for a bundle, without Pulumi.

The record is a JSON file that the caller keeps: what was deployed, and the version before it. It holds no secret, because definitions
hold only the names of secrets. It is written after each statement, so an interrupted run is finished by the next one: a job that was
submitted and not recorded is adopted by its name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from flinksql.errors import PermanentError, StatementError
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.sql import definition_hash, read_bundle
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements import LifecycleSettings, Observation, ObservedState, StatementLifecycle, Step, go_back, refusal, situation
from flinksql.statements.compatibility import Restore, Verdict

RECORD_VERSION = 1
_HEALTHY = frozenset({ObservedState.DEFINED, ObservedState.RUNNING, ObservedState.FINISHED, ObservedState.PAUSED, ObservedState.STARTING})


class Action(StrEnum):
    """What `up` does with a statement."""

    CREATE = "create"
    UPGRADE = "upgrade"
    REPAIR = "repair"
    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What `up` would do with one statement.

    `verdict` says what becomes of a running job's state; None where there is none to lose. `refused` is why `up` would refuse the change;
    empty when it would not. `condition` is what was seen of the job. `steps` are what `up` does, in
    order; none for what is kept or refused.
    """

    statement: str
    action: Action
    verdict: Verdict | None = None
    refused: str = ""
    condition: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Version:
    """A definition as it was deployed."""

    definition: Definition
    deployed: Deployed


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What runs of a statement, and what ran before it.

    `switch` is the savepoint with which the version before was stopped and from which this one started; empty if it started without.
    """

    now: Version
    before: Version | None = None
    switch: str = ""


@dataclass(kw_only=True)
class _Record:
    """The record's file."""

    statements: dict[str, Recorded] = field(default_factory=dict)
    version: int = RECORD_VERSION


_RECORD = TypeAdapter(_Record)


class Deployment:
    """The statements of a folder on one Flink.

    `name` is what the jobs' names begin with, for example `orders/dev`: two deployments on one Flink need two names. `values` fill the
    `${name}` placeholders, `secrets` the `${secret:NAME}` ones. `options` are Flink configuration keys of every job.
    `gateway` and `jobmanager` are base addresses, or endpoints where TLS or headers are needed. `settings` say how jobs are watched, and
    where their state lies if this machine can read it.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        name: str,
        gateway: str | Endpoint,
        jobmanager: str | Endpoint,
        record: Path | str,
        values: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
        settings: LifecycleSettings | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.name = name
        self.record_file = Path(record)
        self.values = dict(values or {})
        self.options = dict(options or {})
        self.lifecycle = StatementLifecycle(
            GatewayClient(_endpoint(gateway, "SQL Gateway")),
            JobManagerClient(_endpoint(jobmanager, "JobManager")),
            secrets,
            settings=settings,
        )

    def definitions(self) -> dict[str, Definition]:
        """Read the folder: each statement's definition, in the order of their dependencies. Raises BundleError or StatementError."""
        bundle = read_bundle(self.folder, self.values, self.folder.parent)
        return {
            one.name: bundle.definition(
                one.name,
                f"{self.name}/{bundle.header(one.name).policy.renamed_from or one.name}",
                {} if one.kind is Kind.CATALOG_OBJECT else self.options,
            )
            for one in bundle.statements
        }

    def preview(self) -> tuple[Change, ...]:
        """Say what `up` would do; the planner validates each new or changed statement. Changes nothing.

        What the planner refuses stands in the change's `refused`, so that all of it is told at once. Raises BundleError for files that
        cannot be read, TransientError if Flink does not answer.
        """
        record, wanted = self._read(), self.definitions()
        gone = [name for name in reversed(record.statements) if name not in wanted]
        return (*(self._judged(one, record.statements.get(name)) for name, one in wanted.items()), *map(_deletion, gone))

    def up(self) -> tuple[Change, ...]:
        """Make the folder true and return what was done: statements that are gone from it end last, jobs first.

        Every change is judged before the first one is made: PermanentError has every reason why one is refused. Raises what `preview`
        raises, and JobFailedError if a job does not become healthy; what was done until then is recorded.
        """
        changes = self.preview()
        refused = [change.refused for change in changes if change.refused]
        if refused:
            raise PermanentError("\n".join(refused))
        wanted = self.definitions()
        for change in changes:
            self._carry_out(change, wanted.get(change.statement))
        return changes

    def undo(self, statement: str) -> Deployed:
        """Bring back the version before of a statement's job, with the state that it had when it was replaced.

        What the newer version read since then is read again from the offsets in that state. The folder still has the newer version:
        the next `up` deploys it again unless its file is changed back. Raises PermanentError if there is nothing to go back to,
        and JobFailedError if the version before does not start: then the newer one runs again.
        """
        record = self._read()
        recorded = record.statements.get(statement)
        if recorded is None or recorded.before is None:
            raise PermanentError(f"statement {statement}: no version before the one that runs is recorded")
        now, before = recorded.now, recorded.before
        # Not what the job started from last: after a repair that is a checkpoint of the newer version.
        saved = recorded.switch
        if not saved:
            raise PermanentError(
                f"statement {statement}: the version that runs did not start from a savepoint of the version before, so there is none to "
                "go back to. Put the old text into its file and run `up`"
            )
        undone = go_back(self.lifecycle, now.definition, before.definition, now.deployed, saved).deployed
        record.statements[statement] = Recorded(now=Version(definition=before.definition, deployed=undone), before=now, switch=saved)
        self._write(record)
        return undone

    def destroy(self) -> None:
        """End every job of the record, dependents first, and empty the record. Savepoints and topics stay."""
        for name in reversed(self._read().statements):
            self._carry_out(_deletion(name), None)

    def status(self) -> dict[str, Observation]:
        """Return what became of each recorded statement."""
        return {name: self._observed(one) for name, one in self._read().statements.items()}

    def _observed(self, recorded: Recorded) -> Observation:
        return self.lifecycle.observe(recorded.now.definition, recorded.now.deployed)

    def _judged(self, wanted: Definition, recorded: Recorded | None) -> Change:
        try:
            return self._change(wanted, recorded)
        except StatementError as error:
            return Change(statement=wanted.name, action=Action.UPGRADE if recorded else Action.CREATE, refused=str(error))

    def _change(self, wanted: Definition, recorded: Recorded | None) -> Change:
        name = wanted.name
        if recorded is None:
            self.lifecycle.validate(wanted)
            return Change(statement=name, action=Action.CREATE, steps=self._steps(wanted, None, Restore.STRICT))
        old = recorded.now.definition
        if definition_hash(old) != definition_hash(wanted) or old.policy != wanted.policy:
            verdict = self.lifecycle.verdict(old, wanted)
            if verdict is None:
                self.lifecycle.validate(wanted)
            error = refusal(verdict, wanted)
            steps = () if error else self._steps(wanted, recorded.now, verdict.restore if verdict else Restore.STRICT)
            return Change(statement=name, action=Action.UPGRADE, verdict=verdict, refused=str(error or ""), steps=steps)
        seen = self._observed(recorded)
        if seen.state is ObservedState.UNREACHABLE:
            raise PermanentError(f"statement {name}: nothing is known of its job. {seen.cause}")
        if seen.state in _HEALTHY:
            return Change(statement=name, action=Action.KEEP, condition=str(seen.state))
        steps = self._steps(wanted, recorded.now, Restore.STRICT)
        return Change(statement=name, action=Action.REPAIR, condition=str(seen.state), steps=steps)

    def _steps(self, wanted: Definition, now: Version | None, restore: Restore) -> tuple[Step, ...]:
        known = situation.Recorded(deployed=now.deployed, definition=now.definition) if now else situation.Recorded()
        return self.lifecycle.plan(known, situation.Wanted(definition=wanted, restore=restore))

    def _carry_out(self, change: Change, wanted: Definition | None) -> None:
        record = self._read()
        recorded = record.statements.get(change.statement)
        if change.action is Action.DELETE and recorded is not None:
            self.lifecycle.delete(recorded.now.definition, recorded.now.deployed)
            del record.statements[change.statement]
        elif wanted is not None and change.action is not Action.KEEP:
            record.statements[change.statement] = self._deployed(change, wanted, recorded)
        else:
            return
        self._write(record)

    def _deployed(self, change: Change, wanted: Definition, recorded: Recorded | None) -> Recorded:
        if recorded is None:
            return Recorded(now=Version(definition=wanted, deployed=self.lifecycle.create(wanted)))
        old = recorded.now
        if change.action is Action.REPAIR:
            return replace(recorded, now=Version(definition=wanted, deployed=self.lifecycle.repair(wanted, old.deployed)))
        restore = change.verdict.restore if change.verdict else Restore.STRICT
        deployed = self.lifecycle.update(old.definition, wanted, old.deployed, restore=restore)
        return Recorded(now=Version(definition=wanted, deployed=deployed), before=old, switch=deployed.restored_from)

    def _read(self) -> _Record:
        if not self.record_file.exists():
            return _Record()
        try:
            content: Any = json.loads(self.record_file.read_text(encoding="utf-8"))
            record = _RECORD.validate_python(content)
        except (OSError, ValueError, ValidationError) as error:
            raise PermanentError(f"{self.record_file} is not a record of deployed statements: restore it, or name another file") from error
        if record.version != RECORD_VERSION:
            raise PermanentError(f"{self.record_file} was written by another version ({record.version}) of flinksql")
        return record

    def _write(self, record: _Record) -> None:
        self.record_file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.record_file.with_name(f"{self.record_file.name}.unfinished")
        unfinished.write_bytes(_RECORD.dump_json(record, indent=2))
        unfinished.replace(self.record_file)


def _endpoint(given: str | Endpoint, name: str) -> Endpoint:
    return Endpoint(name=name, base_url=given) if isinstance(given, str) else given


def _deletion(statement: str) -> Change:
    return Change(statement=statement, action=Action.DELETE)


__all__ = ["Action", "Change", "Deployment", "Recorded", "Version"]
