"""One HTTP exchange with an OpenAI-compatible server, and the words for what can go wrong on the way.

The gateway's own key is cut out of every answer: some servers quote it when they refuse it, and Flink would print it into its logs.
"""

import asyncio
import ipaddress
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import httpx

from modelgateway.rejection import Reason, Rejection, TransientError
from modelgateway.settings import Settings, Upstream

CONNECT_SECONDS = 5.0
DEADLINE_MARGIN = 0.1
"""Seconds by which a call ends before its request does, so that the reason is the server's silence."""
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""An answer is some kilobytes; more than this is not one, and would only fill the memory."""
KEY_NOT_SHOWN = b"(key not shown)"


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

    def __init__(self, upstream: Upstream, client: httpx.AsyncClient, *, attempt_seconds: float) -> None:
        self.upstream = upstream
        self._client = client
        self._attempt_seconds = attempt_seconds
        key = upstream.api_key
        self._key_forms = {key.encode(), json.dumps(key)[1:-1].encode()} - {b""}

    @classmethod
    def from_settings(cls, upstream: Upstream, settings: Settings) -> Self:
        """Connect lazily: nothing is contacted before the first request."""
        headers = {"authorization": f"Bearer {upstream.api_key}"} if upstream.api_key else {}
        loopback = _is_loopback(upstream.base)
        client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(settings.attempt_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=settings.concurrency + 2),
            verify=ssl.create_default_context(cafile=str(settings.ca_file)) if settings.ca_file else True,
            proxy=settings.proxy if settings.proxy and not loopback else None,
            # A proxy from the environment serves hosts outside; a model on this machine is not behind it.
            trust_env=not loopback,
        )
        return cls(upstream, client, attempt_seconds=settings.attempt_seconds)

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
        await self._client.aclose()

    async def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str] | None, *, seconds: float) -> Exchange:
        sent = {**({"content-type": "application/json"} if body is not None else {}), **(headers or {})}
        try:
            # httpx counts the time between two bytes; a server that drips would never be too slow for it.
            async with asyncio.timeout(seconds), self._client.stream(method, url, content=body, headers=sent) as answer:
                content = await self._read(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise self.trouble(Reason.UPSTREAM_UNAVAILABLE, "cannot be reached") from None
        except (httpx.TimeoutException, TimeoutError):
            raise self.trouble(Reason.UPSTREAM_TIMEOUT, f"did not answer within {seconds:.3g} s") from None
        except httpx.HTTPError:
            raise self.trouble(Reason.BROKEN_ANSWER, "broke off its answer") from None
        for form in self._key_forms:
            content = content.replace(form, KEY_NOT_SHOWN)
        return Exchange(status=answer.status_code, headers={name.lower(): value for name, value in answer.headers.items()}, body=content)

    async def _read(self, answer: httpx.Response) -> bytes:
        content = bytearray()
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > MAX_ANSWER_BYTES:
                raise self.trouble(Reason.BROKEN_ANSWER, f"answered more than {MAX_ANSWER_BYTES} bytes")
        return bytes(content)

    def trouble(self, reason: Reason, what: str, *, status: int | None = None, retry_after: float | None = None) -> TransientError:
        """Make the error for trouble that may pass."""
        message = f"The model server {self.upstream.name} {what}."
        rejection = Rejection(reason=reason, message=message, status=status, upstream=self.upstream.name)
        return TransientError(rejection, retry_after=retry_after, counts=reason is not Reason.RATE_LIMITED)


def _is_loopback(base: str) -> bool:
    host = httpx.URL(base).host
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
