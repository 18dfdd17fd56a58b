"""Asking a model for the whole golden set, through the gateway's own code: the same checks, repairs and limits, without its ledger."""

import asyncio
import time
from collections.abc import Callable, Sequence

from console.evaluation.golden import Case, Rules
from console.evaluation.scoring import Score, score
from modelgateway.backends.backend import Backend
from modelgateway.request import CompletionRequest, Message

MAX_TOKENS = 600
"""Enough for an answer of a few sentences."""


def evaluate(
    backend: Backend, cases: Sequence[Case], rules: Rules, *, model: str, prompt: str, at_once: int, done: Callable[[Score], None]
) -> list[Score]:
    """Ask for every case and score the answers, in the order of the cases."""
    return asyncio.run(_evaluate(backend, cases, rules, model=model, prompt=prompt, at_once=at_once, done=done))


async def _evaluate(
    backend: Backend, cases: Sequence[Case], rules: Rules, *, model: str, prompt: str, at_once: int, done: Callable[[Score], None]
) -> list[Score]:
    turn = asyncio.Semaphore(at_once)

    async def one(case: Case) -> Score:
        async with turn:
            began = time.monotonic()
            outcome = await backend.complete(_request(case, model=model, prompt=prompt))
            found = score(case, outcome.result, time.monotonic() - began, rules)
            done(found)
            return found

    try:
        return list(await asyncio.gather(*(one(case) for case in cases)))
    finally:
        await backend.close()


def _request(case: Case, *, model: str, prompt: str) -> CompletionRequest:
    messages = (Message(role="system", text=prompt), Message(role="user", text=case.text))
    plain = [{"role": message.role, "content": message.text} for message in messages]
    fields = {"model": model, "messages": plain, "temperature": 0, "max_tokens": MAX_TOKENS}
    return CompletionRequest(model=model, messages=messages, fields=fields)
