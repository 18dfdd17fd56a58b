"""The gate before a deployment: with `tests: required` a statement that is new or changed needs tests, and all of them have to pass.

It is asked by the program, before the first resource and on every platform; the tests run on this machine. What passed already, here or in
`console test`, is not run again. What cannot be run has not passed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.bundle_folder import bundle_folder
from components.errors import UntestedError
from components.interruption import interruptible
from components.names import PROJECT_FOLDER, STATEMENT_TYPE
from components.sql_tests.flink import flink_for_tests, jars_folder
from components.sql_tests.results import PassedTests, note_all
from components.stack_state import OwnState
from embedded.errors import EmbeddedError
from flinksql.errors import FlinkSqlError
from flinksql.sql import Bundle, definition_hash, shown_path
from flinksql.sql.tokens import tokenise
from flinksql.statement import Definition, Kind
from flinksql.testing import Outcome, Test, Verdict, laboratory, read_tests, run_tests
from flinksql.testing.bundles import BundleReader
from flinksql.testing.cases import FOLDER
from flinksql.testing.report import describe
from options.errors import OptionError
from settings import Settings

_PAGE = "docs/testing-your-sql.md says how to write one"


@dataclass(frozen=True, kw_only=True)
class _Changed:
    """A job that is new or changed, where it lies, and the tests that it has."""

    name: str
    is_new: bool
    place: str
    tests: tuple[Test, ...]

    @property
    def description(self) -> str:
        return f"{self.place}: statement {self.name} {'is new' if self.is_new else 'changed'}"


def require_tests(settings: Settings, bundle: Bundle, wanted: Mapping[str, Definition], state: OwnState) -> None:
    """Run the tests of the statements that are new or changed.

    Raises UntestedError for statements without a test, and for tests that fail or cannot be run; BundleError for malformed files of tests.
    """
    changed_names = _changed(wanted, state)
    if not changed_names:
        return
    folder = bundle_folder(settings.bundle.name)
    bundles = BundleReader(root=PROJECT_FOLDER, jars_folder=jars_folder(settings.data_folder, settings.flink.line))
    tests = read_tests(folder, PROJECT_FOLDER)
    changed = [
        _Changed(
            name=name,
            is_new=is_new,
            place=_place(bundle, name),
            tests=tuple(one for one in tests if name in one.case.statement),
        )
        for name, is_new in changed_names.items()
    ]
    problems = [_no_test(one, folder) for one in changed if not one.tests]
    asked = list({id(test): test for one in changed for test in one.tests}.values())
    passed = PassedTests(data_folder=settings.data_folder, line=settings.flink.line, bundles=bundles)
    outcomes = _outcomes(settings, [one for one in asked if not passed.has(one)], passed)
    problems += [_not_passed(one, outcomes) for one in changed if any(id(test) in outcomes for test in one.tests)]
    problems += _tested_otherwise(changed, bundle, bundles)
    if problems:
        raise UntestedError(_message(problems))


def _changed(wanted: Mapping[str, Definition], state: OwnState) -> dict[str, bool]:
    """Return the jobs whose definition the state does not have, each with whether it knows no job of that name at all."""
    recorded = {(str(one.get("job_name")), str(one.get("definition_hash"))) for one in state.of_type(STATEMENT_TYPE)}
    names = {name for name, _ in recorded}
    return {
        name: one.job_name not in names
        for name, one in wanted.items()
        if one.statement.kind is not Kind.CATALOG_OBJECT and (one.job_name, definition_hash(one)) not in recorded
    }


def _outcomes(settings: Settings, tests: Sequence[Test], passed: PassedTests) -> dict[int, Outcome]:
    """Run tests, keep which passed, and return the others."""
    if not tests:
        return {}
    say = pulumi.log.info
    line = settings.flink.line
    began = [(test, passed.fingerprint(test)) for test in tests]
    try:
        with (
            interruptible(),
            flink_for_tests(settings.data_folder, line, keep=False, say=say, class_archives=settings.data.class_archives) as flink,
            laboratory(flink, PROJECT_FOLDER, bundles=passed.bundles) as lab,
        ):
            say(f"tests are required: running {len(tests)} of the statements that are new or changed")
            outcomes = run_tests(lab, tests)
    except (EmbeddedError, OptionError, FlinkSqlError, OSError) as error:
        raise UntestedError(_message([f"the tests cannot be run: {error}"])) from error
    note_all(passed, began, outcomes)
    return {id(one.test): one for one in outcomes if not one.passed}


def _no_test(changed: _Changed, folder: Path) -> str:
    return f"{changed.description} and has no test: write one in {shown_path(folder, PROJECT_FOLDER)}/{FOLDER} ({_PAGE})"


def _not_passed(changed: _Changed, outcomes: Mapping[int, Outcome]) -> str:
    bad = [outcomes[id(test)] for test in changed.tests if id(test) in outcomes]
    lines = [f"{changed.description}, and {len(bad)} of its {len(changed.tests)} tests did not pass:"]
    for one in bad:
        verb = "fails" if one.verdict is Verdict.FAILED else "could not be run"
        lines.append(f"  {one.test.position()}: {one.test.case.name!r} {verb}")
        lines += [f"    {line}" for line in describe(one)]
    lines.append(f"  run `python -m console --stack {pulumi.get_stack()} test {changed.name}`")
    return "\n".join(lines)


def _tested_otherwise(changed: Sequence[_Changed], bundle: Bundle, bundles: BundleReader) -> list[str]:
    """Return what is wrong with statements whose files were saved after the program had read them: another text was tested."""
    found: list[str] = []
    for one in changed:
        texts = [_texts(bundles.read(test), one.name) for test in one.tests]
        if any(tested != _texts(bundle, one.name) for tested in texts):
            found.append(f"{one.description}, and its files were saved while they were tested: run the command again")
    return found


def _texts(bundle: Bundle, name: str) -> list[str]:
    texts = [one.text for one in (*bundle.closure(name), bundle.entry(name).statement)]
    return [*texts, *(f"{jar.path} {jar.sha256}" for jar in bundle.jars.values())]


def _place(bundle: Bundle, name: str) -> str:
    entry = bundle.entry(name)
    tokens = tokenise(entry.rendered.sql).tokens
    return str(entry.position(tokens[0].start if tokens else 0))


def _message(problems: Sequence[str]) -> str:
    return "\n".join(
        [
            "`tests` is required, so nothing was deployed:",
            *(f"  {line}" for problem in problems for line in problem.split("\n")),
        ]
    )
