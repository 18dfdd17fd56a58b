"""Reading Java's stack traces."""

import pytest

from flinksql.flink.stacktrace import Cause, causes, root_cause, without_data
from tests.fakes.traces import server_side, trace


def test_causes_come_outermost_first_with_all_lines_of_their_messages() -> None:
    text = server_side(trace(("a.Outer", "first"), ("b.Inner", "second\n\nthird")))[1]
    assert causes(text) == (Cause(name="a.Outer", message="first"), Cause(name="b.Inner", message="second\n\nthird"))


def test_the_root_is_the_innermost_cause_that_says_something() -> None:
    assert root_cause(trace(("a.Outer", "told"), ("java.lang.NullPointerException", ""))).message == "told"


def test_a_text_that_is_no_trace_is_its_own_cause() -> None:
    assert root_cause("it went wrong") == Cause(name="", message="it went wrong")


def test_an_empty_text_is_an_empty_cause() -> None:
    assert root_cause("") == Cause(name="", message="")


@pytest.mark.parametrize(
    ("name", "message", "shown"),
    [
        pytest.param("x.Exception", "failed: Record @ (undef) : +I(secret words)", "Exception: failed: a record (not shown)", id="row"),
        pytest.param(
            "java.io.IOException",
            'Failed to deserialize JSON \'{"text": "secret"}\'.',
            "IOException: Failed to deserialize JSON record (not shown)",
            id="record",
        ),
        pytest.param(
            "x.JsonParseException",
            "Unrecognized token 'secret': was expecting\n at [Source: (byte[])\"secret\"; line: 1]",
            "JsonParseException: Unrecognized token (not shown): was expecting",
            id="json token",
        ),
        pytest.param(
            "x.NumberFormatException", 'For input string: "secret"', "NumberFormatException: For input string: (not shown)", id="value"
        ),
        pytest.param("x.DateTimeException", "Text 'secret' cannot be", "DateTimeException: Text (not shown) cannot be", id="time"),
        pytest.param(
            "x.BadRequestException",
            "400: 'messages' is too long: \"" + "secret words " * 10 + '"',
            "BadRequestException: 400: 'messages' is too long: (not shown)",
            id="a model's server that quotes the request",
        ),
        pytest.param(
            "x.TimeoutException", "Async function call has timed out.", "TimeoutException: Async function call has timed out.", id="no data"
        ),
    ],
)
def test_no_data_of_a_row_is_left(name: str, message: str, shown: str) -> None:
    assert without_data(Cause(name=name, message=message)) == shown
