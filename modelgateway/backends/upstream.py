"""The backend that passes requests on to an OpenAI-compatible server: Ollama, vLLM, a hosted one.

Status and body of the upstream reach the client unchanged, but for the gateway's own key, which some servers quote when they refuse it:
Flink would print it into its logs. What is not an answer becomes one: refused 503, silent 504, broken off 502.
"""

import ipaddress
import json
from http import HTTPStatus
from typing import Self

import httpx

from modelgateway.backends.backend import Health
from modelgateway.completion import Completion, to_json
from modelgateway.errors import AnswerError
from modelgateway.request import CompletionRequest
from modelgateway.settings import Settings

CONNECT_SECONDS = 5.0
HEALTH_SECONDS = 3.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""An answer is some kilobytes; more than this is not one, and would only fill the memory."""
KEY_NOT_SHOWN = b"(key not shown)"
PASSED_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-should-retry")
"""What openai-java reads besides the body."""


class UpstreamBackend:
    """Passes requests on with the gateway's own key; whatever key the client sent stays here."""

    def __init__(self, client: httpx.AsyncClient, *, base: str, model: str, api_key: str = "") -> None:
        self._client = client
        self._base = base
        self._model = model
        self._key_forms = {api_key.encode(), json.dumps(api_key)[1:-1].encode()} - {b""}

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connect lazily: nothing is contacted before the first request."""
        headers = {"authorization": f"Bearer {settings.api_key}"} if settings.api_key else {}
        client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(settings.upstream_timeout_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=settings.concurrency + 2),
            # A proxy from the environment serves hosts outside; a model on this machine is not behind it.
            trust_env=not _is_loopback(settings.upstream),
        )
        return cls(client, base=settings.upstream, model=settings.model, api_key=settings.api_key)

    async def complete(self, request: CompletionRequest) -> Completion:
        """Pass the request on and its answer back."""
        return await self._exchange("POST", "/chat/completions", to_json(request.fields))

    async def models(self) -> Completion:
        """Ask the upstream what it has."""
        return await self._exchange("GET", "/models", None)

    async def health(self) -> Health:
        """Ask the upstream for its list of models; Ollama lists `llama3.1` as `llama3.1:latest`."""
        try:
            answer = await self._client.get(f"{self._base}/models", timeout=HEALTH_SECONDS)
        except httpx.TimeoutException:
            return Health(upstream="no answer in time", model="unknown")
        except httpx.HTTPError:
            return Health(upstream="unreachable", model="unknown")
        if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return Health(upstream=f"key refused (HTTP {answer.status_code})", model="unknown")
        if not answer.is_success:
            return Health(upstream=f"HTTP {answer.status_code}", model="unknown")
        names = _listed(answer)
        return Health(upstream="ok", model="ok" if {self._model, f"{self._model}:latest"} & names else "missing")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _exchange(self, method: str, path: str, body: bytes | None) -> Completion:
        headers = {"content-type": "application/json"} if body is not None else {}
        try:
            async with self._client.stream(method, f"{self._base}{path}", content=body, headers=headers) as answer:
                content = await _read(answer)
        except httpx.ConnectTimeout:
            raise _trouble(HTTPStatus.SERVICE_UNAVAILABLE, "does not accept connections", "upstream_unreachable") from None
        except httpx.TimeoutException:
            raise _trouble(HTTPStatus.GATEWAY_TIMEOUT, "did not answer in time", "upstream_timeout") from None
        except httpx.ConnectError:
            raise _trouble(HTTPStatus.SERVICE_UNAVAILABLE, "cannot be reached", "upstream_unreachable") from None
        except httpx.HTTPError:
            raise _trouble(HTTPStatus.BAD_GATEWAY, "broke off its answer", "upstream_broken") from None
        for form in self._key_forms:
            content = content.replace(form, KEY_NOT_SHOWN)
        passed = {name: answer.headers[name] for name in PASSED_HEADERS if name in answer.headers}
        return Completion(status=answer.status_code, body=content, headers=passed)


async def _read(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > MAX_ANSWER_BYTES:
            raise _trouble(HTTPStatus.BAD_GATEWAY, f"answered more than {MAX_ANSWER_BYTES} bytes", "upstream_too_large")
    return bytes(content)


def _trouble(status: HTTPStatus, what: str, code: str) -> AnswerError:
    return AnswerError(status, f"The model server behind the gateway {what}. GET /health of the gateway tells more.", code=code)


def _listed(answer: httpx.Response) -> set[str]:
    try:
        value = answer.json()
    except (ValueError, RecursionError):
        return set()
    entries = value.get("data") if isinstance(value, dict) else None
    return (
        {str(entry["id"]) for entry in entries or () if isinstance(entry, dict) and "id" in entry} if isinstance(entries, list) else set()
    )


def _is_loopback(base: str) -> bool:
    host = httpx.URL(base).host
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
