"""Running one test: its statements one after another, what each writes beside what is expected."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from flinksql.errors import BundleError, FlinkSqlError, StatementError
from flinksql.sql import Bundle
from flinksql.statement import Kind, Position
from flinksql.statements.script import Step
from flinksql.testing.arrival_order import uncertain_row
from flinksql.testing.bundles import BundleReader
from flinksql.testing.changes import Change
from flinksql.testing.comparison import Difference, Expectation, compare, expectation, rows_to_compare
from flinksql.testing.coverage import Coverage, Probing
from flinksql.testing.execution import Execution, Prepared
from flinksql.testing.feeding import RowError, Written, given_lines, passed_on
from flinksql.testing.flink import Schemas, TestFlink
from flinksql.testing.hints import has_table_options
from flinksql.testing.kinds import with_kinds
from flinksql.testing.model_server import ModelServer
from flinksql.testing.predicates import broken_rows
from flinksql.testing.reading import Test
from flinksql.testing.values import ValueRefusedError


class Verdict(StrEnum):
    """How a test ended."""

    PASSED = "passed"
    FAILED = "failed"
    """Something came that was not expected, or did not come."""
    BROKEN = "broken"
    """The test could not be run: the test itself, the SQL or Flink is wrong."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something wrong, at a place in the test's file. `table` is the one whose rows differ."""

    position: Position
    message: str
    table: str = ""
    difference: Difference | None = None


@dataclass(frozen=True, kw_only=True)
class Came:
    """The rows that came into a table, as they were compared."""

    expected: Expectation
    rows: Sequence[Change]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A test that was run. `came` are the rows of the tables that it names, `wrote` how many rows each statement's sinks got."""

    test: Test
    verdict: Verdict
    seconds: float
    findings: tuple[Finding, ...] = ()
    came: Mapping[str, Came] = field(default_factory=dict)
    statements: tuple[str, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    """The rows of each branch; empty where nobody asked for them."""

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return self.verdict is Verdict.PASSED


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """What all tests of a run share. With `probing` the rows of each branch are counted."""

    flink: TestFlink
    schemas: Schemas
    models: ModelServer
    bundles: BundleReader
    probing: Probing | None = None

    def run(self, test: Test) -> Outcome:
        """Run one test. What is wrong is in the outcome."""
        began = time.monotonic()
        folder = self.flink.folder / "runs" / f"{time.time_ns():x}-{id(test):x}"
        one = _Run(self, test, folder)
        try:
            findings = one.findings()
        except BundleError as error:
            told = [(problem.position or test.position(), str(problem)) for problem in error.problems]
            return _broken(test, began, *told)
        except StatementError as error:
            return _broken(test, began, (error.position or test.position(), str(error)))
        except FlinkSqlError as error:
            return _broken(test, began, (test.position(), str(error)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return Outcome(
            test=test,
            verdict=Verdict.FAILED if findings else Verdict.PASSED,
            seconds=time.monotonic() - began,
            findings=tuple(findings),
            came=one.came,
            statements=test.case.statement,
            coverage=one.coverage,
        )

    def execution(self, test: Test, bundle: Bundle) -> Execution:
        """Return what runs the statements of a test."""
        case = test.case
        return Execution(
            flink=self.flink,
            schemas=self.schemas,
            models=self.models,
            bundle=bundle,
            answers=case.models,
            seconds=case.timeout_seconds,
            processing_time=case.processing_time,
        )

    def explained(self, test: Test) -> str:
        """Return the script of a test as it is sent to Flink, replaced definitions among it. Raises StatementError or BundleError."""
        bundle = self.bundles.read(test)
        execution = self.execution(test, bundle)
        parts: list[str] = []
        for statement in test.case.statement:
            prepared = execution.prepare(statement, self.flink.folder / "explained")
            for step in prepared.script.closure:
                sent = execution.replaced(prepared, step)
                note = _as_it_is(step) if sent == (step.rendered.sql,) else "replaced"
                parts.append(f"-- {step.statement.file}, {note}\n" + ";\n".join(sent) + ";")
            target = prepared.script.target
            parts.append(f"-- {target.statement.file}, {_as_it_is(target)}\n{target.rendered.sql};")
        return "\n\n".join(parts)


def _as_it_is(step: Step) -> str:
    return "as it is, without OPTIONS hints" if has_table_options(step) else "as it is"


def _broken(test: Test, began: float, *told: tuple[Position, str]) -> Outcome:
    findings = tuple(Finding(position=position, message=message) for position, message in told)
    return Outcome(test=test, verdict=Verdict.BROKEN, seconds=time.monotonic() - began, findings=findings, statements=test.case.statement)


class _Run:
    """One run of one test."""

    def __init__(self, laboratory: Laboratory, test: Test, folder: Path) -> None:
        self._test = test
        self._case = test.case
        self._folder = folder
        self._execution = laboratory.execution(test, laboratory.bundles.read(test))
        self._prepared: list[Prepared] = []
        self._written: dict[str, Written] = {}
        self._probing = laboratory.probing
        self.came: dict[str, Came] = {}
        self.coverage = Coverage()

    def findings(self) -> list[Finding]:
        """Run the statements and return what is not as expected."""
        bundle = self._execution.bundle
        for index, name in enumerate(self._case.statement):
            if name not in bundle.entries or bundle.entry(name).statement.kind is Kind.CATALOG_OBJECT:
                jobs = ", ".join(sorted(one.name for one in bundle.jobs()))
                raise self._test.problem(f"{name} is no statement that runs. There are: {jobs}", "statement", index)
        self._prepared = [self._execution.prepare(name, self._folder / str(index)) for index, name in enumerate(self._case.statement)]
        self._refuse_unknown_tables()
        if self._case.refused:
            return self._refusal()
        try:
            self._run_all()
        except FlinkSqlError:
            # A job that ends because the test has no answer for its model asked something that nobody expected.
            if any(asked.unanswered for prepared in self._prepared for asked in prepared.models.values()):
                return self._of_models()
            raise
        found = [finding for name in self._case.expect for finding in self._compared(name)]
        return [*found, *self._of_models()]

    def _refusal(self) -> list[Finding]:
        wanted = self._case.refused
        try:
            self._run_all()
        except FlinkSqlError as error:
            if wanted in str(error):
                return []
            return [self._finding(f"refused with another message than {wanted!r}: {error}", "refused")]
        return [self._finding(f"nothing was refused; expected: {wanted!r}", "refused")]

    def _run_all(self) -> None:
        for prepared in self._prepared:
            self._feed(prepared)
            self._refuse_uncertain(prepared)
            self._wrote(prepared, self._execution.run(prepared))
            if self._probing:
                self.coverage.add(self._probing.measure(self._execution, prepared))

    def _feed(self, prepared: Prepared) -> None:
        for name, source in prepared.sources.items():
            lines: list[str] = []
            if name in self._case.given:
                try:
                    lines += given_lines(source, self._test.rows(self._case.given[name]))
                except RowError as error:
                    raise self._test.problem(str(error), *self._row("given", name, error.index)) from None
            for written in self._written.values():
                if written.table.name == name or (source.topic and written.options.get("topic") == source.topic):
                    try:
                        lines += passed_on(source, written)
                    except ValueRefusedError as error:
                        raise self._test.problem(str(error), "statement") from None
            file = prepared.input(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def _refuse_uncertain(self, prepared: Prepared) -> None:
        found = uncertain_row(self._execution, prepared, self._folder / "plans")
        if found is not None:
            given = found.table in self._case.given
            raise self._test.problem(found.message, *(self._row("given", found.table, found.index) if given else ("statement",)))

    def _row(self, part: str, name: str, index: int) -> tuple[int | str, ...]:
        """Return the key of a row, however its list is written; the test where the rows are shared by the file."""
        for key in ((part, name, index), (part, name, "rows", index)):
            if self._test.position(*key) not in {self._test.position(*key[:-1]), self._test.position(part)}:
                return key
        return (part, name)

    def _wrote(self, prepared: Prepared, changes: Mapping[str, list[Change]]) -> None:
        for name, rows in changes.items():
            before = self._written[name].changes if name in self._written else ()
            self._written[name] = Written(table=prepared.tables[name], options=prepared.options[name], changes=[*before, *rows])

    def _compared(self, name: str) -> list[Finding]:
        spec = self._case.expect[name]
        prepared = next(one for one in self._prepared if name in one.sinks)
        sink = prepared.sinks[name]
        rows = None if spec.rows is None and not spec.file else self._test.rows(spec)
        expected = expectation(spec, rows, sink.table, changelog=sink.changelog)
        for index, column in expected.unknown_columns():
            known = ", ".join(one.name for one in sink.table.columns)
            raise self._test.problem(f"{name} has no column {column}. It has: {known}", *self._row("expect", name, index))
        changes = list(self._written[name].changes)
        if expected.needs_kinds:
            changes = with_kinds(self._execution, prepared, name, changes)
        compared = rows_to_compare(expected, changes)
        self.came[name] = Came(expected=expected, rows=compared)
        found = [self._difference(name, one) for one in compare(expected, changes)]
        for index, condition in enumerate(spec.holds):
            for row in broken_rows(self._execution, sink, compared, condition, self._folder / f"holds-{name}-{index}"):
                told = Difference(message=f"a row came for which this does not hold: {condition}", came=row)
                found.append(
                    Finding(position=self._test.position("expect", name, "holds"), message=told.message, table=name, difference=told)
                )
        return found

    def _difference(self, name: str, difference: Difference) -> Finding:
        key = ("expect", name) if difference.index is None else self._row("expect", name, difference.index)
        return Finding(position=self._test.position(*key), message=f"{name}: {difference.message}", table=name, difference=difference)

    def _of_models(self) -> list[Finding]:
        found: list[Finding] = []
        for prepared in self._prepared:
            for name, asked in prepared.models.items():
                calls = asked.answers.calls
                if asked.unanswered:
                    text = asked.unanswered[0]
                    found.append(self._finding(f"{name} was asked something that no answer is given for: {text!r}", "models", name))
                if calls is not None and calls != len(asked.inputs):
                    found.append(self._finding(f"{name}: {calls} calls expected, {len(asked.inputs)} made", "models", name))
        return found

    def _refuse_unknown_tables(self) -> None:
        sources = {name for one in self._prepared for name in one.sources}
        sinks = {name for one in self._prepared for name in one.sinks}
        own = self._test.own_keys("given")
        for name in self._case.given:
            if name not in sources and name in own:
                told = ", ".join(sorted(sources)) or "none"
                raise self._test.problem(f"no statement of this test reads {name}. They read: {told}", "given", name)
        for name in self._case.expect:
            if name not in sinks:
                told = ", ".join(sorted(sinks)) or "none"
                raise self._test.problem(f"no statement of this test writes {name}. They write: {told}", "expect", name)

    def _finding(self, message: str, *key: int | str) -> Finding:
        return Finding(position=self._test.position(*key), message=message)
