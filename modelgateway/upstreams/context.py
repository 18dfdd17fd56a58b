"""Whether a conversation fits the model's context, and how it is cut when it does not.

The server's own tokenizer is asked only when the estimate says that it may not fit (llama.cpp and vLLM have one at `/tokenize`). A list of
texts loses whole texts from its end, any other text its end. A prompt that alone is too long is rejected.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from modelgateway.rejection import Reason, RejectedError, Rejection, TransientError
from modelgateway.request import CompletionRequest, Message
from modelgateway.tokens import estimate_request
from modelgateway.upstreams.exchange import Server

Counter = Callable[[CompletionRequest], Awaitable[int]]
LOOK_SECONDS = 3.0
DEFAULT_ANSWER_TOKENS = 600
_SMALLEST_INPUT = 16
_ROUNDS = 4
_SAFETY = 0.95
_SEPARATOR = " | "


class Context:
    """One server's context. `tokens` 0 asks it once; where it does not tell there is no limit."""

    def __init__(self, server: Server, tokens: int) -> None:
        self._server = server
        self._tokens: int | None = tokens or None
        self._asked = bool(tokens)
        self._tokenizes = True

    async def fitted(self, request: CompletionRequest, answer_tokens: int) -> tuple[CompletionRequest, bool]:
        """Return a request that fits, and whether it was cut. Raises RejectedError."""
        if not self._asked:
            await self._ask()
        if self._tokens is None:
            return request, False
        room = self._tokens - answer_tokens
        if estimate_request(request.messages) <= room:
            return request, False
        return await cut_to(request, room, self._count)

    async def _ask(self) -> None:
        try:
            listed = await self._server.get("/models", seconds=LOOK_SECONDS)
            self._tokens = _vllm_context(listed.json())
            if self._tokens is None:
                told = await self._server.at_root("GET", "/props", seconds=LOOK_SECONDS)
                self._tokens = _llamacpp_context(told.json()) if told.status == HTTPStatus.OK else None
        except TransientError:
            # It does not answer now: the request itself will say so, and the next one asks again.
            return
        self._asked = listed.status == HTTPStatus.OK

    async def _count(self, request: CompletionRequest) -> int:
        if self._tokenizes:
            text = "\n".join(message.text for message in request.messages)
            body = json.dumps({"content": text, "prompt": text, "model": request.model}).encode("ascii")
            try:
                told = await self._server.at_root("POST", "/tokenize", body, seconds=LOOK_SECONDS)
            except TransientError:
                return estimate_request(request.messages)
            counted = _counted(told.json()) if told.status == HTTPStatus.OK else None
            if counted is not None:
                return counted + estimate_request([Message(role=message.role, text="") for message in request.messages])
            self._tokenizes = False
        return estimate_request(request.messages)


async def cut_to(request: CompletionRequest, room: int, count: Counter) -> tuple[CompletionRequest, bool]:
    """Shorten the last user message until the request has at most `room` tokens. Raises RejectedError when nothing of it would be left."""
    place = max((index for index, message in enumerate(request.messages) if message.role == "user"), default=None)
    tokens = await count(request)
    cut = False
    for _ in range(_ROUNDS):
        if tokens <= room:
            return request, cut
        if place is None:
            break
        text = request.messages[place].text
        fixed = await count(_with_text(request, place, ""))
        share = max(0.0, (room - fixed) / max(1, tokens - fixed)) * _SAFETY
        shorter = shortened(text, int(len(text) * share))
        if len(shorter) < _SMALLEST_INPUT:
            break
        request, cut = _with_text(request, place, shorter), True
        tokens = await count(request)
    if tokens <= room:
        return request, cut
    message = f"The request has about {tokens} tokens; the model's context leaves {max(0, room)} for it."
    raise RejectedError(Rejection(reason=Reason.INPUT_TOO_LONG, message=message))


def shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters: whole entries of a JSON list or of a text with ` | ` between them, else the beginning."""
    if len(text) <= limit:
        return text
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        entries = None
    if isinstance(entries, list):
        while entries and len(written := json.dumps(entries, ensure_ascii=False)) > limit:
            del entries[max(1, int(len(entries) * limit / len(written))) if len(entries) > 1 else 0 :]
        return json.dumps(entries, ensure_ascii=False) if entries else ""
    head = text[:limit]
    end = head.rfind(_SEPARATOR)
    return head[:end] if end > 0 else head


def _with_text(request: CompletionRequest, place: int, text: str) -> CompletionRequest:
    messages = tuple(replace(message, text=text) if index == place else message for index, message in enumerate(request.messages))
    raw = request.fields["messages"]
    plain: list[Any] = list(raw) if isinstance(raw, list) else []
    plain[place] = {**plain[place], "content": text}
    return replace(request, messages=messages, fields={**request.fields, "messages": plain})


def _counted(body: object) -> int | None:
    if not isinstance(body, dict):
        return None
    count, tokens = body.get("count"), body.get("tokens")
    if isinstance(count, int):
        return count
    return len(tokens) if isinstance(tokens, list) else None


def _vllm_context(body: object) -> int | None:
    """Read `max_model_len`, which vLLM gives with each model."""
    entries = body.get("data") if isinstance(body, dict) else None
    lengths = [entry.get("max_model_len") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return next((length for length in lengths if isinstance(length, int) and length > 0), None)


def _llamacpp_context(body: object) -> int | None:
    """Read `n_ctx` of llama.cpp's properties: what one of its slots has."""
    settings = body.get("default_generation_settings") if isinstance(body, dict) else None
    length = settings.get("n_ctx") if isinstance(settings, dict) else None
    return length if isinstance(length, int) and length > 0 else None


def answer_tokens(request: CompletionRequest) -> int:
    """Return how many tokens the answer may have."""
    given = request.fields.get("max_completion_tokens") or request.fields.get("max_tokens")
    return given if isinstance(given, int) and given > 0 else DEFAULT_ANSWER_TOKENS
