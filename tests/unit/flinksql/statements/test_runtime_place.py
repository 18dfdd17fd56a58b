"""Where a failure of a running job is shown in the SQL."""

import pytest

from flinksql.diagnostics.runtime_errors import runtime_problem
from flinksql.statement import Definition, Kind, Statement

TABLE = "CREATE TABLE snk (id INT)\nWITH ('connector' = 'kafka', 'properties.acks' = 'banana')"
JOB = "-- divides / by nothing\nINSERT INTO snk\nSELECT TRY_CAST(v AS INT), CAST(v AS INT), 7 / id FROM src\n"


def definition(job: str = JOB) -> Definition:
    """Return a job that writes to a table."""
    closure = (Statement(name="snk", kind=Kind.CATALOG_OBJECT, text=TABLE, file="snk.sql"),)
    return Definition(statement=Statement(name="job", kind=Kind.JOB, text=job, file="job.sql"), closure=closure, job_name="p/s/job")


@pytest.mark.parametrize(
    ("message", "place"),
    [
        pytest.param(
            "ConfigException: Invalid value banana for configuration acks: String must be one of: all", "snk.sql:2:30", id="option"
        ),
        pytest.param("SomeException: 'banana' is not known", "snk.sql:2:50", id="quoted value"),
        pytest.param("ArithmeticException: / by zero", "job.sql:3:46", id="division"),
        pytest.param("NumberFormatException: For input string: (not shown)", "job.sql:3:28", id="cast"),
        pytest.param("IllegalStateException: nothing that stands there", "statement job", id="no place"),
    ],
)
def test_the_place_is_that_of_the_only_thing_that_can_have_caused_it(message: str, place: str) -> None:
    assert str(runtime_problem(message, definition(), {})).startswith(f"{place}: {message}")


def test_two_possible_places_are_none() -> None:
    two = JOB.replace("7 / id", "7 / id, 8 / id")
    assert str(runtime_problem("ArithmeticException: / by zero", definition(two), {})).startswith("statement job: ")


def test_secrets_do_not_come_out() -> None:
    text = str(runtime_problem("LoginException: user hidden was refused", definition(), {"PASSWORD": "hidden"}))
    assert "hidden" not in text
