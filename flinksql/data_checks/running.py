"""Running a check: its tables are defined as they were deployed, made to end, and asked in a session of its own. No job stays behind."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from flinksql.data_checks.bounded import EndlessTableError, Partitions, bounding_options, records_in
from flinksql.data_checks.files import Check
from flinksql.errors import FlinkSqlError, StatementError
from flinksql.flink.changelog import Row, is_append_only, remaining
from flinksql.flink.gateway import GatewayClient, GatewayLimits, GatewaySession, RefusedError, StatementResult
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.sql.names import ObjectKind, quoted
from flinksql.sql.placeholders import render, secret_names
from flinksql.sql.query import QueryReader
from flinksql.sql.table_usage import catalog_of
from flinksql.sql.tokens import tokenise
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements.script import Script, script_of
from flinksql.statements.submission import JOB_ID_KEY

JOB_NAMES = "flink-reviews-check"
"""What the names of the jobs of checks begin with. No statement's job is called so: nothing of the stack looks at them."""
MOST_CHANGES = 100_000
"""Changes of a result that are fetched."""
_SETTINGS: Mapping[str, str] = {
    "execution.runtime-mode": "STREAMING",
    "parallelism.default": "1",
    "restart-strategy.type": "none",
    # A job that ends by itself has no use for checkpoints, and its result would wait for them.
    "execution.checkpointing.interval": "1 d",
    "execution.checkpointing.checkpoints-after-tasks-finish": "false",
}


class Verdict(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    """The query gave rows."""
    UNKNOWN = "unknown"
    """The query could not be run to its end."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A check that was run. `rows` counts what the query gave; `at_least` says that there are more. `shown` are the first of them.

    `read` is how many records were read, None where that is not known. `at` is when it began, in UTC.
    """

    check: Check
    verdict: Verdict
    at: str
    seconds: float
    rows: int | None = None
    at_least: bool = False
    read: int | None = None
    reason: str = ""
    shown: tuple[Row, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class CheckRunner:
    """What checks of a stack are run with.

    `deployed` are the catalog objects that the stack has, by name. `secrets` gives the value of a `${secret:NAME}` by its name.
    `partitions` asks the broker, where it can be asked. `on_demand` tells that Flink starts a TaskManager when no slot is free.
    """

    gateway: Endpoint
    jobmanager: JobManagerClient
    stack: str
    deployed: Mapping[str, Definition]
    parameters: Mapping[str, str]
    secrets: Callable[[str], str]
    partitions: Callable[[Mapping[str, str]], Partitions]
    on_demand: bool = False
    rows_shown: int = 10

    def run(self, check: Check) -> Result:
        """Run one check. Whatever goes wrong is in the result."""
        began, at = time.monotonic(), datetime.now(tz=UTC).isoformat(timespec="seconds")

        def unknown(reason: object) -> Result:
            return Result(check=check, verdict=Verdict.UNKNOWN, at=at, seconds=time.monotonic() - began, reason=str(reason))

        try:
            if problem := self._no_slot():
                return unknown(problem)
            script, bounded, read = self._prepared(check)
            result, append_only = self._asked(check, script, bounded)
        except FlinkSqlError as error:
            return unknown(error)
        rows = remaining(result)
        cut = len(result.rows) >= MOST_CHANGES
        if cut and not append_only:
            return unknown(
                f"the query gave more than {MOST_CHANGES:,} changes, and later ones may take rows back: narrow the sample or the query"
            )
        return Result(
            check=check,
            verdict=Verdict.FAILED if rows else Verdict.PASSED,
            at=at,
            seconds=time.monotonic() - began,
            rows=len(rows),
            at_least=cut,
            read=read,
            shown=tuple(rows[: self.rows_shown]),
        )

    def _no_slot(self) -> str:
        overview = self.jobmanager.overview()
        if overview.slots_available > 0 or self.on_demand:
            return ""
        return f"all {overview.slots_total} task slots are taken, and a check needs one: raise `flink.taskSlots`, or add a TaskManager"

    def _prepared(self, check: Check) -> tuple[Script, Mapping[str, Mapping[str, str]], int | None]:
        """Return what is sent, the options that bound each table, and how many records are read. Raises StatementError."""
        definition = self._definition(check)
        secrets = {name: self.secrets(name) for one in (*definition.closure, definition.statement) for name in secret_names(one.text)}
        script = script_of(definition, secrets)
        bounded: dict[str, Mapping[str, str]] = {}
        counts: list[int | None] = []
        for name, options in _tables_read(definition, script).items():
            partitions = self.partitions(options)
            try:
                bounded[name] = bounding_options(options, check.sample, partitions)
            except EndlessTableError as error:
                raise StatementError(f"table {name} cannot be read to an end: {error}", position=check.position) from None
            counts.append(records_in(options, check.sample, partitions))
        known = [one for one in counts if one is not None]
        return script, bounded, sum(known) if len(known) == len(counts) else None

    def _definition(self, check: Check) -> Definition:
        """Return the check above the catalog objects that it mentions. Raises StatementError for one that is not deployed."""
        parameters = {name: value for one in self.deployed.values() for name, value in one.parameters.items()}
        parameters = {**self.parameters, **parameters}
        rendered = render(check.text, check.file, parameters)
        reader = QueryReader(rendered=rendered, tokens=tokenise(rendered.sql, check.file).tokens)
        reader.read(0)
        closure: dict[str, Statement] = {}
        own: dict[str, str] = {}
        for reference in (*reader.reads, *(one for one in reader.calls if one.name.name in self.deployed)):
            if reference.name.external:
                continue
            found = self.deployed.get(reference.name.name)
            if found is None and reference.kind is not ObjectKind.FUNCTION:
                known = ", ".join(sorted(self.deployed)) or "nothing"
                raise rendered.problem(reference.offset, f"the stack has no {reference.kind} {reference.name}. It has: {known}")
            if found is not None:
                closure |= {one.name: one for one in (*found.closure, found.statement) if one.name not in closure}
                own |= found.parameters
        statement = Statement(name=check.name, kind=Kind.JOB, text=check.text, file=check.file)
        return Definition(
            statement=statement,
            closure=tuple(closure.values()),
            parameters={**parameters, **own},
            job_name=f"{JOB_NAMES}/{self.stack}/{check.name}",
        )

    def _asked(self, check: Check, script: Script, bounded: Mapping[str, Mapping[str, str]]) -> tuple[StatementResult, bool]:
        """Return the result of the query, and whether it is never taken back. Raises FlinkSqlError."""
        client = GatewayClient(self.gateway, limits=GatewayLimits(statement_seconds=float(check.seconds), most_rows=MOST_CHANGES))
        job = uuid.uuid4().hex
        settings = {**_SETTINGS, JOB_ID_KEY: job, "pipeline.name": f"{JOB_NAMES}/{self.stack}/{check.name}"}
        sql = script.target.rendered.sql
        with client.session() as session:
            script.replay(session)
            for name, options in bounded.items():
                _alter(session, name, options)
            try:
                result = session.execute(sql, settings)
                append_only = len(result.rows) < MOST_CHANGES or is_append_only(session.execute(f"EXPLAIN CHANGELOG_MODE {sql}").rows)
            except RefusedError as error:
                raise script.explained(error, script.target) from error
            finally:
                self._end(job)
        return result, append_only

    def _end(self, job: str) -> None:
        """Cancel the job of a query. One that has ended is none any more."""
        try:
            self.jobmanager.cancel(job)
        except FlinkSqlError:
            return


def _alter(session: GatewaySession, table: str, options: Mapping[str, str]) -> None:
    if options:
        told = ", ".join(f"'{key}' = '{value}'" for key, value in options.items())
        session.configure(f"ALTER TABLE {quoted(table)} SET ({told})")


def _tables_read(definition: Definition, script: Script) -> dict[str, Mapping[str, str]]:
    """Return the options of the tables that a query reads, itself or by views."""
    if not definition.closure:
        return {}
    last = definition.closure[-1]
    # What the catalog objects are is read from them; a query is none of them.
    below = Definition(statement=last, closure=definition.closure[:-1], parameters=definition.parameters, job_name=definition.job_name)
    catalog = catalog_of(below)
    reader = QueryReader(rendered=script.target.rendered, tokens=tokenise(script.target.rendered.sql).tokens)
    reader.read(0)
    names = {one.name.name for one in reader.reads if not one.name.external}
    names |= {use.table.references.creates.name.name for use in catalog.uses() if use.table.references.creates}
    tables = ((entry.references.creates.name.name, entry) for entry in catalog.tables if entry.references.creates)
    return {name: catalog.options(entry) for name, entry in tables if name in names}
