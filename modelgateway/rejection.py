"""Why a row gets no answer: a value that travels to the client as a well-formed answer, so that SQL can route the row.

Flink's client restarts the job on an error status and drops the row on an answer without choices. So whatever becomes of a request, the
client gets HTTP 200 and one choice. Its content is either the model's answer or the record that `Rejection.content` writes.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from modelgateway.usage import NOTHING, Usage

RECORD_KEY = "gateway_rejection"
"""The one top-level field of a rejection record. No answer of a model gets through with it: see `modelgateway.answers.check`."""
MAX_MESSAGE = 300


class Reason(StrEnum):
    """Each is a value of `reason` in the rejected topic."""

    UPSTREAM_REFUSED = "upstream_refused"
    KEY_REFUSED = "key_refused"
    MODEL_NOT_FOUND = "model_not_found"
    INPUT_TOO_LONG = "input_too_long"
    CONTENT_FILTER = "content_filter"
    NO_CHOICES = "no_choices"
    EMPTY_ANSWER = "empty_answer"
    TRUNCATED_ANSWER = "truncated_answer"
    NOT_JSON = "not_json"
    SCHEMA_MISMATCH = "schema_mismatch"
    ANSWER_TOO_LONG = "answer_too_long"
    BROKEN_ANSWER = "broken_answer"
    UPSTREAM_ERROR = "upstream_error"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    UPSTREAM_UNAVAILABLE = "upstream_unavailable"
    RATE_LIMITED = "rate_limited"
    BUDGET = "budget"
    OVERLOADED = "overloaded"
    UNSUPPORTED_REQUEST = "unsupported_request"
    INTERNAL = "internal"


DECIDED_BY_INPUT = frozenset(
    {
        Reason.UPSTREAM_REFUSED,
        Reason.INPUT_TOO_LONG,
        Reason.CONTENT_FILTER,
        Reason.NO_CHOICES,
        Reason.EMPTY_ANSWER,
        Reason.TRUNCATED_ANSWER,
        Reason.NOT_JSON,
        Reason.SCHEMA_MISMATCH,
        Reason.ANSWER_TOO_LONG,
    }
)
"""Asking again gives the same: the ledger keeps these. The others have causes that an operator or time removes."""


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """`status` is the upstream's, None where none was received; `message` a short text for people; `upstream` host and port, or empty."""

    reason: Reason
    message: str
    status: int | None = None
    upstream: str = ""

    def content(self, request_id: str) -> str:
        """Write the record that stands where the model's answer would."""
        return json.dumps({RECORD_KEY: {**asdict(self), "message": shorten(self.message), "request_id": request_id}}, ensure_ascii=False)


class RejectedError(Exception):
    """Permanent trouble: asking this upstream again gives the same. `usage` is what the model worked for it all the same."""

    def __init__(self, rejection: Rejection, usage: Usage = NOTHING) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection
        self.usage = usage


class TransientError(Exception):
    """Trouble that time may cure. `retry_after` is the upstream's own wish in seconds.

    `counts` tells whether it speaks against the upstream's health; a rate limit does not.
    """

    def __init__(self, rejection: Rejection, *, retry_after: float | None = None, counts: bool = True) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection
        self.retry_after = retry_after
        self.counts = counts


def shorten(text: str) -> str:
    """Return the text on one line, cut to MAX_MESSAGE characters."""
    # Cut first: a server may send megabytes as its reason.
    line = " ".join("".join(character if character.isprintable() else " " for character in text[: 4 * MAX_MESSAGE]).split())
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"
