"""One preview tells of every statement that is refused: on the real engine and a provider process, over a fake Flink."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from components.names import PROJECT_FOLDER
from components.providers.statement import Statement as StatementResource
from components.refusals import report_refusals
from console.driver.progress import Progress, Row
from console.driver.run import Driver
from console.project import open_project
from console.toolchain import find
from flinksql.statement import Definition, Kind, Statement
from tests.fakes.flink import FakeFlink, fake_flink

SOURCE = "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen')"
CHANGED = "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '9')"
SINK = "CREATE TABLE sink (a STRING) WITH ('connector' = 'blackhole')"
COPY = "INSERT INTO sink SELECT CONCAT(a, '{number}') FROM source"
BROKEN = "CREATE TABLE {name} (a STRING) WITH ('connector' = 'kafak')"
JOBS = 12


@dataclass(kw_only=True)
class Silent:
    """Watches a run and says nothing."""

    said: list[str] = field(default_factory=list)

    def say(self, message: str) -> None:
        self.said.append(message)

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:
        pass

    def changed(self, row: Row) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack of statements alone."""

    root: Path

    def driver(self, *definitions: Definition) -> Driver:
        toolchain = find(PROJECT_FOLDER / ".data")
        if toolchain is None:
            pytest.skip("no Pulumi CLI on PATH or in the data folder: run `python -m console toolchain` once")

        def program() -> None:
            report_refusals([StatementResource(definition, gathered=True) for definition in definitions])

        return Driver(project=open_project("local", self.root), toolchain=toolchain, program=program, observer=Silent())

    def preview(self, *definitions: Definition) -> str:
        """Preview what must be refused; return what was said."""
        outcome = self.driver(*definitions).preview()
        assert not outcome.succeeded
        return "\n".join(problem.message for problem in outcome.progress.errors)


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as running:
        yield running


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flink: FakeFlink) -> Stack:
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    # The provider's process runs in the project's folder and imports the providers from there.
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_FOLDER))
    root = tmp_path.resolve()
    shutil.copy2(PROJECT_FOLDER / "Pulumi.yaml", root / "Pulumi.yaml")
    # Pulumi.yaml names the launcher of the provider's process by its place in the project.
    shutil.copytree(PROJECT_FOLDER / "components" / "launcher", root / "components" / "launcher")
    ports: Mapping[str, str] = {"sqlGateway": flink.gateway_server.url, "jobManager": flink.jobmanager_server.url}
    config: dict[str, int | bool | str] = {f"flink-reviews:ports.{name}": int(url.rpartition(":")[2]) for name, url in ports.items()}
    # The fake Flink speaks plain HTTP.
    config |= {"flink-reviews:flink.mutualTls": False, "flink-reviews:data.folder": str(root / ".data")}
    (root / "Pulumi.local.yaml").write_text(yaml.safe_dump({"config": config}))
    return Stack(root=root)


def catalog_object(name: str, text: str) -> Definition:
    statement = Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"sql/{name}.sql")
    return Definition(statement=statement, job_name=f"p/s/{name}")


def copy(number: int, source: str = SOURCE) -> Definition:
    name = f"copy{number}"
    closure = tuple(catalog_object(table, text).statement for table, text in (("source", source), ("sink", SINK)))
    text = COPY.format(number=number)
    return Definition(
        statement=Statement(name=name, kind=Kind.JOB, text=text, file=f"sql/{name}.sql"), closure=closure, job_name=f"p/s/{name}"
    )


def test_two_broken_files_are_told_in_one_preview(stack: Stack) -> None:
    said = stack.preview(*(catalog_object(name, BROKEN.format(name=name)) for name in ("one", "two")), catalog_object("sink", SINK))
    assert "sql/one.sql:1:" in said
    assert "sql/two.sql:1:" in said
    assert said.count("Unknown connector 'kafak'. Did you mean 'kafka'?") == len(("one", "two"))
    assert "Traceback" not in said


def test_twelve_blocked_changes_are_told_in_one_preview(stack: Stack, flink: FakeFlink) -> None:
    made = stack.driver(*(copy(number) for number in range(JOBS))).up()
    assert made.succeeded, made.progress.errors
    before = sorted(job.job_id for number in range(JOBS) for job in flink.cluster.alive(f"p/s/copy{number}"))
    said = stack.preview(*(copy(number, CHANGED) for number in range(JOBS)))
    for number in range(JOBS):
        assert f"sql/copy{number}.sql:1:1: this change of a running job does not keep its state" in said
    assert sorted(job.job_id for number in range(JOBS) for job in flink.cluster.alive(f"p/s/copy{number}")) == before


def test_what_a_table_does_wrong_is_told_once_however_many_jobs_read_it(stack: Stack) -> None:
    said = stack.preview(*(copy(number, BROKEN.format(name="source")) for number in range(3)))
    assert said.count("Unknown connector 'kafak'") == 1


def test_a_preview_of_what_is_right_leaves_no_trace_of_the_question(stack: Stack) -> None:
    outcome = stack.driver(copy(1)).preview()
    assert outcome.succeeded, outcome.progress.errors
    made = stack.driver(copy(1)).up()
    assert made.succeeded, made.progress.errors
    again = stack.driver(copy(1)).preview()
    assert (again.succeeded, again.progress.changed()) == (True, [])
