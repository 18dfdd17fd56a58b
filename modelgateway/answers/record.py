"""One line of the ledger: an answer, or a rejection that asking again would not change."""

import json
import time
from dataclasses import asdict, dataclass, field

from modelgateway.completion import Answer
from modelgateway.rejection import Reason, Rejection, shorten
from modelgateway.texts import storable
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
