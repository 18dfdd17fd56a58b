"""From the text of an HTTP 500 to a `ServerProblem`. The tables were measured on Flink 2.1.2 and 2.2.1, which differ in a few words."""

import re
from collections.abc import Callable
from dataclasses import replace

from flinksql.flink.gateway.advice import with_advice
from flinksql.flink.gateway.errors import ProblemKind, ServerProblem
from flinksql.flink.gateway.messages import plain_message
from flinksql.flink.stacktrace import Cause, causes, root_cause, shorten, without_data

# Searched in the whole text, first match wins: a duplicate's exception class stands inside another server's nested trace,
# on no `Caused by` line, and the others must win over whatever happens to be the innermost exception.
_KINDS: tuple[tuple[ProblemKind, re.Pattern[str]], ...] = (
    (ProblemKind.DUPLICATE_JOB, re.compile(r"DuplicateJobSubmissionException")),
    (ProblemKind.SESSION_LOST, re.compile(r"Session '[^']*' does not exist")),
    (ProblemKind.OPERATION_LOST, re.compile(r"Can not find the submitted operation in the OperationManager|Expecting token to be ")),
    (ProblemKind.STATE_REFUSED, re.compile(r"Cannot map checkpoint/savepoint state")),
    (ProblemKind.STATE_MISSING, re.compile(r"Cannot find checkpoint or savepoint file/directory")),
    (ProblemKind.SERVER, re.compile(r"java\.lang\.OutOfMemoryError")),
    (
        ProblemKind.JOBMANAGER_DOWN,
        re.compile(r"java\.net\.ConnectException|ConnectTimeoutException|Connection refused|ConnectionClosedException"),
    ),
)

_FIXED: dict[ProblemKind, str] = {
    ProblemKind.DUPLICATE_JOB: "Flink has already been given a job with this job id.",
    ProblemKind.SESSION_LOST: "The SQL Gateway lost the session: it was restarted, or several gateways share one address.",
    ProblemKind.OPERATION_LOST: "The SQL Gateway lost the operation: it was restarted, or several gateways share one address.",
    ProblemKind.JOBMANAGER_DOWN: "The SQL Gateway runs, but cannot reach the JobManager. Is the Flink cluster running?",
    ProblemKind.SERVER: "The SQL Gateway ran out of memory. Give it a larger heap, or restart it.",
}

_OVERFLOW = re.compile(r"^Caused by: java\.lang\.StackOverflowError", re.MULTILINE)
_TOO_DEEP = (
    "The statement is nested too deeply for Flink's planner, which counts each AND, OR and || of a chain as a level. "
    "Write IN (...) for a chain of OR, or split the statement into views."
)
_RANGE = re.compile(r"From line (\d+), column (\d+) to line (\d+), column (\d+)")
_POINT = re.compile(r"\b[Aa]t line (\d+), column (\d+)")
_OBJECT = re.compile(r"(?:table|model|sink for) '(?:`?default_catalog`?\.`?default_database`?\.)`?([^'`\n]+)`?'")
_PARSER = re.compile(r"Encountered |Incorrect syntax|Lexical error")
_EXPECTING = "\nWas expecting"
_EXPECTED = re.compile(r"^\s+(?:\"(?P<word>\S+)\"|(?P<sort><\w+>))", re.MULTILINE)
_UNPARSED_VALUE = re.compile(r"Could not parse value '.*' for key '")
_ALLOWED = re.compile(r"Expected one of: \[\[?(?P<values>[^\]]*)\]")
_MISSING_CLASSES = ("ClassNotFoundException", "NoClassDefFoundError")
_CONFIGURATION_NAMES = ("NumberFormatException", "DateTimeParseException")


def classify(text: str) -> ServerProblem:
    """Return what the server's error text means. `text` is the stack trace of an error body, of any size."""
    kind = next((kind for kind, pattern in _KINDS if pattern.search(text)), None)
    if kind in _FIXED:
        return ServerProblem(kind=kind, message=_FIXED[kind])
    cause = _relevant_cause(text)
    if kind is None:
        kind = ProblemKind.CONFIGURATION if cause.simple_name in _CONFIGURATION_NAMES else ProblemKind.STATEMENT
    return replace(_at(_place(text, cause), kind, _message(cause, text)), objects=_objects(text), expected=_expected(cause.message))


def _relevant_cause(text: str) -> Cause:
    """Return the innermost cause, or its parent where only the parent names the key that is wrong."""
    return next((cause for cause in reversed(causes(text)) if _UNPARSED_VALUE.search(cause.message)), root_cause(text))


def _message(cause: Cause, text: str) -> str:
    message = cause.message + _allowed(text, cause)
    if _OVERFLOW.search(text):
        return _TOO_DEEP
    if cause.simple_name in _MISSING_CLASSES:
        return f"Java class {message} was not found. Is its jar on the SQL Gateway's and the cluster's class path?"
    for cut in _CUTS:
        message = cut(message)
    return shorten(with_advice(plain_message(message))) if message else without_data(cause)


def _allowed(text: str, cause: Cause) -> str:
    """Return the values that a key can have, which stand in a cause further down than the key."""
    if not _UNPARSED_VALUE.search(cause.message) or "Expected" in cause.message:
        return ""
    match = _ALLOWED.search(text)
    if match:
        return f" It is one of {', '.join(part.strip() for part in match['values'].split(','))}."
    return next((advice for sign, advice in _FORMS_OF_VALUES if sign in text), "")


_FORMS_OF_VALUES = (
    ("text does not start with a number", " It is a duration such as '30 s'."),
    ("NumberFormatException", " It is a number."),
    ("Unrecognized option for boolean", " Write 'true' or 'false'."),
)


def _without_expected_tokens(message: str) -> str:
    return message.split(_EXPECTING, 1)[0].rstrip()


def _expected(message: str) -> tuple[str, ...]:
    """Return what the parser says that it expected, each once."""
    listing = message.partition(_EXPECTING)[2]
    return tuple(dict.fromkeys(match["word"] or match["sort"] for match in _EXPECTED.finditer(listing)))


def _without_position(message: str) -> str:
    message = re.sub(r"^(?:SQL (?:parse|validation) failed\. )?(?:From line [\d, a-z]+|At line \d+, column \d+): ", "", message)
    # Counted in what was sent, not in the file; the place in the file leads the message.
    return message if _PARSER.match(message) else re.sub(r",? at line \d+, column \d+(?=[.,\n]|$)", "", message)


def _without_rows(message: str) -> str:
    return re.sub(r"Record @ .*", "a record (not shown)", message, flags=re.DOTALL)


_CUTS: tuple[Callable[[str], str], ...] = (_without_expected_tokens, _without_position, _without_rows)


def _place(text: str, cause: Cause) -> tuple[int, int, int, int]:
    """Return line, column, end line and end column: the trace's innermost range, else the point that the cause names, else zeros."""
    ranges = _RANGE.findall(text)
    if ranges:
        line, column, end_line, end_column = (int(number) for number in ranges[-1])
        return line, column, end_line, end_column
    point = _POINT.search(cause.message) or next(iter(_POINT.finditer(_headers(text))), None)
    if point is None:
        return 0, 0, 0, 0
    line, column = int(point[1]), int(point[2])
    return line, column, line, column


def _objects(text: str) -> tuple[str, ...]:
    """Return the names of the tables and models that the trace speaks of."""
    return tuple(dict.fromkeys(name for cause in reversed(causes(text)) for name in _OBJECT.findall(cause.message)))


def _headers(text: str) -> str:
    return "\n".join(cause.message for cause in causes(text))


def _at(place: tuple[int, int, int, int], kind: ProblemKind, message: str) -> ServerProblem:
    line, column, end_line, end_column = place
    return ServerProblem(kind=kind, message=message, line=line, column=column, end_line=end_line, end_column=end_column)
