"""Flink's own parser, and what its jars know, beside what stands in the code."""

import re
import zipfile

import pytest

from components.names import PROJECT_FOLDER
from embedded.artifacts import fetch_jars, jars_of
from flinksql.diagnostics.parsing import syntax_problem
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.transport import Endpoint
from flinksql.sql import render
from flinksql.sql.deferred_errors import PREDICTION_KEYS
from flinksql.sql.flink_options import OPTIONS
from options.flink_lines import FLINK_LINES

pytestmark = pytest.mark.real

ARTIFACTS = PROJECT_FOLDER / ".data" / "artifacts"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        pytest.param("INSERT INTO s SELECT a FORM t", "sql/a.sql:1:24: did you mean FROM instead of FORM?", id="misspelt"),
        pytest.param("INSERT INTO s SELECT a FROM t GRUP BY a, b", "sql/a.sql:1:31: did you mean GROUP instead of GRUP?", id="clause"),
        pytest.param("INSERT INTO s SELECT a FROM", "sql/a.sql:1:24: the statement ends too early", id="cut off"),
        pytest.param("INSERT INTO s SELECT a, model FROM nowhere", "", id="whole, of tables that are not there"),
        pytest.param("CREATE TABLE s WITH ('connector' = 'print') AS SELECT 1 AS a", "", id="a statement that would run a job"),
        pytest.param("EXECUTE STATEMENT SET BEGIN INSERT INTO s TABLE t; INSERT INTO s SELECT E'it\\'s' FROM t; END", "", id="set"),
    ],
)
def test_the_real_parser_is_asked_and_nothing_runs(sql: str, said: str, embedded_endpoints: tuple[Endpoint, Endpoint]) -> None:
    gateway = GatewayClient(embedded_endpoints[0])
    with gateway.session() as session:
        found = syntax_problem(session, render(sql, "sql/a.sql", {}))
    assert (str(found).split("\n")[0] if found else "").startswith(said)
    assert bool(found) is bool(said)


@pytest.mark.parametrize("line", FLINK_LINES)
def test_every_option_that_a_header_can_set_is_in_the_jars_of_each_line(line: str) -> None:
    fetch_jars(ARTIFACTS, jars_of(FLINK_LINES[line]))
    texts = set()
    for jar in jars_of(FLINK_LINES[line]):
        if "flink" not in jar.path.name:
            continue
        with zipfile.ZipFile(ARTIFACTS / jar.path) as archive:
            for name in archive.namelist():
                if re.search(r"(?:ConfigOptions|PipelineOptions)\.class$", name):
                    texts.add(archive.read(name))
    known = b"\n".join(texts)
    assert [key for key in (*OPTIONS, *PREDICTION_KEYS) if key.encode() not in known] == []
