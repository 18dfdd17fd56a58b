"""Passing requests on, and answers back, as streams."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, MultiMapping
from yarl import URL

from webproxy.guard import READY_PATH, AccessGuard, Refusal, SignedIn, location_here

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"}
)
_HIDDEN_FROM_UPSTREAM = _HOP_BY_HOP | {"authorization", "cookie", "expect"}
_HIDDEN_FROM_BROWSER = _HOP_BY_HOP | {"access-control-allow-origin", "access-control-allow-credentials"}
_PROTECTION = {
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""No other page may frame this one, or be told its address."""
_SESSION = web.AppKey("session", aiohttp.ClientSession)
_CHUNK_BYTES = 64 * 1024
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 120.0
"""Longer than Flink waits for itself. Each byte begins it anew, so a stream of events may go on for ever."""


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """The page's own server: its base URL, and a TLS context or a Unix socket where it takes one to get there. `name` is for messages."""

    name: str
    base_url: str
    tls: ssl.SSLContext | None = None
    socket: Path | None = None

    def connector(self) -> aiohttp.BaseConnector:
        """Return what opens connections; to be called in the loop that uses it."""
        if self.socket is not None:
            return aiohttp.UnixConnector(path=str(self.socket), limit=32)
        return aiohttp.TCPConnector(limit=32, ssl=self.tls if self.tls is not None else True)


def application(upstream: Upstream, doorkeeper: AccessGuard) -> web.Application:
    """Return the proxy as an application of aiohttp."""

    async def session(app: web.Application) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
        async with aiohttp.ClientSession(
            connector=upstream.connector(), timeout=timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        ) as made:
            app[_SESSION] = made
            yield

    async def handle(request: web.Request) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        if path == READY_PATH and doorkeeper.is_ours(request.headers.get("host", "")):
            return web.json_response({})
        verdict = doorkeeper.judge(request.method, path, request.query, request.headers, request.cookies)
        if isinstance(verdict, Refusal):
            return web.Response(status=verdict.status, text=f"{verdict.message}\n", headers=_PROTECTION)
        if isinstance(verdict, SignedIn):
            answer = web.Response(
                status=HTTPStatus.SEE_OTHER, headers={"location": verdict.location, "cache-control": "no-store", **_PROTECTION}
            )
            answer.set_cookie(doorkeeper.cookie_name, verdict.cookie, path=verdict.path, httponly=True, samesite="Strict")
            return answer
        return await _passed_on(request, request.app[_SESSION], upstream, doorkeeper, verdict.path)

    app = web.Application()
    app.cleanup_ctx.append(session)
    app.router.add_route("*", "/{path:.*}", handle)
    return app


async def _passed_on(
    request: web.Request, session: aiohttp.ClientSession, upstream: Upstream, doorkeeper: AccessGuard, path: str
) -> web.StreamResponse:
    query = request.raw_path.partition("?")[2]
    url = f"{upstream.base_url}{path}{'?' if query else ''}{query}"
    headers = _headers(request.headers, _HIDDEN_FROM_UPSTREAM)
    cookies = {name: value for name, value in request.cookies.items() if name != doorkeeper.cookie_name}
    if cookies:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    body = request.content.iter_chunked(_CHUNK_BYTES) if request.can_read_body else None
    try:
        answer = await session.request(
            request.method,
            # As it came: a path that is decoded and encoded again is another one.
            URL(url, encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
            skip_auto_headers=("user-agent", "accept"),
        )
    except (aiohttp.ClientError, TimeoutError) as error:
        words = f"{upstream.name} does not answer ({str(error) or type(error).__name__}).\n"
        return web.Response(status=HTTPStatus.BAD_GATEWAY, text=words, headers=_PROTECTION)
    async with answer:
        return await _brought_back(request, answer, doorkeeper)


async def _brought_back(request: web.Request, answer: aiohttp.ClientResponse, doorkeeper: AccessGuard) -> web.StreamResponse:
    headers = _headers(answer.headers, _HIDDEN_FROM_BROWSER)
    if "location" in headers:
        host = request.headers.get("host", "")
        headers["location"] = location_here(headers["location"], root=doorkeeper.root, hosts=frozenset({host}))
    for name, value in _PROTECTION.items():
        headers[name] = value
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
    await response.prepare(request)
    try:
        async for part in answer.content.iter_chunked(_CHUNK_BYTES):
            await response.write(part)
        await response.write_eof()
    except (aiohttp.ClientError, TimeoutError, ConnectionResetError):
        # The status has been sent already: that the answer is not whole can only be told by cutting it off.
        if request.transport is not None:
            request.transport.abort()
    return response


def _headers(given: MultiMapping[str], hidden: frozenset[str]) -> CIMultiDict[str]:
    named = {name.strip().lower() for name in given.get("connection", "").split(",")}
    return CIMultiDict((name, value) for name, value in given.items() if name.lower() not in hidden | named)
