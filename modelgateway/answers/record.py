"""One line of the ledger: an answer, or a rejection that asking again would not change."""

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field

from modelgateway.completion import Answer
from modelgateway.rejection import Reason, Rejection, shorten
from modelgateway.request import CompletionRequest
from modelgateway.settings import Settings
from modelgateway.usage import Usage


@dataclass(frozen=True, kw_only=True)
class Record:
    """`prompt` and `input` are digests, `made` seconds since 1970, `money` in the currency of the prices. Holds no text that was asked."""

    key: bytes
    outcome: Answer | Rejection
    usage: Usage
    lane: str = ""
    model: str = ""
    prompt: str = ""
    input: str = ""
    money: float = 0.0
    made: float = field(default_factory=time.time)

    @property
    def reason(self) -> str:
        """The rejection's reason, empty for an answer."""
        return str(self.outcome.reason) if isinstance(self.outcome, Rejection) else ""

    @property
    def body(self) -> str:
        """What is kept of the outcome, as JSON."""
        if isinstance(self.outcome, Rejection):
            return storable(json.dumps({**asdict(self.outcome), "message": shorten(self.outcome.message)}, ensure_ascii=False))
        told = {"content": self.outcome.content, "model": self.outcome.model, "upstream": self.outcome.upstream}
        return storable(json.dumps(told, ensure_ascii=False))


def outcome_of(body: str, *, reason: str, usage: Usage) -> Answer | Rejection:
    """Read what `Record.body` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    told = json.loads(body)
    if reason:
        return Rejection(**{**told, "reason": Reason(told["reason"])})
    return Answer(content=told["content"], model=told["model"], upstream=told["upstream"], usage=usage)


RULES = 1
"""Goes up when the gateway would make another answer, or another request, of the same: everything is asked again then."""
_WITHOUT_EFFECT = frozenset({"user", "metadata", "store", "stream", "safety_identifier", "prompt_cache_key"})


def answer_key(request: CompletionRequest, settings: Settings) -> bytes:
    """Return the SHA-256 under which the answer is kept, over everything that determines it.

    That is the preferred upstream, the model, the messages and all parameters. Lane, client, fallbacks and the way in which JSON is asked
    for are no part of it.
    """
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


def storable(text: str) -> str:
    """Return the text with a question mark for each half of a surrogate pair, which no UTF-8 can hold."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
