"""The columns by which state is judged are those that Flink gives: over generated tables, compared with what DESCRIBE says.

FLINK_REVIEWS_TABLES=1000 takes so many tables instead of the usual number.
"""

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from flinksql.flink.gateway import GatewayClient, GatewaySession
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements.compatibility import read_compiled
from flinksql.statements.compatibility.compiled import Operator
from flinksql.statements.compatibility.scans import SCAN
from flinksql.statements.plan_files import compiled_plan
from flinksql.statements.script import script_of
from tests.support.flink import gateway_in
from tests.support.project import ProjectCopy
from tests.verdict.generated_tables import GeneratedTable, tables

pytestmark = pytest.mark.real

TABLES = int(os.environ.get("FLINK_REVIEWS_TABLES", "150"))
SINK = "CREATE TABLE sink (a INT) WITH ('connector' = 'blackhole')"
JOB = "INSERT INTO sink SELECT 1 FROM generated"
_SYNONYMS = (
    (r"VARCHAR\(2147483647\)", "STRING"),
    (r"VARBINARY\(2147483647\)", "BYTES"),
    (r"TIMESTAMP\((\d)\) WITH LOCAL TIME ZONE", r"TIMESTAMP_LTZ(\1)"),
)


def definition(table: GeneratedTable) -> Definition:
    texts = {"generated": table.sql, "sink": SINK}
    closure = tuple(Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"{name}.sql") for name, text in texts.items())
    return Definition(statement=Statement(name="job", kind=Kind.JOB, text=JOB, file="job.sql"), closure=closure, job_name="p/s/job")


def described(session: GatewaySession) -> list[tuple[str, str]]:
    """Return names and types as DESCRIBE gives them, types that are never NULL marked."""
    rows = session.execute("DESCRIBE generated").rows
    return [(str(name), _plain(f"{kind}{'' if nullable else ' NOT NULL'}")) for name, kind, nullable, *_ in rows]


def found(compiled: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the columns of the whole table, and those that the scan puts out."""
    scan = next(each for each in read_compiled(compiled).operators.values() if each.kind == SCAN)
    return ([(name, _plain(_text(kind))) for name, kind in each] for each in (table_columns(scan), scan.columns))  # type: ignore[return-value]


def table_columns(scan: Operator) -> list[tuple[str, object]]:
    """Return the name and type of every column of the table that a scan reads, computed ones included."""
    columns = scan.content["scanTableSource"]["table"]["resolvedTable"]["schema"]["columns"]
    return [(each["name"], each.get("dataType") or each["expression"]["rexNode"].get("type")) for each in columns]


def _text(kind: object) -> str:
    """Return a type as text; a time attribute stands as an object."""
    if isinstance(kind, dict) and "precision" in kind:
        zone = "TIMESTAMP_LTZ" if "LOCAL" in str(kind["type"]) else "TIMESTAMP"
        return f"{zone}({kind['precision']}){'' if kind.get('nullable', True) else ' NOT NULL'}"
    return str(kind)


def _plain(text: str) -> str:
    text = re.sub(r" \*\w+\*", "", text)
    for pattern, word in _SYNONYMS:
        text = re.sub(pattern, word, text)
    return text


def test_the_columns_are_those_that_flink_describes(real_stack: ProjectCopy) -> None:
    gateway = gateway_in(real_stack.outputs())
    folder = real_stack.data / "flink" / "plans"

    @settings(max_examples=TABLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(table=tables())
    def compared(table: GeneratedTable) -> None:
        check(gateway, table, folder)

    compared()


def check(gateway: GatewayClient, table: GeneratedTable, folder: Path) -> None:
    """Compare the columns of one table."""
    script = script_of(definition(table), {})
    with gateway.session() as session:
        script.replay(session)
        wanted = described(session)
        whole, scanned = found(compiled_plan(session, script, {}, folder))
    assert whole == wanted
    assert [name for name, _ in whole] == list(table.names)
    # A scan marks metadata as never NULL where the connector says so; DESCRIBE tells what was declared.
    assert _nullable(scanned) <= _nullable(wanted)


def _nullable(columns: list[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(name, kind.removesuffix(" NOT NULL")) for name, kind in columns}
