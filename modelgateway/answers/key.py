"""The key of an answer: everything that determines it.

The upstream that is preferred, the model, the messages and all parameters. Not the lane and not the client; not the fallbacks either: an
answer that one of them gave stays the answer to its question. Not the way in which JSON is asked for, which the gateway finds out.
"""

import hashlib
import json

from modelgateway.request import CompletionRequest
from modelgateway.settings import Settings

RULES = 1
"""Goes up when the gateway would make another answer, or another request, of the same: everything is asked again then."""
_WITHOUT_EFFECT = frozenset({"user", "metadata", "store", "stream", "safety_identifier", "prompt_cache_key"})


def answer_key(request: CompletionRequest, settings: Settings) -> bytes:
    """Return the SHA-256 under which the answer is kept."""
    parameters = {name: value for name, value in request.fields.items() if name not in _WITHOUT_EFFECT}
    asked: dict[str, object] = {
        "rules": RULES,
        "upstream": settings.upstreams[0].base if settings.upstreams else "",
        "max_tokens": settings.budget.max_tokens,
        "context": settings.context_tokens,
        "request": parameters,
    }
    if settings.revision:
        asked["revision"] = settings.revision
    return _digest(asked)


def text_key(text: str) -> str:
    """Return a short digest of a prompt or an input, by which equal ones are counted without keeping the text."""
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()[:16]


def _digest(value: object) -> bytes:
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", errors="surrogatepass")).digest()
