"""Where a refusal is shown when Flink does not say where it is."""

import pytest

from flinksql.diagnostics.positions import position_of
from flinksql.flink.gateway import ProblemKind, ServerProblem
from flinksql.sql import render

JOB = "-- copies '1'\nINSERT INTO snk\nSELECT id, CONCAT(v, '1', 'a.b') FROM src\n"
TABLE = "CREATE TABLE src (id INT)\nWITH ('connector' = 'datagen', 'rows' = '1')"
OTHER = "CREATE TABLE snk (id INT) WITH ('connector' = 'kafka', 'rows' = '2')"


@pytest.mark.parametrize(
    ("message", "place"),
    [
        pytest.param(
            "Cannot find table '`default_catalog`.`default_database`.`snk`'", "job.sql:2:13", id="qualified name in the statement"
        ),
        pytest.param("Unknown connector 'datagen'. Available: 'kafka'.", "src.sql:2:21", id="literal in the closure"),
        pytest.param("Option 'connector' cannot have the value 'kafka'.", "snk.sql:1:47", id="key twice, value once"),
        pytest.param("Option 'rows' cannot have the value '3'.", "job.sql:2:1", id="key twice, value nowhere"),
        pytest.param("Option 'size' cannot have the value '1'.", "job.sql:3:22", id="not in a comment"),
        pytest.param("Something about 'a'.", "job.sql:2:1", id="part of a longer literal"),
        pytest.param("No names here.", "job.sql:2:1", id="nothing quoted"),
    ],
)
def test_a_name_that_stands_once_gives_the_place_and_else_the_statement_does(message: str, place: str) -> None:
    problem = ServerProblem(kind=ProblemKind.STATEMENT, message=message)
    files = [render(JOB, "job.sql", {}), render(TABLE, "src.sql", {}), render(OTHER, "snk.sql", {})]
    _message, position, _excerpt = position_of(problem, files, lines_before=1)
    assert str(position) == place


def test_flinks_own_place_wins_and_is_mapped_back_to_the_file() -> None:
    text = "INSERT INTO snk\nSELECT '${long}', nope FROM src\n"
    rendered = render(text, "job.sql", {"long": "x" * 50})
    problem = ServerProblem(
        kind=ProblemKind.STATEMENT, message="Column 'nope' not found", line=3, column=rendered.sql.splitlines()[1].index("nope") + 1
    )
    _message, position, excerpt = position_of(problem, [rendered], lines_before=1)
    assert str(position) == "job.sql:2:19"
    assert excerpt.splitlines()[1].index("^") == excerpt.splitlines()[0].index("nope")
