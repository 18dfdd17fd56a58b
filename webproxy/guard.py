"""Who may ask: whoever was given the token, and never a page of another site. Decided before anything is sent on."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

READY_PATH = "/proxy-ready"
"""Answered to everybody on this machine: that the proxy runs, and nothing more."""
TOKEN = "token"  # noqa: S105  # the name of the parameter
_OWN_SITE = frozenset({"", "none", "same-origin"})
_BEARER = "bearer "


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An answer in the page's place. `words` are for the person who asked."""

    status: HTTPStatus
    message: str


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """The token was right: the browser is sent to `location` and keeps `cookie`, which it sends to paths below `path` only."""

    location: str
    cookie: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """The request may go on, to `path` of the page's own server."""

    path: str


@dataclass(frozen=True, kw_only=True)
class AccessGuard:
    """Judges the requests to one port. `how` tells a person where the link with the token comes from.

    A browser sends a cookie to every port of a host, another user's too. Where the page can live below a path, it gets one that nobody
    can guess (`hides_path`), and the cookie is sent there only.
    """

    port: int
    token: str
    how: str
    hides_path: bool = True

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("a proxy without a token lets everybody in")

    @property
    def root(self) -> str:
        """The path below which the page lives, with a slash at the end."""
        return f"/{self._derived('path')[:32]}/" if self.hides_path else "/"

    @property
    def cookie_name(self) -> str:
        """One for each port, so that two stacks do not overwrite each other's."""
        return f"flink-reviews-{self.port}"

    @property
    def link(self) -> str:
        """The address that lets a browser in."""
        return f"http://127.0.0.1:{self.port}/?{TOKEN}={self.token}"

    def judge(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], cookies: Mapping[str, str]
    ) -> Refusal | SignedIn | Allowed:
        """Decide on one request. `headers` finds names in any case; `path` is undecoded."""
        if refusal := self._foreign(headers):
            return refusal
        if method == "GET" and path == "/" and TOKEN in query:
            if self._is(query[TOKEN], self.token):
                return SignedIn(location=self.root, cookie=self._derived("cookie"), path=self.root)
            return self._unknown()
        given = headers.get("authorization", "")
        if given[: len(_BEARER)].lower() == _BEARER:
            return Allowed(path=path) if self._is(given[len(_BEARER) :].strip(), self.token) else self._unknown()
        if path.startswith(self.root) and self._is(cookies.get(self.cookie_name, ""), self._derived("cookie")):
            return Allowed(path=path[len(self.root) - 1 :])
        return self._unknown()

    def is_ours(self, host: str) -> bool:
        """Return whether a Host is this port by a name that nobody can make point elsewhere."""
        return host.lower() in {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]")}

    def judge_host(self, headers: Mapping[str, str]) -> Refusal | None:
        """Refuse a request that came by a name of somebody else's. For what is no secret: no token is asked for."""
        host = headers.get("host", "")
        if self.is_ours(host):
            return None
        return Refusal(status=HTTPStatus.MISDIRECTED_REQUEST, message=f"This is 127.0.0.1:{self.port}, not {host[:80]!r}.")

    def _foreign(self, headers: Mapping[str, str]) -> Refusal | None:
        if refusal := self.judge_host(headers):
            return refusal
        host = headers.get("host", "")
        origin = headers.get("origin", "")
        if headers.get("sec-fetch-site", "") not in _OWN_SITE or (origin and origin.lower() != f"http://{host.lower()}"):
            return Refusal(status=HTTPStatus.FORBIDDEN, message="This request comes from a page of another site. Open the link by itself.")
        return None

    def _unknown(self) -> Refusal:
        return Refusal(status=HTTPStatus.UNAUTHORIZED, message=f"This page opens with a link that carries a token. {self.how}")

    def _derived(self, use: str) -> str:
        return hmac.new(self.token.encode(), use.encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _is(given: str, wanted: str) -> bool:
        return hmac.compare_digest(given.encode(), wanted.encode())


def location_here(location: str, *, root: str, hosts: frozenset[str]) -> str:
    """Rewrite where a page's own server sends the browser: paths go below `root`, addresses of the server itself become paths."""
    parts = urlsplit(location)
    if parts.netloc and parts.netloc not in hosts:
        return location
    if not parts.netloc and not parts.path.startswith("/"):
        return location
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{root.rstrip('/')}{parts.path or '/'}{query}{fragment}"
