"""An answer, and the chat completion that OpenAI's clients read out of it."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from modelgateway.request import CompletionRequest
from modelgateway.tokens import estimate_request, estimate_tokens
from modelgateway.usage import Usage


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model said. `model` is the name it gave itself; `upstream` host and port of the server that answered, empty for none."""

    content: str
    model: str
    usage: Usage
    upstream: str = ""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What the client gets: an HTTP status, a body and the few headers that matter to it."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


def estimated_usage(request: CompletionRequest, content: str) -> Usage:
    """Estimate the tokens of an exchange whose server did not count them."""
    return Usage(prompt=estimate_request(request.messages), completion=estimate_tokens(content), calls=1)


def chat_completion(answer: Answer, *, request_id: str) -> Completion:
    """Make a finished answer of one choice, in the shape that Flink's client (openai-java) requires."""
    body = {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": answer.model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.content, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            },
        ],
        "usage": {
            "prompt_tokens": answer.usage.prompt,
            "completion_tokens": answer.usage.completion,
            "total_tokens": answer.usage.total,
        },
    }
    return Completion(status=HTTPStatus.OK, body=to_json(body), headers={"content-type": "application/json", "x-request-id": request_id})


def to_json(value: object) -> bytes:
    """Return UTF-8 JSON; half a surrogate pair, which no UTF-8 can hold, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")
