"""The measured refusals, each with what a person should read."""

import pytest

from flinksql.flink.gateway import ProblemKind
from flinksql.flink.gateway.classification import classify
from tests.fakes import traces
from tests.fakes.traces import FlinkProblemError, at_range, refused, unexpected_token

KINDS = [
    pytest.param(traces.duplicate_job(), ProblemKind.DUPLICATE_JOB, id="job id used before"),
    pytest.param(traces.session_unknown("8a"), ProblemKind.SESSION_LOST, id="session unknown"),
    pytest.param(traces.operation_unknown("8a"), ProblemKind.OPERATION_LOST, id="operation unknown"),
    pytest.param(refused("Expecting token to be 1 or 0, but found 7."), ProblemKind.OPERATION_LOST, id="token unknown"),
    pytest.param(traces.jobmanager_down(), ProblemKind.JOBMANAGER_DOWN, id="JobManager down"),
    pytest.param(refused("Java heap space", "java.lang.OutOfMemoryError"), ProblemKind.SERVER, id="out of memory"),
    pytest.param(refused("Cannot find checkpoint or savepoint file/directory 'x'."), ProblemKind.STATE_MISSING, id="savepoint missing"),
    pytest.param(
        refused("Failed to rollback to checkpoint/savepoint x. Cannot map checkpoint/savepoint state for operator ab to the new program"),
        ProblemKind.STATE_REFUSED,
        id="savepoint of another plan",
    ),
    pytest.param(
        refused('For input string: "x"', "java.lang.NumberFormatException"), ProblemKind.CONFIGURATION, id="value without its key"
    ),
    pytest.param(refused("anything else"), ProblemKind.STATEMENT, id="anything else"),
]


@pytest.mark.parametrize(("problem", "kind"), KINDS)
def test_a_refusal_is_told_apart_by_its_text(problem: FlinkProblemError, kind: ProblemKind) -> None:
    assert classify(problem.trace).kind is kind


PLACES = [
    pytest.param(at_range(3, 8, 11, "Column 'nope' not found in any table"), (3, 8, 3, 11), id="range"),
    pytest.param(unexpected_token("src", 2, 9), (2, 9, 2, 9), id="point"),
    pytest.param(refused('Lexical error at line 4, column 2.  Encountered: "#"', "x.y.TokenMgrError"), (4, 2, 4, 2), id="lexical"),
    pytest.param(refused("Cannot find table 'nope'"), (0, 0, 0, 0), id="no place"),
]


@pytest.mark.parametrize(("problem", "place"), PLACES)
def test_a_place_is_taken_from_wherever_it_stands(problem: FlinkProblemError, place: tuple[int, int, int, int]) -> None:
    found = classify(problem.trace)
    assert (found.line, found.column, found.end_line, found.end_column) == place


MESSAGES = [
    pytest.param(
        at_range(3, 8, 11, "Column 'nope' not found in any table"), "Column 'nope' not found in any table", id="no place in the text"
    ),
    pytest.param(
        unexpected_token("value", 1, 8),
        "Unexpected 'value' here.",
        id="reserved word",
    ),
    pytest.param(unexpected_token("<EOF>", 7, 1), "The statement ends too early", id="ends too early"),
    pytest.param(unexpected_token("<EOF>", 0, 0), "There is no statement in the text", id="empty"),
    pytest.param(
        refused("Non-query expression encountered in illegal context"), "This is not a statement that Flink knows.", id="first word"
    ),
    pytest.param(refused("only single statement supported"), "There is more than one statement in the text.", id="two statements"),
    pytest.param(
        traces.unknown_connector("kafkaa", ["datagen", "kafka"]),
        "Unknown connector 'kafkaa'. Did you mean 'kafka'? Use one of: datagen, kafka.",
        id="unknown connector",
    ),
    pytest.param(
        refused("Unsupported options found for 'openai'.\n\nUnsupported options:\n\nretry-nun\n\nSupported options:\n\nmodel\nretry-num"),
        "Unknown option 'retry-nun' for 'openai'. Did you mean 'retry-num'?",
        id="unknown option",
    ),
    pytest.param(
        refused("One or more required options are missing.\n\nMissing required options are:\n\napi-key\nmodel"),
        "Required options are missing in WITH (..): api-key, model.",
        id="missing options",
    ),
    pytest.param(
        refused(
            "Column types of query result and sink for 'default_catalog.default_database.s' do not match.\n"
            "Cause: Different number of columns.\n\nQuery schema: [id: INT]\nSink schema:  [id: INT, v: STRING]"
        ),
        "The query's columns do not fit table 's': Different number of columns.\n"
        "  query gives: [id: INT]\n  table wants: [id: INT, v: STRING]",
        id="columns do not fit",
    ),
    pytest.param(
        refused(
            "StreamPhysicalMLPredictTableFunction doesn't support consuming update changes "
            "which is produced by node GroupAggregate(groupBy=[v])"
        ),
        "ML_PREDICT needs rows that never change, and its input is updated later (GroupAggregate). Aggregate in a window",
        id="updating input",
    ),
    pytest.param(
        FlinkProblemError(
            traces.EXECUTION,
            ("java.lang.IllegalArgumentException", "Could not parse value 'abc' for key 'timeout'."),
            ("java.lang.NumberFormatException", 'For input string: "abc"'),
        ),
        "Option 'timeout' cannot have the value 'abc'.",
        id="the parent names the key",
    ),
    pytest.param(refused("a.b.C", "java.lang.ClassNotFoundException"), "Java class a.b.C was not found.", id="class missing"),
    pytest.param(refused("", "java.lang.NullPointerException"), "Failed to execute the operation.", id="innermost without a message"),
]


@pytest.mark.parametrize(("problem", "beginning"), MESSAGES)
def test_a_message_is_for_people(problem: FlinkProblemError, beginning: str) -> None:
    message = classify(problem.trace).message
    assert message.startswith(beginning)
    assert "\tat " not in message
    assert "org.apache" not in message


def test_a_row_is_never_shown() -> None:
    problem = refused("Could not complete the stream element: Record @ (undef) : +I(7, a customer's\nCaused words).")
    assert "customer" not in classify(problem.trace).message


def test_a_long_message_is_cut() -> None:
    assert len(classify(refused("x" * 5000).trace).message) < 700
