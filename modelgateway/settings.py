"""What the gateway is started with, as frozen values. `modelgateway.arguments` reads them from the command line."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

OLLAMA_BASE = "http://127.0.0.1:11434/v1"
"""Where Ollama listens unless told otherwise (ollama docs/faq, OLLAMA_HOST) and serves OpenAI's API."""
MEGABYTE = 1024 * 1024


class ModelKind(StrEnum):
    """Who answers."""

    OFFLINE = "offline"
    OLLAMA = "ollama"
    OPENAI = "openai"
    LLAMACPP = "llamacpp"
    """The project's own server, which this gateway has for itself."""


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """An OpenAI-compatible server. `base` has no trailing slash; an empty `model` leaves the request's own name.

    `api_key` is sent as a bearer token when it is not empty, and is never shown. It follows `key_file`, where there is one.
    """

    base: str
    model: str = ""
    api_key: str = field(default="", repr=False)
    key_file: Path | None = None

    @property
    def name(self) -> str:
        """Host and port: for logs, metrics and rejected rows."""
        return urlsplit(self.base).netloc


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What may be used; 0 means no limit. A day is a day in UTC, money has the currency of the prices, prices are for a million tokens.

    With `waits`, a request over the day's budget waits as long as its patience for the next day; without, it is rejected at once.
    """

    requests_per_minute: int = 0
    tokens_per_day: int = 0
    money_per_day: float = 0.0
    input_price: float = 0.0
    output_price: float = 0.0
    waits: bool = False
    max_input_characters: int = 100_000
    max_tokens: int = 0
    """Highest `max_tokens` that goes upstream; a request without one gets it."""

    @property
    def limits_a_day(self) -> bool:
        """Tell whether a day's use has a limit."""
        return bool(self.tokens_per_day or self.money_per_day)


@dataclass(frozen=True, kw_only=True)
class LedgerSettings:
    """Where answers are kept, and how many. `file` None keeps none."""

    file: Path | None = None
    max_bytes: int = 512 * MEGABYTE
    max_days: int = 90


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One gateway. `upstreams` are in order of preference, empty for `offline`; `port` 0 takes any free port."""

    host: str
    port: int
    kind: ModelKind
    model: str
    upstreams: tuple[Upstream, ...] = ()
    concurrency: int = 8
    """Calls that are with one upstream at one time. Above Flink's 5 per statement, below what queues for minutes in a local model."""
    waiting: int = 512
    """Requests that may be in the gateway beyond those; the next one is rejected. Ollama's own queue is as long (OLLAMA_MAX_QUEUE)."""
    max_body_bytes: int = 8 * MEGABYTE
    attempt_seconds: float = 100.0
    """How long one call may take: a context of 8,000 characters takes a small model 70 to 96 s on a busy machine (measured)."""
    patience_seconds: float = 150.0
    """How long a request may take with all its attempts. Under the 180 s after which Flink's ML_PREDICT fails the job."""
    context_tokens: int = 0
    """Tokens that the model reads and writes at most; 0 asks the server, and has no limit where it does not tell."""
    repairs: int = 1
    """How often an answer that is not the JSON it should be is sent back to the model."""
    revision: str = ""
    """Tells one model from another that bears the same name: an answer is kept for both."""
    ca_file: Path | None = None
    proxy: str = ""
    budget: Budget = field(default_factory=Budget)
    ledger: LedgerSettings = field(default_factory=LedgerSettings)

    @property
    def abandoned_after(self) -> float:
        """How long a call goes on whose client has gone: a local model's few slots are freed at once, a paid call runs to its end."""
        return self.patience_seconds if self.kind is ModelKind.OPENAI else 0.0
