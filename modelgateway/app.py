"""The HTTP face: routes, one log line a request, every error in OpenAI's shape.

Flink's client keeps at most five calls in flight per endpoint, so each statement has a URL of its own: `/lanes/{lane}/v1/...` is the same
as `/v1/...`, and the lane appears in the log.
"""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from modelgateway.admission import Admission
from modelgateway.backends.backend import Backend
from modelgateway.body import read_body
from modelgateway.completion import Completion, to_json
from modelgateway.errors import AnswerError
from modelgateway.request import parse_request
from modelgateway.settings import Settings

LOGGER = logging.getLogger("modelgateway")
CLIENT_CLOSED_REQUEST = 499
"""Not a registered status: what nginx, and Ollama after it, logs for a client that went away."""


class Gateway:
    """The endpoints over one backend."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        self._settings = settings
        self._backend = backend
        self._admission = Admission(concurrency=settings.concurrency, waiting=settings.waiting)

    async def complete(self, request: Request) -> Response:
        """Answer a chat completion and log one line about it, without its texts."""
        started = time.monotonic()
        lane = _printable(request.path_params.get("lane", ""))
        status, model = HTTPStatus.INTERNAL_SERVER_ERROR.value, "-"
        try:
            body = await read_body(request, limit=self._settings.max_body_bytes)
            asked = parse_request(body, default_model=self._settings.model, lane=lane)
            model = _printable(asked.model)
            async with self._admission.turn():
                response = _respond(await self._backend.complete(asked))
            status = response.status_code
        except AnswerError as error:
            status = error.status
            raise
        except ClientDisconnect:
            status = CLIENT_CLOSED_REQUEST
            return Response(status_code=status)
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            LOGGER.info("completion status=%d ms=%d model=%s lane=%s", status, milliseconds, model, lane or "-")
        return response

    async def models(self, _request: Request) -> Response:
        """List the models."""
        return _respond(await self._backend.models())

    async def health(self, _request: Request) -> Response:
        """200 whenever this process serves; upstream and model are told apart in the body."""
        found = await self._backend.health()
        return _json_response(HTTPStatus.OK, {"process": "ok", "upstream": found.upstream, "model": found.model})

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Close the backend at the end."""
        yield
        await self._backend.close()


def create_app(settings: Settings, backend: Backend) -> Starlette:
    """Build the ASGI application of one gateway."""
    gateway = Gateway(settings, backend)
    return Starlette(
        routes=[
            Route("/health", gateway.health, methods=["GET"]),
            *_both("/v1/chat/completions", gateway.complete, "POST"),
            *_both("/v1/models", gateway.models, "GET"),
        ],
        exception_handlers={AnswerError: _answer_error, HTTPException: _http_error, Exception: _unexpected},
        lifespan=gateway.lifespan,
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
    known = "POST /v1/chat/completions, GET /v1/models, the same under /lanes/<lane>, and GET /health"
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
