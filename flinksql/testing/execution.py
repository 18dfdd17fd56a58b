"""Running one statement of a test: its closure with replaced sources, sinks and models, then the statement as it is deployed."""

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flinksql.errors import JobFailedError, PermanentError, StatementError, TransientError
from flinksql.flink.gateway import GatewaySession, RefusedError
from flinksql.sql import Bundle
from flinksql.sql.names import ObjectKind
from flinksql.sql.placeholders import secret_names
from flinksql.sql.references import References, read_references
from flinksql.sql.table_usage import Catalog, catalog_of
from flinksql.statement import Definition
from flinksql.statements.script import Script, Step, script_of
from flinksql.statements.submission import JOB_ID_KEY
from flinksql.testing import replacement
from flinksql.testing.cases import ModelAnswers
from flinksql.testing.changes import Change, came
from flinksql.testing.feeding import Source
from flinksql.testing.flink import SETTINGS, Schemas, TestFlink
from flinksql.testing.hints import without_table_options
from flinksql.testing.model_server import Asked, ModelServer
from flinksql.testing.replacement import Replaced
from flinksql.testing.tables import Table, describe

_PART = re.compile(r"part-.*-(\d+)-(\d+)\Z")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A statement with what stands in for its tables. `models` are the models that were asked, by name."""

    definition: Definition
    script: Script
    references: References
    sources: Mapping[str, Source]
    sinks: Mapping[str, Replaced]
    tables: Mapping[str, Table]
    options: Mapping[str, Mapping[str, str]]
    folder: Path
    models: dict[str, Asked] = field(default_factory=dict)

    def input(self, table: str) -> Path:
        """Return the file behind a source."""
        return self.folder / "in" / f"{table}.json"

    def output(self, table: str) -> Path:
        """Return the folder behind a sink."""
        return self.folder / "out" / table


@dataclass(frozen=True, kw_only=True)
class Execution:
    """What is needed to run statements of a bundle."""

    flink: TestFlink
    schemas: Schemas
    models: ModelServer
    bundle: Bundle
    answers: Mapping[str, ModelAnswers]
    seconds: float
    processing_time: str = ""

    def prepare(self, statement: str, folder: Path) -> Prepared:
        """Read a statement's tables and decide what stands in for them. Raises StatementError."""
        definition = self.bundle.definition(statement, f"test/{statement}")
        secrets = {name: "secret" for one in (*definition.closure, definition.statement) for name in secret_names(one.text)}
        script = without_table_options(script_of(definition, secrets))
        references = read_references(script.target.rendered)
        catalog = catalog_of(definition)
        tables = self._tables(script)
        options = {entry.references.creates.name.name: catalog.options(entry) for entry in catalog.tables if entry.references.creates}
        written = {one.name.name for one in references.writes if not one.name.external}
        read = _read_tables(catalog) - written
        controlled = self._controlled(definition)
        prepared = Prepared(
            definition=definition,
            script=script,
            references=references,
            sources={},
            sinks={name: replacement.sink(tables[name], options[name], folder / "out" / name) for name in written if name in tables},
            tables=tables,
            options=options,
            folder=folder,
        )
        sources = {
            name: Source(
                table=tables[name],
                replaced=replacement.source(tables[name], options[name], prepared.input(name), controlled=controlled),
                options=options[name],
            )
            for name in sorted(read)
            if name in tables
        }
        return Prepared(**{**prepared.__dict__, "sources": sources})

    def run(self, prepared: Prepared) -> dict[str, list[Change]]:
        """Run the statement to its end and return what it wrote, by table. The sources' files must be there.

        Raises StatementError where Flink refuses it, JobFailedError where the job fails or does not end in time.
        """
        with self.session(prepared) as session:
            self.execute(session, prepared, prepared.script.target.rendered.sql)
        return {name: came(_lines(prepared.output(name)), changelog=one.changelog) for name, one in prepared.sinks.items()}

    @contextmanager
    def session(self, prepared: Prepared) -> Iterator[GatewaySession]:
        """Open a session in which everything is defined that the statement needs, with replacements. Raises StatementError."""
        with self.flink.client(self.seconds).session() as session:
            for step in prepared.script.closure:
                self._define(session, prepared, step)
            yield session

    def execute(self, session: GatewaySession, prepared: Prepared, sql: str, lines_before: int = 0) -> None:
        """Run a statement that writes, and wait until its job has ended. Raises StatementError or JobFailedError."""
        job = uuid.uuid4().hex
        configuration = {**prepared.definition.options, **SETTINGS, "pipeline.name": prepared.definition.job_name, JOB_ID_KEY: job}
        script = prepared.script
        try:
            session.execute(sql, configuration)
        except RefusedError as error:
            raise script.explained(error, script.target, lines_before=lines_before) from error
        except TransientError as error:
            self.cancel(job)
            raise JobFailedError(f"statement {prepared.definition.name} did not end within {self.seconds:g} s: {error}") from error

    def replaced(self, prepared: Prepared, step: Step) -> tuple[str, ...]:
        """Return what is sent to define a step of the closure: its replacement, or itself."""
        creates = read_references(step.rendered).creates
        name = creates.name.name if creates else ""
        if creates and creates.kind is ObjectKind.TABLE and name in prepared.sources:
            return prepared.sources[name].replaced.ddl
        if creates and creates.kind is ObjectKind.TABLE and name in prepared.sinks:
            return prepared.sinks[name].ddl
        if creates and creates.kind is ObjectKind.MODEL:
            endpoint, asked = self.models.add(self.answers.get(name, ModelAnswers()))
            prepared.models[name] = asked
            return (replacement.model(step.rendered, endpoint),)
        return (step.rendered.sql,)

    def _define(self, session: GatewaySession, prepared: Prepared, step: Step) -> None:
        for sql in self.replaced(prepared, step):
            try:
                session.configure(sql)
            except RefusedError as error:
                if sql == step.rendered.sql:
                    raise prepared.script.explained(error, step) from error
                message = f"what stands in for this definition in a test is refused: {error}. See it with --explain"
                raise StatementError(message, statement=step.statement.name, position=step.rendered.position(0)) from error

    def _tables(self, script: Script) -> dict[str, Table]:
        steps = [(step, read_references(step.rendered).creates) for step in script.closure]
        defined = [(step, one.name.name, one.kind) for step, one in steps if one and one.kind in {ObjectKind.TABLE, ObjectKind.FUNCTION}]

        def ask() -> dict[str, Table]:
            with self.flink.client(self.seconds).session() as session:
                for step, _, _ in defined:
                    script.define(session, step)
                return {name: describe(session, name) for _, name, kind in defined if kind is ObjectKind.TABLE}

        return self.schemas.of([step.rendered.sql for step, _, _ in defined], ask)

    def _controlled(self, definition: Definition) -> bool:
        if self.processing_time:
            return self.processing_time == "controlled"
        return replacement.goes_by_processing_time([one.text for one in (*definition.closure, definition.statement)])

    def cancel(self, job: str) -> None:
        """Cancel a job that did not end in time. One that is gone is none any more."""
        try:
            self.flink.job_manager().cancel(job)
        except (PermanentError, TransientError):
            return


def _read_tables(catalog: Catalog) -> set[str]:
    """Return the tables that are read, by views or by the job."""
    return {use.table.references.creates.name.name for use in catalog.uses() if not use.written and use.table.references.creates}


def _lines(folder: Path) -> list[str]:
    files = [(int(found[1]), int(found[2]), one) for one in folder.glob("**/*") if (found := _PART.search(one.name)) and one.is_file()]
    return [line for *_, file in sorted(files) for line in file.read_text(encoding="utf-8").split("\n")]
