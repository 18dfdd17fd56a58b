"""Who may ask: programs, never a page that happens to be open in a browser on the same machine.

A browser sends what any page tells it to, also to the loopback address, and each answer can cost money. Three things tell such a request:
an Origin or a Sec-Fetch-Site of another site, a body that is not declared as JSON (what a form can send), and a Host that is a public
name, which the page's owner made point at the loopback address.
"""

import ipaddress
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from modelgateway.completion import to_json
from modelgateway.errors import AnswerError

INNER_SUFFIXES = (".localhost", ".svc", ".svc.cluster.local")
"""Names that no public name server answers for: a page's owner cannot make one point here."""

_OWN_SITE = frozenset({"", "none", "same-origin"})
_JSON = "application/json"


class ProgramsOnly:
    """Turns away what a page of another site can send, before anything is read of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403, 415 or 421 in the application's place, or pass the request on."""
        error = _refusal(str(scope["method"]), Headers(scope=scope)) if scope["type"] == "http" else None
        if error is None:
            await self._app(scope, receive, send)
            return
        await Response(to_json(error.body()), status_code=error.status, media_type=_JSON)(scope, receive, send)


def _refusal(method: str, headers: Headers) -> AnswerError | None:
    host = headers.get("host", "")
    if not is_inner(host):
        message = (
            f"The Host {host[:80]!r} is a public name: ask for this gateway by its address, by localhost or by its name in the cluster."
        )
        return AnswerError(HTTPStatus.MISDIRECTED_REQUEST, message, kind="invalid_request_error")
    origin = headers.get("origin", "")
    if headers.get("sec-fetch-site", "") not in _OWN_SITE or (origin and urlsplit(origin).netloc != host):
        message = "This request comes from a page of another site: this gateway answers programs only."
        return AnswerError(HTTPStatus.FORBIDDEN, message, kind="invalid_request_error")
    if method == "POST" and headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        message = f"The body's content type must be {_JSON}."
        return AnswerError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message, kind="invalid_request_error")
    return None


def is_inner(host: str) -> bool:
    """Return whether a Host names this machine or a service of its network: an address, a name without a dot, or one of INNER_SUFFIXES."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if not name or "." not in name or name.endswith(INNER_SUFFIXES):
        # An address of IPv6 has no dots; without a Host (HTTP/1.0) no browser asks.
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
