"""What the server needs of whoever answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from modelgateway.completion import Answer, Completion
from modelgateway.rejection import Rejection
from modelgateway.request import CompletionRequest


@dataclass(frozen=True, kw_only=True)
class Health:
    """`ok`, or in a few words what is wrong, for the upstream server and for the model apart. `more` is told beside them."""

    upstream: str
    model: str
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What becomes of a request. `source` tells where it came from: `offline`, `upstream`, `ledger` or `shared` (with an equal one)."""

    result: Answer | Rejection
    source: str


class Backend(Protocol):
    """Answers chat completions. No method raises for trouble with a model; AnswerError is for requests that are none."""

    async def complete(self, request: CompletionRequest) -> Outcome:
        """Answer one request, or say why not."""
        ...

    async def models(self) -> Completion:
        """List what can be asked, as OpenAI's `GET /v1/models` does."""
        ...

    async def health(self) -> Health:
        """Check upstream and model, in a few seconds at most."""
        ...

    async def refresh_metrics(self) -> None:
        """Update gauges before they are exported."""
        ...

    async def close(self) -> None:
        """Release connections, files and threads."""
        ...
