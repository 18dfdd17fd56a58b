r"""A Java stack trace for people: the innermost cause, without frames and without data.

A trace is `class: message`, frames (`\n\tat ..`), then `Caused by: class: message` and so on. Messages may have several lines and may hold
another server's whole trace. Flink puts rows into messages (`Record @ (undef) : +I(..)`, `Failed to deserialize JSON '..'`):
those never leave here.
"""

import re
from dataclasses import dataclass

MESSAGE_CHARACTERS = 600
"""Longest message that is shown: two schemas of a sink mismatch fit, a list of a hundred options does not."""

_CAUSED_BY = "Caused by: "
_HEADER = re.compile(r"(?P<name>[\w$]+(?:\.[\w$]+)+)(?:: ?(?P<message>.*))?\Z", re.DOTALL)
_WRAPPERS = re.compile(r"<Exception on server side:\s*|\s*End of exception on server side>?\]?")
_ROW = re.compile(r"Record @ .*", re.DOTALL)
_RECORD_TEXT = re.compile(r"(Failed to deserialize \S+(?: record)?) '.*", re.DOTALL)
_JACKSON_SOURCE = re.compile(r"\s*(?:at )?\[Source: .*", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'", re.DOTALL)
_LONG_QUOTED = re.compile(r"\"[^\"]{40,}\"|'[^']{40,}'", re.DOTALL)
"""A model's server may quote the request that it refuses; the names of its fields are shorter."""
_MODEL_SERVER = ("BadRequestException", "UnprocessableEntityException")
_QUOTING_DATA = (
    "DateTimeException",
    "JsonParseException",
    "JsonEOFException",
    "MismatchedInputException",
    "InvalidFormatException",
    "NumberFormatException",
    "DateTimeParseException",
)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One exception of a trace. `name` is the class with its package, `message` what it says, possibly empty and of several lines."""

    name: str
    message: str

    @property
    def simple_name(self) -> str:
        """The class without its package."""
        return re.split(r"[.$]", self.name)[-1]

    def __str__(self) -> str:
        return f"{self.simple_name}: {self.message}" if self.message else self.simple_name


def causes(trace: str) -> tuple[Cause, ...]:
    """Return all exceptions of a trace, outermost first. A text that is no trace is one cause without a name."""
    found: list[list[str]] = []
    reading = True
    for line in _WRAPPERS.sub("\n", trace).strip("\n").split("\n"):
        if line.startswith(_CAUSED_BY) or not found:
            found.append([line.removeprefix(_CAUSED_BY)])
            reading = True
        elif line.startswith(("\tat ", "\t...", "\tSuppressed:")):
            reading = False
        elif reading:
            found[-1].append(line)
    return tuple(_cause("\n".join(lines).strip()) for lines in found)


def root_cause(trace: str) -> Cause:
    """Return the innermost exception that says something: the last `Caused by` with a message, else the last one."""
    all_causes = causes(trace)
    return next((cause for cause in reversed(all_causes) if cause.message), all_causes[-1])


def without_data(cause: Cause) -> str:
    """Return the cause as a line for people in which no row, record or value of a row is left."""
    message = _ROW.sub("a record (not shown)", cause.message)
    message = _RECORD_TEXT.sub(r"\1 record (not shown)", message)
    message = _JACKSON_SOURCE.sub("", message)
    if cause.simple_name in _QUOTING_DATA:
        message = _QUOTED.sub("(not shown)", message)
    if cause.simple_name in _MODEL_SERVER:
        message = _LONG_QUOTED.sub("(not shown)", message)
    return shorten(str(Cause(name=cause.name, message=message)))


def shorten(message: str, limit: int = MESSAGE_CHARACTERS) -> str:
    """Return the message with blank lines removed and at most `limit` characters."""
    text = "\n".join(line.rstrip() for line in message.strip().splitlines() if line.strip())
    return text if len(text) <= limit else text[:limit].rstrip() + " ..."


def _cause(text: str) -> Cause:
    match = _HEADER.match(text)
    if match is None:
        return Cause(name="", message=text)
    return Cause(name=match["name"], message=(match["message"] or "").strip())
