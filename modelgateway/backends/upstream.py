"""The backend in front of model servers: Ollama, vLLM, llama.cpp, a hosted one.

A request is looked up in the ledger, joins an equal one that is under way, or goes to the upstreams; its answer is checked, repaired once
by the model itself, and kept.
"""

import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from modelgateway.answers.check import UnfitAnswerError, checked
from modelgateway.answers.expectation import expectation_of
from modelgateway.answers.in_flight import InFlightCalls
from modelgateway.answers.ledger import Ledger
from modelgateway.answers.record import Record, answer_key, text_key
from modelgateway.backends.backend import Health, Outcome
from modelgateway.budget import BudgetLimiter
from modelgateway.completion import Answer, Completion, to_json
from modelgateway.metrics import Metrics
from modelgateway.rejection import DECIDED_BY_INPUT, Reason, RejectedError, Rejection, TransientError
from modelgateway.request import CompletionRequest, Message
from modelgateway.settings import Settings
from modelgateway.special_tokens import neutralised
from modelgateway.upstreams.client import UpstreamClient, UpstreamRequest
from modelgateway.upstreams.pool import Pool
from modelgateway.usage import NOTHING, Usage

KEPT = 20
FRESH_SECONDS = 600.0
FEWEST = 3
"""Fewer rejections than these say nothing about the model."""
FAILING_SHARE = 0.5


class RecentOutcomes:
    """The outcomes of the last requests that went to an upstream: an empty text for an answer, else the reason."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._outcomes: deque[tuple[float, str]] = deque(maxlen=KEPT)

    def add(self, reason: str) -> None:
        """Record one outcome."""
        self._outcomes.append((self._clock(), reason))

    def summary(self) -> dict[str, object]:
        """Return how many of the last requests were rejected, and why. `failing` if more than half of them were."""
        fresh = [reason for at, reason in self._outcomes if self._clock() - at < FRESH_SECONDS]
        rejected = Counter(reason for reason in fresh if reason)
        failing = rejected.total() >= FEWEST and rejected.total() > FAILING_SHARE * len(fresh)
        return {"asked": len(fresh), "rejected": rejected.total(), "reasons": dict(rejected.most_common(3)), "failing": failing}


CLOSE_SECONDS = 5.0
"""How long calls without clients may still take at the end, so that what is paid for is kept."""
_REPAIRED_CHARACTERS = 4_000
"""Of an unfit answer that go back to the model: enough to see what is wrong, short enough for its context."""
_REPAIR = "That was not what was asked for: {problem} Answer again with the JSON object only."


class UpstreamBackend:
    """One gateway's way to its upstreams."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._ledger = Ledger(settings.ledger, metrics)
        self._limiter = BudgetLimiter(settings.budget, self._ledger, metrics)
        self._pool = Pool([UpstreamClient(upstream, settings, self._limiter, metrics) for upstream in settings.upstreams], metrics)
        self._recent = RecentOutcomes()
        self._in_flight: InFlightCalls[Answer | Rejection] = InFlightCalls(linger_seconds=settings.abandoned_after)

    async def complete(self, request: CompletionRequest) -> Outcome:
        """Answer from the ledger, with an equal request, or from an upstream."""
        refusal = self._refusal(request)
        if refusal is not None:
            return Outcome(result=refusal, source="gateway")
        request = neutralised(request)
        key = answer_key(request, self._settings)
        kept = await self._ledger.find(key)
        if kept is not None:
            return Outcome(result=kept, source="ledger")
        result, shared = await self._in_flight.join(key, lambda: self._call_upstream(key, request))
        return Outcome(result=result, source="shared" if shared else "upstream")

    async def models(self) -> Completion:
        """Pass on what the preferred upstream has."""
        try:
            exchange = await self._pool.clients[0].models()
        except TransientError as error:
            body = {"error": {"message": error.rejection.message, "type": "api_error", "param": None, "code": error.rejection.reason}}
            return Completion(status=HTTPStatus.BAD_GATEWAY, body=to_json(body))
        return Completion(
            status=exchange.status, body=exchange.body, headers={"content-type": exchange.headers.get("content-type", "application/json")}
        )

    async def health(self) -> Health:
        """Check the preferred upstream; report of all upstreams what is known without asking."""
        found = await self._pool.clients[0].health()
        upstreams = [
            {"upstream": client.upstream.name, "circuit": client.breaker.state, "answers": str(client.format or "not asked yet")}
            for client in self._pool.clients
        ]
        today = await self._limiter.today()
        details = {"budget": "exhausted" if today["exhausted"] else "ok", "today": today, "upstreams": upstreams}
        return replace(found, more={**details, "recent": self._recent.summary(), "answers_kept": await self._ledger.count()})

    async def refresh_metrics(self) -> None:
        """Update the gauges: kept answers, circuit breakers and the budget."""
        self._metrics.answers_kept.set(await self._ledger.count())
        await self._limiter.refresh_metrics()
        for client in self._pool.clients:
            self._metrics.up.labels(client.upstream.name).set(client.breaker.state == "closed")

    async def close(self) -> None:
        """Wait for calls whose answers are worth keeping, then close everything."""
        await self._in_flight.close(CLOSE_SECONDS)
        for client in self._pool.clients:
            await client.close()
        await self._ledger.close()

    def _refusal(self, request: CompletionRequest) -> Rejection | None:
        if request.fields.get("n") not in (None, 1):
            return Rejection(reason=Reason.UNSUPPORTED_REQUEST, message="The gateway gives one choice. Take 'n' out of the CREATE MODEL.")
        most = self._settings.budget.max_input_characters
        if len(request.question) > most:
            message = f"The input has {len(request.question)} characters; {most} are allowed. Cap its length in SQL before ML_PREDICT."
            return Rejection(reason=Reason.INPUT_TOO_LONG, message=message)
        return None

    async def _call_upstream(self, key: bytes, request: CompletionRequest) -> Answer | Rejection:
        """Ask an upstream, check the answer and keep it. Returns when the answer is on disk."""
        deadline = time.monotonic() + self._settings.patience_seconds
        usage = NOTHING
        result: Answer | Rejection
        try:
            asked = UpstreamRequest(request=request, expected=expectation_of(request), key=key, deadline=deadline)
            result = await self._fit_answer(asked)
            usage = result.usage
        except RejectedError as error:
            result, usage = error.rejection, error.usage
        self._recent.add("" if isinstance(result, Answer) else str(result.reason))
        if isinstance(result, Answer) or result.reason in DECIDED_BY_INPUT:
            await self._ledger.keep(
                Record(
                    key=key,
                    outcome=result,
                    usage=usage,
                    lane=request.lane,
                    model=request.model,
                    prompt=text_key(request.instructions),
                    input=text_key(request.question),
                    money=self._limiter.price(usage),
                )
            )
        return result

    async def _fit_answer(self, asked: UpstreamRequest) -> Answer:
        """Return an answer that is what was expected. Raises RejectedError, after the repairs that the settings allow."""
        worked = NOTHING
        repairs = self._settings.repairs
        while True:
            try:
                answer = await self._pool.ask(asked)
            except RejectedError as error:
                raise RejectedError(error.rejection, worked + error.usage) from None
            worked += answer.usage
            try:
                return replace(answer, content=checked(answer.content, asked.expected), usage=worked)
            except UnfitAnswerError as error:
                if repairs == 0:
                    raise self._unfit(answer, error, worked) from None
                repairs -= 1
                self._metrics.repairs.inc()
                asked = replace(asked, request=_repair(asked.request, answer, error), key=_next_key(asked.key))

    @staticmethod
    def _unfit(answer: Answer, error: UnfitAnswerError, worked: Usage) -> RejectedError:
        rejection = Rejection(reason=error.reason, message=str(error), status=HTTPStatus.OK, upstream=answer.upstream)
        return RejectedError(rejection, worked)


def _repair(request: CompletionRequest, answer: Answer, error: UnfitAnswerError) -> CompletionRequest:
    """Return the conversation with the answer and a word on what is wrong with it."""
    raw = request.fields["messages"]
    said = [
        {"role": "assistant", "content": answer.content[:_REPAIRED_CHARACTERS]},
        {"role": "user", "content": _REPAIR.format(problem=error)},
    ]
    messages = tuple(Message(role=one["role"], text=one["content"]) for one in said)
    fields = {**request.fields, "messages": [*(raw if isinstance(raw, list) else []), *said]}
    return neutralised(replace(request, messages=(*request.messages, *messages), fields=fields))


def _next_key(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
