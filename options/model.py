"""Which model answers, behind which servers, within which limits; and the model gateway's command line for it."""

import re
from dataclasses import replace
from enum import StrEnum
from pathlib import PurePath
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic.dataclasses import dataclass

from options.option import Form, Options, declarations, one_of, option, shaped

DEFAULT_NAME = "llama3.1"
SMALL_MODEL = "smollm2-135m-instruct"
"""What llama.cpp's server serves when no file is named."""


def _base_url(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        return None
    return text.rstrip("/") if usable else None


BaseUrl = Annotated[str, Form("an http or https URL without a user name", _base_url)]
"""A slash at its end is taken away."""
Money = Annotated[str, shaped("an amount such as 0.15", re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?"))]
"""A decimal text, so that no cent is lost; all amounts are in one currency."""


class ModelKind(StrEnum):
    """Who answers the model gateway's requests."""

    OFFLINE = "offline"
    OLLAMA = "ollama"
    OPENAI = "openai"
    LLAMACPP = "llamacpp"


@dataclass(frozen=True, kw_only=True)
class ModelSettings(Options):
    """Which model answers, and where it is served (`endpoint`; empty for the offline one).

    Those in the lower half are options of the model gateway too, under the names of their fields.
    """

    noun: ClassVar[str] = "model"

    kind: ModelKind = option(
        ModelKind.OFFLINE,
        "who answers: offline (extractive summaries, no model weights), ollama, openai (any OpenAI-compatible server) "
        "or llamacpp (a server of its own, embedded only)",
    )
    name: str = option("", "the model to ask for; without it llama3.1, and with llamacpp the name of its file", example=DEFAULT_NAME)
    endpoint: BaseUrl = option(
        "",
        "base URL of the model server; required for openai; without it ollama is the one of this machine (embedded) or one in the cluster "
        "(kubernetes)",
        example="http://127.0.0.1:8000/v1",
    )
    file: str = option(
        "",
        f"GGUF file that llamacpp serves; without it {SMALL_MODEL}, a small model that is installed with it",
        example="/models/qwen3-4b.gguf",
    )
    threads: int = option(0, "threads of llamacpp; 0 for one less than cores", low=0, high=256, unit="threads")
    slots: int = option(2, "requests that llamacpp answers in parallel; each slot has a context of its own", low=1, high=64, unit="slots")

    fallback_endpoint: BaseUrl = option(
        "",
        "base URL of a model server that is asked when the first one fails; its key is the secret model.fallbackApiKey",
        example="http://127.0.0.1:8001/v1",
    )
    fallback_name: str = option("", "the model to ask that server for; without it model.name", example="llama3.2")
    ca_file: str = option(
        "",
        "PEM file of the certificate authority that signed the model server's certificate; without it the system's",
        example="/etc/ssl/private-ca.pem",
    )
    proxy: BaseUrl = option(
        "", "HTTP proxy on the way to the model server; without it the environment's", example="http://proxy.example.com:3128"
    )
    concurrency: int = option(8, "calls of the model server in parallel", low=1, high=1_000, unit="calls")
    # Flink's ML_PREDICT restarts the job after 180 s: a row's patience ends before.
    attempt_seconds: int = option(100, "how long one call of the model may take", low=1, high=170, unit="seconds")
    patience_seconds: int = option(
        150,
        "how long a row waits for its answer, all attempts together; then it is rejected with the reason",
        low=1,
        high=170,
        unit="seconds",
    )
    context_tokens: int = option(0, "the model's context; longer inputs are cut; 0 asks the server", low=0, high=10_000_000, unit="tokens")
    max_input_characters: int = option(
        100_000, "longest input that goes to the model; longer ones are rejected", low=1, high=10_000_000, unit="characters"
    )
    max_tokens: int = option(0, "longest answer that is asked for; 0 for what CREATE MODEL says", low=0, high=1_000_000, unit="tokens")
    requests_per_minute: int = option(
        0, "calls of the model a minute; more of them wait; 0 for no limit", low=0, high=1_000_000, unit="calls a minute"
    )
    tokens_per_day: int = option(
        0, "tokens a day (UTC), input and output together; 0 for no limit", low=0, high=999_999_999, unit="tokens a day"
    )
    money_per_day: Money = option(
        "0", "spending limit a day (UTC); 0 for no limit", unit="money, in the currency of the prices", example="2.50"
    )
    input_price: Money = option("0", "price of a million input tokens", unit="money", example="0.15")
    output_price: Money = option("0", "price of a million output tokens", unit="money", example="0.60")
    budget_policy: Annotated[str, one_of("reject", "wait")] = option(
        "reject", "what happens to a row over the day's budget: reject, or wait (as long as model.patienceSeconds, then it is rejected)"
    )
    ledger_megabytes: int = option(
        512, "size of the ledger of answers; the oldest are removed first", low=1, high=100_000, unit="megabytes"
    )
    ledger_days: int = option(90, "how long an answer is kept in the ledger", low=1, high=3_650, unit="days")

    @property
    def served_name(self) -> str:
        """The given name, else the kind's own. llama.cpp's server names a file as the file is called."""
        if self.name:
            return self.name
        if self.kind is ModelKind.LLAMACPP:
            return PurePath(self.file).stem if self.file else SMALL_MODEL
        return DEFAULT_NAME


_NO_FLAGS = frozenset({"kind", "name", "endpoint", "file", "threads", "slots"})
"""The gateway gets the first three in another way, the others are for llama.cpp's server."""
_OTHER_FLAGS = {"fallback_endpoint": "--fallback", "fallback_name": "--fallback-model"}


def gateway_flags() -> dict[str, str]:
    """Return the model gateway's flag of each option that it has, by the field's name."""
    return {name: _OTHER_FLAGS.get(name) or f"--{name.replace('_', '-')}" for name in declarations(ModelSettings) if name not in _NO_FLAGS}


def gateway_options(model: ModelSettings) -> tuple[str, ...]:
    """Return the model gateway's arguments for everything that is not as by default. The offline model has no use for them."""
    if model.kind is ModelKind.OFFLINE:
        return ()
    if model.kind is ModelKind.LLAMACPP:
        # What waits for a slot waits in the gateway, where it does not count as a call that takes too long.
        model = replace(model, concurrency=min(model.concurrency, model.slots))
    declared = declarations(ModelSettings)
    given = {flag: getattr(model, name) for name, flag in gateway_flags().items() if getattr(model, name) != declared[name].default}
    return tuple(part for flag, value in given.items() for part in (flag, str(value)))
