"""The HTTP face: routes, one log line a request, a well-formed answer for every row.

Flink's client keeps at most five calls in flight per endpoint, so each statement has a URL of its own: `/lanes/{lane}/v1/...` is the same
as `/v1/...`, and the lane appears in the log. It restarts the job on an error status, so a request that stands for a row always gets 200:
errors are for what is no chat completion request at all.
"""

import logging
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from modelgateway.backends.backend import Backend, Outcome
from modelgateway.completion import Answer, Completion, chat_completion, to_json
from modelgateway.connections import Admission, ClientGoneError, read_body, while_connected
from modelgateway.errors import AnswerError
from modelgateway.metrics import Metrics
from modelgateway.origin import ProgramsOnly
from modelgateway.rejection import Reason, RejectedError, Rejection
from modelgateway.request import CompletionRequest, parse_request
from modelgateway.settings import Settings
from modelgateway.usage import NOTHING

LOGGER = logging.getLogger("modelgateway")
CLIENT_CLOSED_REQUEST = 499
"""Not a registered status: what nginx, and Ollama after it, logs for a client that went away."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Gateway:
    """The endpoints over one backend."""

    def __init__(self, settings: Settings, backend: Backend, metrics: Metrics) -> None:
        self._settings, self._backend, self._metrics = settings, backend, metrics
        self._admission = Admission(capacity=settings.concurrency + settings.waiting)

    async def complete(self, request: Request) -> Response:
        """Answer a chat completion and log one line about it, without its texts."""
        started = time.monotonic()
        line = _Line(request)
        try:
            result = await self._result(request, line)
        except AnswerError as error:
            line.status = error.status
            raise
        except (ClientDisconnect, ClientGoneError):
            line.status, line.source = CLIENT_CLOSED_REQUEST, "cancelled"
            self._metrics.cancelled.inc()
            return Response(status_code=line.status)
        else:
            line.status = result.status
            return _respond(result)
        finally:
            seconds = time.monotonic() - started
            self._metrics.requests.labels(line.source).inc()
            self._metrics.latency.labels(line.source).observe(seconds)
            LOGGER.info("completion %s ms=%d", line, round(seconds * 1000))

    async def _result(self, request: Request, line: "_Line") -> Completion:
        try:
            body = await read_body(request, limit=self._settings.max_body_bytes)
            asked = parse_request(body, default_model=self._settings.model, lane=line.lane)
            line.model = _printable(asked.model)
            with self._admission.entered():
                self._metrics.in_flight.set(self._admission.present)
                outcome = await while_connected(request, self._outcome(asked))
            self._metrics.in_flight.set(self._admission.present)
        except RejectedError as error:
            outcome = Outcome(result=error.rejection, source="gateway")
        line.source = outcome.source
        if isinstance(outcome.result, Rejection):
            line.reason = str(outcome.result.reason)
            self._metrics.rejections.labels(line.reason).inc()
            content = outcome.result.content(line.request_id)
            return chat_completion(Answer(content=content, model=line.model, usage=NOTHING), request_id=line.request_id)
        return chat_completion(outcome.result, request_id=line.request_id)

    async def _outcome(self, asked: CompletionRequest) -> Outcome:
        try:
            return await self._backend.complete(asked)
        except Exception:
            # A defect of ours is no reason for a job to restart over and over on the same row.
            LOGGER.exception("the gateway failed on a request")
            message = "The model gateway failed on this row; its log has the reason."
            return Outcome(result=Rejection(reason=Reason.INTERNAL, message=message), source="gateway")

    async def models(self, _request: Request) -> Response:
        """List the models."""
        return _respond(await self._backend.models())

    async def health(self, request: Request) -> Response:
        """Answer 200 whenever this process serves. The body has upstream, model and budget.

        With `?only=process` no model server is asked: probes come every few seconds, and what they ask for may cost money.
        """
        if request.query_params.get("only") == "process":
            return _json_response(HTTPStatus.OK, {"process": "ok"})
        found = await self._backend.health()
        return _json_response(HTTPStatus.OK, {"process": "ok", "upstream": found.upstream, "model": found.model, **found.more})

    async def metrics(self, _request: Request) -> Response:
        """Export the metrics to Prometheus."""
        await self._backend.refresh_metrics()
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE_LATEST})

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Close the backend at the end."""
        yield
        await self._backend.close()


class _Line:
    """What the log tells of a request."""

    def __init__(self, request: Request) -> None:
        given = request.headers.get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        self.lane = _printable(request.path_params.get("lane", ""))
        self.status, self.model, self.source, self.reason = HTTPStatus.INTERNAL_SERVER_ERROR.value, "-", "none", "-"

    def __str__(self) -> str:
        told = f"model={self.model} lane={self.lane or '-'} source={self.source} reason={self.reason} request={self.request_id}"
        return f"status={self.status:d} {told}"


def create_app(settings: Settings, backend: Backend, metrics: Metrics) -> Starlette:
    """Build the ASGI application of one gateway."""
    gateway = Gateway(settings, backend, metrics)
    return Starlette(
        routes=[
            Route("/health", gateway.health, methods=["GET"]),
            Route("/metrics", gateway.metrics, methods=["GET"]),
            *_both("/v1/chat/completions", gateway.complete, "POST"),
            *_both("/v1/models", gateway.models, "GET"),
        ],
        exception_handlers={AnswerError: _answer_error, HTTPException: _http_error, Exception: _unexpected},
        lifespan=gateway.lifespan,
        middleware=[Middleware(ProgramsOnly)],
    )


def _both(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> list[Route]:
    return [Route(path, endpoint, methods=[method]), Route(f"/lanes/{{lane}}{path}", endpoint, methods=[method])]


def _respond(completion: Completion) -> Response:
    return Response(completion.body, status_code=completion.status, headers=dict(completion.headers))


def _json_response(status: int, value: object) -> Response:
    return Response(to_json(value), status_code=status, media_type="application/json")


async def _answer_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, AnswerError):
        raise error
    return _json_response(error.status, error.body())


async def _http_error(_request: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    known = "POST /v1/chat/completions, GET /v1/models, the same under /lanes/<lane>, GET /health and GET /metrics"
    body = AnswerError(status, f"{status.phrase}. This gateway knows {known}.", kind="invalid_request_error").body()
    response = _json_response(status, body)
    response.headers.update(dict(error.headers or {}) if isinstance(error, HTTPException) else {})
    return response


async def _unexpected(_request: Request, _error: Exception) -> Response:
    error = AnswerError(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The model gateway failed on this request; its log has the reason.", code="internal"
    )
    return _json_response(error.status, error.body())


def _printable(text: str) -> str:
    """Make a name fit for a log line: no line breaks or spaces from outside, and not longer than a name is."""
    return "".join(character if character.isprintable() and character != " " else "?" for character in text[:80])
