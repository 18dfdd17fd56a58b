"""One upstream as the gateway uses it: its turns, its circuit breaker, the format it knows, the context it has."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from modelgateway.answers.expectation import Expectation
from modelgateway.backends.backend import Health
from modelgateway.budget import BudgetLimiter
from modelgateway.completion import Answer, to_json
from modelgateway.metrics import Metrics
from modelgateway.rejection import Reason, RejectedError, TransientError
from modelgateway.request import CompletionRequest
from modelgateway.settings import ModelKind, Settings, Upstream
from modelgateway.tokens import estimate_request
from modelgateway.upstreams.breaker import CircuitBreaker
from modelgateway.upstreams.context import Context, answer_tokens
from modelgateway.upstreams.exchange import Exchange, Server
from modelgateway.upstreams.format import Format, bounded, next_lower, response_format
from modelgateway.upstreams.responses import interpret
from modelgateway.usage import Usage

OLLAMA_CONTEXT = 4096
"""What Ollama gives a model on a small machine. It cuts a longer prompt silently, and does not tell its length to OpenAI's clients."""
_ANSWERED = "answer"
HEALTH_SECONDS = 1.5
"""Below the 2 s after which the embedded platform takes the gateway itself for dead: a server that hangs must not look like that."""


@dataclass(frozen=True, kw_only=True)
class UpstreamRequest:
    """A request on its way up. `request` is made neutral; `key` names it for servers that know idempotency.

    `deadline` is of the monotonic clock: no call outlasts it.
    """

    request: CompletionRequest
    expected: Expectation
    key: bytes
    deadline: float


class CircuitOpenError(Exception):
    """The upstream keeps failing, and another one may answer."""


class UpstreamClient:
    """One upstream."""

    def __init__(self, upstream: Upstream, settings: Settings, limiter: BudgetLimiter, metrics: Metrics) -> None:
        self.upstream = upstream
        self.breaker = CircuitBreaker()
        self.format: Format | None = None
        self._server = Server(upstream, settings)
        self._turn = asyncio.Semaphore(settings.concurrency)
        self._model = upstream.model or settings.model
        self._budget = settings.budget
        self._limiter, self._metrics = limiter, metrics
        for outcome in (_ANSWERED, *Reason):
            # A counter that appears with its first event has no increase that a rule could see.
            metrics.calls.labels(upstream.name, str(outcome))
        limit = settings.context_tokens or (OLLAMA_CONTEXT if settings.kind is ModelKind.OLLAMA else 0)
        self._bounds = settings.kind is ModelKind.LLAMACPP
        self._context = Context(self._server, limit)

    async def ask(self, asked: UpstreamRequest, *, last: bool) -> Answer:
        """Make one call, or two where the server has to be asked in another format. Raises TransientError or RejectedError.

        Raises LeftAloneError while the breaker is open, unless this is the `last` upstream that can be asked.
        """
        async with self._turn:
            # Now and not before: it may have opened while this request waited for its turn.
            if self.breaker.wait_seconds and not last:
                raise CircuitOpenError
            with self.breaker.call():
                return await self._guarded(asked)

    async def models(self) -> Exchange:
        """Ask for the server's list of models. Raises TransientError."""
        return await self._server.get("/models", seconds=HEALTH_SECONDS)

    async def health(self) -> Health:
        """Ask the server for its list of models; Ollama lists `llama3.1` as `llama3.1:latest`."""
        try:
            exchange = await self.models()
        except TransientError as error:
            slow = error.rejection.reason is Reason.UPSTREAM_TIMEOUT
            return Health(upstream="no answer in time" if slow else "unreachable", model="unknown")
        if exchange.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return Health(upstream=f"key refused (HTTP {exchange.status})", model="unknown")
        if exchange.status != HTTPStatus.OK:
            return Health(upstream=f"HTTP {exchange.status}", model="unknown")
        names = _listed(exchange.json())
        return Health(upstream="ok", model="ok" if {self._model, f"{self._model}:latest"} & names else "missing")

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def _guarded(self, asked: UpstreamRequest) -> Answer:
        outcome = "cancelled"
        try:
            answer = await self._exchange(asked)
        except TransientError as error:
            outcome = str(error.rejection.reason)
            if error.counts:
                self.breaker.failed()
            raise
        except RejectedError as error:
            outcome = str(error.rejection.reason)
            if error.rejection.status is not None:
                # It answers, whatever it says.
                self.breaker.succeeded()
            raise
        else:
            outcome = _ANSWERED
            self.breaker.succeeded()
            return answer
        finally:
            self._metrics.calls.labels(self.upstream.name, outcome).inc()
            self._metrics.up.labels(self.upstream.name).set(self.breaker.state == "closed")

    async def _exchange(self, asked: UpstreamRequest) -> Answer:
        request = self._own(asked.request)
        request, cut = await self._context.fitted(request, answer_tokens(request))
        if cut:
            self._metrics.cut.inc()
        level = self.format or Format.JSON_SCHEMA
        expected = asked.expected
        if self._bounds and expected.schema is not None:
            expected = replace(expected, schema=bounded(expected.schema))
        while True:
            wanted = response_format(level, expected)
            exchange, answer = await self._call(request, asked, wanted)
            lower = next_lower(level, wanted, exchange)
            if lower is not None:
                level = lower
                continue
            if wanted is not None or level is Format.PLAIN:
                self.format = level if exchange.status == HTTPStatus.OK else self.format
            if isinstance(answer, Exception):
                raise answer
            return answer

    async def _call(
        self, request: CompletionRequest, asked: UpstreamRequest, wanted: Mapping[str, object] | None
    ) -> tuple[Exchange, Answer | TransientError | RejectedError]:
        estimate = Usage(prompt=estimate_request(request.messages), completion=answer_tokens(request), calls=1)
        fields = {name: value for name, value in request.fields.items() if name != "response_format"}
        body = to_json({**fields, "response_format": wanted} if wanted is not None else fields)
        async with self._limiter.call(estimate, upstream=self.upstream.name, model=request.model, deadline=asked.deadline) as costs:
            exchange = await self._server.post("/chat/completions", body, {"idempotency-key": asked.key.hex()}, deadline=asked.deadline)
            try:
                answer = interpret(exchange, request, self._server)
            except RejectedError as error:
                costs.usage = error.usage
                return exchange, error
            except TransientError as error:
                return exchange, error
            costs.usage = answer.usage
            return exchange, answer

    def _own(self, request: CompletionRequest) -> CompletionRequest:
        """Return the request with this server's name of the model, and no longer an answer than the budget allows."""
        model = self.upstream.model or request.model
        fields = {**request.fields, "model": model}
        most = self._budget.max_tokens
        if most:
            name = "max_completion_tokens" if "max_completion_tokens" in fields else "max_tokens"
            given = fields.get(name)
            fields[name] = min(given, most) if isinstance(given, int) and given > 0 else most
        return replace(request, model=model, fields=fields)


def _listed(value: object) -> set[str]:
    entries = value.get("data") if isinstance(value, dict) else None
    return (
        {str(entry["id"]) for entry in entries or () if isinstance(entry, dict) and "id" in entry} if isinstance(entries, list) else set()
    )
