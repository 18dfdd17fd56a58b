"""What an upstream's answer means: an answer, trouble that may pass, or a refusal for good."""

import math
import re
import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from modelgateway.answers.record import storable
from modelgateway.completion import Answer, estimated_usage
from modelgateway.rejection import Reason, RejectedError, Rejection
from modelgateway.request import CompletionRequest
from modelgateway.upstreams.exchange import Exchange, Server
from modelgateway.usage import Usage

_TRANSIENT = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.LOCKED, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_KEY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NOT_FOUND = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_NEVER_BETTER = frozenset({HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED})
_TOO_LONG = re.compile(r"context[ _-]?(length|size|window)|maximum context|too many tokens|prompt is too long", re.IGNORECASE)
_FILTERED = re.compile(r"content[ _-]?(filter|policy|management)|moderation|safety", re.IGNORECASE)
_NO_QUOTA = re.compile(r"insufficient_quota|budget|billing|payment|credit balance", re.IGNORECASE)
_CUT = frozenset({"length", "max_tokens"})
MAX_RETRY_AFTER = 120.0
_TOKENS = 1_000_000_000
"""No call has so many: a server that says so has not counted."""


def interpret(exchange: Exchange, request: CompletionRequest, server: Server) -> Answer:
    """Return the answer in an exchange. Raises TransientError, or RejectedError with the reason."""
    if exchange.status != HTTPStatus.OK:
        raise _refusal(exchange, server)
    body = exchange.json()
    if not isinstance(body, dict):
        kind = exchange.headers.get("content-type", "").split(";")[0] or "no content type"
        raise server.trouble(Reason.BROKEN_ANSWER, f"answered 200 with what is no JSON object ({kind})", status=exchange.status)
    if body.get("error") and not body.get("choices"):
        raise server.trouble(Reason.UPSTREAM_ERROR, f"answered 200 with an error: {_error_message(exchange)}", status=exchange.status)
    return _answer(body, request, server)


def _answer(body: dict[str, object], request: CompletionRequest, server: Server) -> Answer:
    usage = _usage(body.get("usage"))
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise _rejected(server, Reason.NO_CHOICES, "The model gave no choice.", usage)
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    refusal = message.get("refusal") if isinstance(message, dict) else None
    finish = choice.get("finish_reason")
    if finish == "content_filter" or (refusal and not content):
        raise _rejected(server, Reason.CONTENT_FILTER, f"The model's content filter held the answer back. {refusal or ''}", usage)
    if finish in _CUT:
        raise _rejected(server, Reason.TRUNCATED_ANSWER, "The model's answer ends at its length limit.", usage)
    if not isinstance(content, str) or not content.strip():
        raise _rejected(server, Reason.EMPTY_ANSWER, f"The model's answer is empty (finish_reason {finish}).", usage)
    model = body.get("model")
    return Answer(
        content=storable(content),
        model=storable(model if isinstance(model, str) else request.model),
        usage=usage or estimated_usage(request, content),
        upstream=server.upstream.name,
    )


def _usage(value: object) -> Usage | None:
    if not isinstance(value, dict):
        return None
    prompt, completion = value.get("prompt_tokens"), value.get("completion_tokens")
    if (
        not isinstance(prompt, int)
        or not isinstance(completion, int)
        or not 0 <= min(prompt, completion) <= max(prompt, completion) < _TOKENS
    ):
        return None
    return Usage(prompt=prompt, completion=completion, calls=1)


def _refusal(exchange: Exchange, server: Server) -> Exception:
    status, message = exchange.status, _error_message(exchange)
    if status == HTTPStatus.TOO_MANY_REQUESTS and not _NO_QUOTA.search(message):
        return server.trouble(Reason.RATE_LIMITED, f"answers 429: {message}", status=status, retry_after=_retry_after(exchange))
    if status in _NEVER_BETTER or (status < HTTPStatus.INTERNAL_SERVER_ERROR and (status not in _TRANSIENT or _NO_QUOTA.search(message))):
        reason = _permanent_reason(status, message)
        message = f"The model server answers {status}: {message}"
        return RejectedError(Rejection(reason=reason, message=message, status=status, upstream=server.upstream.name), Usage(calls=1))
    return server.trouble(Reason.UPSTREAM_ERROR, f"answers {status}: {message}", status=status, retry_after=_retry_after(exchange))


def _permanent_reason(status: int, message: str) -> Reason:
    if status in _KEY:
        return Reason.KEY_REFUSED
    if status in _NOT_FOUND:
        return Reason.MODEL_NOT_FOUND
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or _TOO_LONG.search(message):
        return Reason.INPUT_TOO_LONG
    if _NO_QUOTA.search(message) or status == HTTPStatus.PAYMENT_REQUIRED:
        return Reason.BUDGET
    return Reason.CONTENT_FILTER if _FILTERED.search(message) else Reason.UPSTREAM_REFUSED


def _error_message(exchange: Exchange) -> str:
    """Return what the server says of its error: `{"error": {"message", "type", "code"}}`, or a text in its place."""
    body = exchange.json()
    error = body.get("error", body.get("detail", body.get("message"))) if isinstance(body, dict) else None
    if isinstance(error, dict):
        parts = [str(error[name]) for name in ("message", "type", "code") if error.get(name)]
        return " / ".join(parts) or "no message"
    return error if isinstance(error, str) and error else "no message"


def _retry_after(exchange: Exchange) -> float | None:
    """Return the seconds of `Retry-After-Ms` or `Retry-After` (a number, or a date)."""
    milliseconds, given = exchange.headers.get("retry-after-ms", ""), exchange.headers.get("retry-after", "")
    try:
        if milliseconds:
            seconds = float(milliseconds) / 1000
        elif re.fullmatch(r"\d+(\.\d+)?", given.strip()):
            seconds = float(given)
        else:
            seconds = parsedate_to_datetime(given).timestamp() - time.time()
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER) if math.isfinite(seconds) else None


def _rejected(server: Server, reason: Reason, message: str, usage: Usage | None) -> RejectedError:
    rejection = Rejection(reason=reason, message=message, status=HTTPStatus.OK, upstream=server.upstream.name)
    return RejectedError(rejection, usage or Usage(calls=1))
