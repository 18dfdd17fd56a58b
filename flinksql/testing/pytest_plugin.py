"""A pytest plugin: each test of SQL is an item, collected from `<bundle>/tests/*.yaml`.

The Flink to run on is given by `--flink-gateway`, `--flink-jobmanager` and `--flink-folder`, or by the ini option `flinksql_flink`: the
name, `module:function`, of a context manager that starts one and yields a TestFlink.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from flinksql.errors import FlinkSqlError
from flinksql.flink.transport import Endpoint
from flinksql.testing.cases import FOLDER
from flinksql.testing.flink import TestFlink
from flinksql.testing.reading import SUFFIXES, Test, read_test_file
from flinksql.testing.report import describe
from flinksql.testing.running import Laboratory, Outcome
from flinksql.testing.suite import laboratory

_INI = "flinksql_flink"
_OPTIONS = ("gateway", "jobmanager", "folder")
_STATE = pytest.StashKey["_State"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name a Flink."""
    group = parser.getgroup("flinksql", "tests of Flink SQL")
    group.addoption("--flink-gateway", default="", metavar="URL", help="the SQL Gateway that tests of SQL run on")
    group.addoption("--flink-jobmanager", default="", metavar="URL", help="its JobManager")
    group.addoption("--flink-folder", default="", metavar="FOLDER", help="a folder that Flink and this process share under one path")
    parser.addini(_INI, "module:function of a context manager that yields a flinksql.testing.TestFlink", default="")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "SqlFile | None":
    """Collect files of tests beside statements."""
    if file_path.suffix not in SUFFIXES or file_path.parent.name != FOLDER or not any(file_path.parent.parent.glob("*.sql")):
        return None
    return SqlFile.from_parent(parent, path=file_path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    state = config.stash.get(_STATE, None)
    if state is not None:
        state.stack.close()


class SqlFile(pytest.File):
    """A file of tests of SQL."""

    def collect(self) -> Iterator["SqlItem"]:
        """Return the tests of the file. A mistake in it is told at its line."""
        try:
            tests = read_test_file(self.path, self.path.parent.parent, self.config.rootpath)
        except FlinkSqlError as error:
            raise self.CollectError(str(error)) from None
        for one in tests:
            yield SqlItem.from_parent(self, name=one.case.name, test=one)


class SqlItem(pytest.Item):
    """One test of SQL."""

    def __init__(self, *, test: Test, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]  # what pytest gives every item
        self.sql_test = test

    def runtest(self) -> None:
        """Run the test on Flink."""
        outcome = _state(self.config).laboratory(self.config).run(self.sql_test)
        if not outcome.passed:
            raise SqlTestFailedError(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002  # pytest's
        """Return what is wrong, row by row, and no traceback."""
        if isinstance(excinfo.value, SqlTestFailedError):
            return "\n".join(describe(excinfo.value.outcome))
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the test stands; pytest counts lines from 0."""
        return self.path, self.sql_test.position().line - 1, self.name


class SqlTestFailedError(Exception):
    """A test of SQL that did not pass."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__("\n".join(describe(outcome)))


class _State:
    """The Flink and the laboratory of one run of pytest, made when the first test asks."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self._laboratory: Laboratory | None = None

    def laboratory(self, config: pytest.Config) -> Laboratory:
        """Return the laboratory; the tests are skipped where no Flink is named."""
        if self._laboratory is None:
            flink = self._flink(config)
            self._laboratory = self.stack.enter_context(laboratory(flink, config.rootpath))
        return self._laboratory

    def _flink(self, config: pytest.Config) -> TestFlink:
        gateway, jobmanager, folder = (str(config.getoption(f"--flink-{name}")) for name in _OPTIONS)
        if gateway and jobmanager and folder:
            return TestFlink(
                gateway=Endpoint(name="SQL Gateway", base_url=gateway),
                jobmanager=Endpoint(name="JobManager", base_url=jobmanager),
                folder=Path(folder).resolve(),
            )
        module, _, function = str(config.getini(_INI)).partition(":")
        if not function:
            pytest.skip(f"no Flink for tests of SQL: give --flink-gateway, --flink-jobmanager and --flink-folder, or set {_INI}")
        start: Callable[[], AbstractContextManager[TestFlink]] = getattr(importlib.import_module(module), function)
        return self.stack.enter_context(start())


def _state(config: pytest.Config) -> _State:
    if _STATE not in config.stash:
        config.stash[_STATE] = _State()
    return config.stash[_STATE]
