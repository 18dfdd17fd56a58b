"""How a compiled plan comes back from where the gateway runs, and that nothing of it is left there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from flinksql.errors import StatementError, TransientError
from flinksql.flink.gateway import GatewaySession, RefusedError
from flinksql.flink.gateway.classification import classify
from flinksql.flink.gateway.client import StatementResult
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements.compatibility import PlanError
from flinksql.statements.plan_files import compiled_plan
from flinksql.statements.script import script_of

JOB = Statement(name="job", kind=Kind.JOB, text="INSERT INTO snk SELECT a FROM src", file="sql/job.sql")
SCRIPT = script_of(Definition(statement=JOB, job_name="p/s/job"), {})
LINES = (('{"nodes":',), ("[]}",))


def refusal(text: str) -> RefusedError:
    trace = (
        f"<Exception on server side:\norg.apache.flink.table.api.ValidationException: {text}\n\tat x\n\nEnd of exception on server side>"
    )
    return RefusedError(classify(trace))


class Session:
    """A gateway's session: `compiles` is what COMPILE PLAN does with the path, `reads` what a query of the file gives."""

    def __init__(self, compiles: Callable[[Path], None], reads: tuple[tuple[str], ...] | Exception = LINES) -> None:
        self.compiles = compiles
        self.reads = reads
        self.said: list[tuple[str, Mapping[str, str]]] = []

    def configure(self, sql: str) -> None:
        self.said.append((sql, {}))

    def execute(self, sql: str, configuration: Mapping[str, str] | None = None) -> StatementResult:
        self.said.append((sql, configuration or {}))
        if sql.startswith("COMPILE PLAN 'file://"):
            self.compiles(Path(sql.partition("'file://")[2].partition("' FOR\n")[0].replace("''", "'")))
        if sql.startswith("SELECT"):
            if isinstance(self.reads, Exception):
                raise self.reads
            return StatementResult(rows=self.reads)
        return StatementResult()


def written(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text('{"nodes": []}', encoding="utf-8")


def nothing(_: Path) -> None:
    """Write nowhere that can be seen from here."""


def plan(session: Session, folder: Path | None) -> str:
    return compiled_plan(cast("GatewaySession", session), SCRIPT, {"k": "v"}, folder)


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in ("plain", "with space", "it's")])
def test_a_shared_folder_gives_the_plan_and_keeps_nothing(tmp_path: Path, name: str) -> None:
    session = Session(written)
    assert plan(session, tmp_path / name) == '{"nodes": []}'
    assert list((tmp_path / name).iterdir()) == []
    assert session.said[0][1] == {"k": "v", "table.plan.compile.catalog-objects": "SCHEMA"}


def test_a_file_that_is_not_there_makes_the_verdict_unknown(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="the file cannot be read from here"):
        plan(Session(nothing), tmp_path)


def test_a_gateway_elsewhere_reads_the_file_itself_and_empties_it() -> None:
    session = Session(nothing)
    assert plan(session, None) == '{"nodes":\n[]}'
    first, table, query, emptied = session.said
    assert "'file:///tmp/flinksql-plans/" in first[0]
    assert "'connector' = 'filesystem'" in table[0]
    assert query[1]["execution.target"] == "local"
    assert emptied[0].startswith("INSERT OVERWRITE ")
    assert emptied[1]["execution.target"] == "local"


def test_each_file_has_a_name_of_its_own() -> None:
    paths = set()
    for _ in range(20):
        session = Session(nothing)
        plan(session, None)
        paths.add(session.said[0][0].partition("\n")[0])
    assert len(paths) == 20


@pytest.mark.parametrize(
    ("trouble", "raised"),
    [
        pytest.param(refusal("Could not find any factory for identifier 'filesystem'"), PlanError, id="no file system connector"),
        pytest.param(TransientError("gone"), TransientError, id="a gateway that goes away"),
    ],
)
def test_a_file_that_the_gateway_cannot_read_is_emptied_all_the_same(trouble: Exception, raised: type[Exception]) -> None:
    session = Session(nothing, trouble)
    with pytest.raises(raised):
        plan(session, None)
    assert session.said[-1][0].startswith("INSERT OVERWRITE ")


def test_a_job_that_cannot_be_compiled_makes_the_verdict_unknown_and_is_no_mistake_of_the_file(tmp_path: Path) -> None:
    def refused(_: Path) -> None:
        raise refusal("This operator does not support compiled plans")

    with pytest.raises(PlanError, match="cannot compile this job's plan") as caught:
        plan(Session(refused), tmp_path)
    assert not isinstance(cast("Any", caught.value), StatementError)
