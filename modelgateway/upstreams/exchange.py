"""One HTTP exchange with an OpenAI-compatible server, and the words for what can go wrong on the way.

The gateway's own key is cut out of every answer: some servers quote it when they refuse it, and Flink would print it into its logs.
"""

import asyncio
import ipaddress
import json
import os
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import certifi

from modelgateway.api_key import FollowedKey
from modelgateway.rejection import Reason, Rejection, TransientError
from modelgateway.settings import Settings, Upstream

CONNECT_SECONDS = 5.0
DEADLINE_MARGIN = 0.1
"""Seconds by which a call ends before its request does, so that the reason is the server's silence."""
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""An answer is some kilobytes; more than this is not one, and would only fill the memory."""
KEY_NOT_SHOWN = "(key not shown)"
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What came back. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Return the body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Server:
    """A connection pool to one server. Whatever key the client sent stays out of it."""

    def __init__(self, upstream: Upstream, settings: Settings) -> None:
        self.upstream = upstream
        self._settings = settings
        self._attempt_seconds = settings.attempt_seconds
        self._proxy = proxy_for(upstream.base, settings.proxy)
        self._opened: aiohttp.ClientSession | None = None
        self._key = FollowedKey(key=upstream.api_key, file=upstream.key_file)

    @property
    def _session(self) -> aiohttp.ClientSession:
        """Return the connection pool, created with the first request because it belongs to the running loop."""
        if self._opened is None:
            # Without headers of its own: aiohttp would tell them to the proxy as well, the key among them.
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._settings.concurrency + 2, ssl=tls_context(self._settings.ca_file)),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._opened

    async def post(self, path: str, body: bytes, headers: Mapping[str, str], *, deadline: float) -> Exchange:
        """Send JSON to a path below the base URL and wait as long as an attempt may take. Raises TransientError."""
        rest = deadline - time.monotonic() - DEADLINE_MARGIN
        seconds = max(DEADLINE_MARGIN, min(self._attempt_seconds, rest))
        return await self._exchange("POST", self.upstream.base + path, body, headers, seconds=seconds)

    async def get(self, path: str, *, seconds: float) -> Exchange:
        """Ask for a path below the base URL. Raises TransientError."""
        return await self._exchange("GET", self.upstream.base + path, None, None, seconds=seconds)

    async def at_root(self, method: str, path: str, body: bytes | None = None, *, seconds: float) -> Exchange:
        """Ask for a path of the server itself, beside `/v1`: what llama.cpp and vLLM tell there. Raises TransientError."""
        return await self._exchange(method, self.upstream.base.removesuffix("/v1") + path, body, None, seconds=seconds)

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()

    async def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str] | None, *, seconds: float) -> Exchange:
        key = self._key.now()
        authorization = {"authorization": f"Bearer {key}"} if key else {}
        sent = {**authorization, **({"content-type": "application/json"} if body is not None else {}), **(headers or {})}
        try:
            # Over all of it: a server that drips would never be too slow for a limit between two bytes.
            async with (
                asyncio.timeout(seconds),
                self._session.request(method, url, data=body, headers=sent, proxy=self._proxy, allow_redirects=False) as answer,
            ):
                content = await self._read(answer)
        except aiohttp.ClientHttpProxyError as error:
            raise self.trouble(Reason.UPSTREAM_UNAVAILABLE, f"cannot be reached: the proxy answers {error.status}") from None
        except aiohttp.ClientConnectorCertificateError:
            raise self.trouble(Reason.UPSTREAM_UNAVAILABLE, "cannot be reached: its certificate is not trusted (model.caFile)") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise self.trouble(Reason.UPSTREAM_UNAVAILABLE, "cannot be reached") from None
        except TimeoutError:
            raise self.trouble(Reason.UPSTREAM_TIMEOUT, f"did not answer within {seconds:.3g} s") from None
        except aiohttp.ClientError:
            raise self.trouble(Reason.BROKEN_ANSWER, "broke off its answer") from None
        content = _without(content, self._key.known)
        return Exchange(status=answer.status, headers={name.lower(): value for name, value in answer.headers.items()}, body=content)

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for part in answer.content.iter_any():
            content += part
            if len(content) > MAX_ANSWER_BYTES:
                raise self.trouble(Reason.BROKEN_ANSWER, f"answered more than {MAX_ANSWER_BYTES} bytes")
        return bytes(content)

    def trouble(self, reason: Reason, what: str, *, status: int | None = None, retry_after: float | None = None) -> TransientError:
        """Make the error for trouble that may pass."""
        message = f"The model server {self.upstream.name} {what}."
        rejection = Rejection(reason=reason, message=message, status=status, upstream=self.upstream.name)
        return TransientError(rejection, retry_after=retry_after, counts=reason is not Reason.RATE_LIMITED)


def _without(content: bytes, keys: Collection[str]) -> bytes:
    """Return a body without the keys. It is read as UTF-8, UTF-16 or UTF-32 (`json.loads`), so a key may stand in it as any of them."""
    for form in {form for key in keys for form in (key, json.dumps(key)[1:-1])} - {""}:
        for encoding in _ENCODINGS:
            content = content.replace(form.encode(encoding), KEY_NOT_SHOWN.encode(encoding))
    return content


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return how servers are proven: by a private authority alone where one is given, else by those of SSL_CERT_FILE or of certifi."""
    return ssl.create_default_context(cafile=str(ca_file or os.environ.get("SSL_CERT_FILE") or certifi.where()))


def proxy_for(base: str, given: str) -> str | None:
    """Return the proxy to a server: the one of the settings, else that of the environment; none to a model on this machine."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    if _is_loopback(host):
        return None
    return given or (None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
