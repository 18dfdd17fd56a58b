"""An answer on its way to the client, and the chat completion that OpenAI's clients read out of it."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from modelgateway.request import CompletionRequest

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for English text (OpenAI help centre, "What are tokens and how to count them?"); exact for no model."""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What the client gets: an HTTP status, a body and the few headers that matter to it."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


def chat_completion(request: CompletionRequest, *, model: str, content: str) -> Completion:
    """Make a finished answer of one choice, in the shape that Flink's client (openai-java) requires."""
    prompt_tokens = sum(count_tokens(message.text) for message in request.messages)
    completion_tokens = count_tokens(content)
    answer = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, "refusal": None}, "logprobs": None, "finish_reason": "stop"},
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }
    return Completion(status=HTTPStatus.OK, body=to_json(answer))


def count_tokens(text: str) -> int:
    """About how many tokens a text is; 0 for an empty one."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def to_json(value: object) -> bytes:
    """UTF-8 JSON; half a surrogate pair, which no UTF-8 can hold, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")
