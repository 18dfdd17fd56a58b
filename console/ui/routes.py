"""The page's server: three kinds of files, and what the page asks for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from console.ui.actions import ACTIONS, ActionRunner, ActionRunningError
from console.ui.collector import Collector, problem_text
from console.ui.details import UnknownStatementError, details, job_definition, topics_in
from console.ui.explanations import Explanations
from console.ui.guard import API, Guarded
from console.ui.rows import RowReaders
from console.ui.snapshot import snapshot
from console.ui.stack import StackReader
from console.ui.trends import Trends
from webproxy.guard import AccessGuard

STATIC = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_LARGEST_BODY = 4096

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the answers are made from. Without `actions` there are no routes for them."""

    reader: StackReader
    collector: Collector
    trends: Trends
    rows: RowReaders
    explanations: Explanations
    actions: ActionRunner | None = None


def create_app(parts: Parts, guard: AccessGuard) -> Starlette:
    """Build the ASGI application of one page."""
    api = _Api(parts)
    routes = [
        *(Route("/" if file.name == "index.html" else f"/{file.name}", _file(file)) for file in sorted(STATIC.iterdir())),
        Route(f"{API}snapshot", api.snapshot),
        Route(f"{API}statements/{{name}}", api.statement),
        Route(f"{API}statements/{{name}}/why", api.why),
        Route(f"{API}topics/{{topic}}/rows", api.rows),
    ]
    if parts.actions is not None:
        routes += [Route(f"{API}actions", api.actions), Route(f"{API}actions/{{action}}", api.act, methods=["POST"])]
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_error, UnknownStatementError: _unknown, Exception: _unexpected},
        middleware=[Middleware(Guarded, guard=guard)],
    )
    app.router.redirect_slashes = False
    return app


class _Api:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def snapshot(self, request: Request) -> Response:
        """Answer 204 where the page has the newest (`revision`) already."""
        self._parts.collector.want()
        revision, readings = self._parts.collector.read()
        if request.query_params.get("revision") == str(revision):
            return Response(status_code=HTTPStatus.NO_CONTENT)
        drawn = _number(request.query_params.get("drawn"))
        # Thousands of rows take a while: other requests go on meanwhile.
        found = await run_in_threadpool(snapshot, self._parts.reader.facts, readings, self._parts.trends, drawn=drawn)
        return JSONResponse({"revision": revision, "actions": sorted(ACTIONS) if self._parts.actions else [], **found})

    async def statement(self, request: Request) -> Response:
        """Answer with one statement, 404 for a name that no job has."""
        self._parts.collector.want()
        _, readings = self._parts.collector.read()
        name = request.path_params["name"]
        return JSONResponse(await run_in_threadpool(details, self._parts.reader.facts, readings, self._parts.trends, name))

    async def why(self, request: Request) -> Response:
        """Answer with what `why` says of a statement."""
        name = self._known(request.path_params["name"])
        return JSONResponse(await run_in_threadpool(self._parts.explanations.of, name))

    async def rows(self, request: Request) -> Response:
        """Answer with the newest rows of a topic of the graph."""
        topic = request.path_params["topic"]
        if topic not in topics_in(self._parts.reader.facts):
            raise HTTPException(HTTPStatus.NOT_FOUND, f"the pipeline has no topic {topic[:80]}")
        return JSONResponse(await run_in_threadpool(self._parts.rows.rows, topic))

    async def actions(self, _request: Request) -> Response:
        """Answer with the last action and what it printed."""
        return JSONResponse(self._runner.status())

    async def act(self, request: Request) -> Response:
        """Start an action; 409 while another one runs."""
        name = request.path_params["action"]
        if name not in ACTIONS:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no action {name[:80]}: there are {', '.join(sorted(ACTIONS))}")
        given = await _body(request)
        statement = self._known(str(given.get("statement") or "")) if ACTIONS[name].of_statement else ""
        try:
            await run_in_threadpool(self._runner.start, name, statement)
        except ActionRunningError:
            raise HTTPException(HTTPStatus.CONFLICT, "another command runs: wait until it ends") from None
        return JSONResponse(self._runner.status(), status_code=HTTPStatus.ACCEPTED)

    @property
    def _runner(self) -> ActionRunner:
        if self._parts.actions is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return self._parts.actions

    def _known(self, name: str) -> str:
        job_definition(self._parts.reader.facts, name)
        return name


async def _body(request: Request) -> dict[str, Any]:
    """Read a JSON object. Only such a type: a form of another page can send others without asking."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
    if _number(request.headers.get("content-length"), otherwise=_LARGEST_BODY + 1) > _LARGEST_BODY:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {_LARGEST_BODY} bytes, with their length")
    try:
        found = await request.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "send a JSON object")
    return found


def _file(file: Path) -> Endpoint:
    async def answer(_request: Request) -> Response:
        return FileResponse(file, media_type=_TYPES[file.suffix])

    return answer


def _number(text: str | None, *, otherwise: int = 0) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else otherwise


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return PlainTextResponse(f"{getattr(error, 'detail', '')}\n", status_code=status)


async def _unknown(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=HTTPStatus.NOT_FOUND)


async def _unexpected(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{problem_text(error)}\n", status_code=HTTPStatus.INTERNAL_SERVER_ERROR)
