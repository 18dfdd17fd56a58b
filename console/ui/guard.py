"""Who gets an answer: the page's files whoever names this address rightly, everything else whoever has the token.

The files hold nothing of the stack. The token comes in the link's fragment, which a browser sends nowhere; the page's script sends it as
`Authorization`. So there is no cookie, and nothing that another page could make a browser do with it.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webproxy.guard import AccessGuard, Refusal

API = "/api/"

PROTECTION = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Of every answer. Nothing comes from elsewhere, and no text becomes markup: the browser itself refuses it."""


class Guarded:
    """An ASGI application before the page's own."""

    def __init__(self, app: ASGIApp, guard: AccessGuard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(PROTECTION)
            await send(message)

        refusal = self._refusal(scope)
        answer = PlainTextResponse(f"{refusal.message}\n", status_code=refusal.status) if refusal else self._app
        await answer(scope, receive, protected)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        path = str(scope["path"])
        if not path.startswith(API) and scope["method"] in {"GET", "HEAD"}:
            return self._guard.judge_host(headers)
        # Only the token itself counts, whatever cookies and queries a request has.
        verdict = self._guard.judge("", path, {}, headers, {})
        return verdict if isinstance(verdict, Refusal) else None
