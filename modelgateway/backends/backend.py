"""What the server needs of whoever answers."""

from dataclasses import dataclass
from typing import Protocol

from modelgateway.completion import Completion
from modelgateway.request import CompletionRequest


@dataclass(frozen=True, kw_only=True)
class Health:
    """`ok`, or in a few words what is wrong, for the upstream server and for the model apart."""

    upstream: str
    model: str


class Backend(Protocol):
    """Answers chat completions. Every method may raise AnswerError; nothing else is expected to leave it."""

    async def complete(self, request: CompletionRequest) -> Completion:
        """Answer one request."""
        ...

    async def models(self) -> Completion:
        """List what can be asked, as OpenAI's `GET /v1/models` does."""
        ...

    async def health(self) -> Health:
        """Look at upstream and model, in a few seconds at most."""
        ...

    async def close(self) -> None:
        """Give back connections and threads."""
        ...
