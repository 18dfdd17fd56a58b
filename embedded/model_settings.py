"""Which model answers, behind which servers, within which limits; and the model gateway's command line for it."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from enum import StrEnum
from pathlib import PurePath

PlainValue = str | int | float
"""What comes back from Pulumi's state: an integer that went in may come out as a float."""


DEFAULT_NAME = "llama3.1"
SMALL_MODEL = "smollm2-135m-instruct"
"""What llama.cpp's server serves when no file is named."""


class ModelKind(StrEnum):
    """Who answers the model gateway's requests."""

    OFFLINE = "offline"
    OLLAMA = "ollama"
    OPENAI = "openai"
    LLAMACPP = "llamacpp"


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """Which model answers, and where it is served (`endpoint`, a base URL; empty for the offline one).

    Amounts of 0 are no limit. Money and prices are decimal texts, in one currency; prices are for a million tokens. `patience_seconds` is
    how long a row may wait for its answer, all attempts together; `attempt_seconds` how long one call may take. `file`, `threads` and
    `slots` are of llama.cpp's server: an absolute path or nothing, 0 for one less than cores, answers at one time.
    """

    kind: ModelKind = ModelKind.OFFLINE
    name: str = DEFAULT_NAME
    endpoint: str = ""
    fallback_endpoint: str = ""
    fallback_name: str = ""
    ca_file: str = ""
    proxy: str = ""
    concurrency: int = 8
    attempt_seconds: int = 100
    patience_seconds: int = 150
    context_tokens: int = 0
    max_input_characters: int = 100_000
    max_tokens: int = 0
    requests_per_minute: int = 0
    tokens_per_day: int = 0
    money_per_day: str = "0"
    input_price: str = "0"
    output_price: str = "0"
    budget_policy: str = "reject"
    ledger_megabytes: int = 512
    ledger_days: int = 90
    file: str = ""
    threads: int = 0
    slots: int = 2


MODEL_KEYS: Mapping[str, str] = {
    "name": "model.name",
    "endpoint": "model.endpoint",
    "fallback_endpoint": "model.fallbackEndpoint",
    "fallback_name": "model.fallbackName",
    "ca_file": "model.caFile",
    "proxy": "model.proxy",
    "concurrency": "model.concurrency",
    "attempt_seconds": "model.attemptSeconds",
    "patience_seconds": "model.patienceSeconds",
    "context_tokens": "model.contextTokens",
    "max_input_characters": "model.maxInputCharacters",
    "max_tokens": "model.maxTokens",
    "requests_per_minute": "model.requestsPerMinute",
    "tokens_per_day": "model.tokensPerDay",
    "money_per_day": "model.moneyPerDay",
    "input_price": "model.inputPrice",
    "output_price": "model.outputPrice",
    "budget_policy": "model.budgetPolicy",
    "ledger_megabytes": "model.ledgerMegabytes",
    "ledger_days": "model.ledgerDays",
    "file": "model.file",
    "threads": "model.threads",
    "slots": "model.slots",
}
"""Field of `ModelSettings` to the config key that sets it; `kind` is read apart."""

_FLAGS: Mapping[str, str] = {
    "fallback_endpoint": "--fallback",
    "fallback_name": "--fallback-model",
    "ca_file": "--ca-file",
    "proxy": "--proxy",
    "concurrency": "--concurrency",
    "attempt_seconds": "--attempt-seconds",
    "patience_seconds": "--patience-seconds",
    "context_tokens": "--context-tokens",
    "max_input_characters": "--max-input-characters",
    "max_tokens": "--max-tokens",
    "requests_per_minute": "--requests-per-minute",
    "tokens_per_day": "--tokens-per-day",
    "money_per_day": "--money-per-day",
    "input_price": "--input-price",
    "output_price": "--output-price",
    "budget_policy": "--budget-policy",
    "ledger_megabytes": "--ledger-megabytes",
    "ledger_days": "--ledger-days",
}


def served_name(kind: ModelKind, name: str, file: str) -> str:
    """Return the name of the model: the given one, else the kind's own. llama.cpp's server names a file as the file is called."""
    if name:
        return name
    if kind is ModelKind.LLAMACPP:
        return PurePath(file).stem if file else SMALL_MODEL
    return DEFAULT_NAME


def default_of(field: str) -> str | int:
    """Return the default of a field of `ModelSettings`."""
    found = {one.name: one.default for one in fields(ModelSettings)}[field]
    if found is MISSING or not isinstance(found, str | int):
        raise KeyError(field)
    return found


def gateway_options(model: ModelSettings) -> tuple[str, ...]:
    """Return the model gateway's arguments for everything that is not as by default. The offline model has no use for them."""
    if model.kind is ModelKind.OFFLINE:
        return ()
    if model.kind is ModelKind.LLAMACPP:
        # What waits for a slot waits in the gateway, where it does not count as a call that takes too long.
        model = replace(model, concurrency=min(model.concurrency, model.slots))
    given = {flag: getattr(model, field) for field, flag in _FLAGS.items() if getattr(model, field) != default_of(field)}
    return tuple(part for flag, value in given.items() for part in (flag, str(value)))
