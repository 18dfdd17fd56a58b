"""The command line and the environment, checked once: arguments -> `Settings`. Keys come from files or variables, never as arguments."""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from modelgateway.api_key import read_key, usable_key
from modelgateway.errors import SettingsError
from modelgateway.settings import MEGABYTE, OLLAMA_BASE, Budget, LedgerSettings, ModelKind, Settings, Upstream

API_KEY_VARIABLE = "MODEL_GATEWAY_API_KEY"
"""Environment variable with the upstream's key, for where a file of the owner's own is hard to have: a container. A file goes before it."""
FALLBACK_KEY_VARIABLE = "MODEL_GATEWAY_FALLBACK_API_KEY"
"""The same for the fallbacks; the second one's ends in `_2`, and so on."""
HIGHEST_PATIENCE = 170
"""Seconds. Flink's ML_PREDICT gives up after 180 s and restarts the job."""
Number = TypeVar("Number", int, float)


def parse_arguments(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the command line. Raises SettingsError for values that argparse cannot judge; argparse itself exits with 2 and the usage."""
    given = _parser().parse_args(arguments)
    kind = ModelKind(given.kind)
    key = _key(given.api_key_file, environment, API_KEY_VARIABLE)
    return Settings(
        host=given.host,
        port=_port(given.port),
        kind=kind,
        model=_model(given.model),
        upstreams=_upstreams(kind, given, key, environment),
        concurrency=_positive("--concurrency", given.concurrency),
        attempt_seconds=_positive("--attempt-seconds", given.attempt_seconds),
        patience_seconds=_patience(given.patience_seconds),
        context_tokens=_amount("--context-tokens", given.context_tokens),
        revision=given.model_revision,
        ca_file=_existing("--ca-file", given.ca_file),
        proxy=_proxy(given.proxy),
        budget=_budget(given),
        ledger=LedgerSettings(
            file=Path(given.ledger) if given.ledger else None,
            max_bytes=_positive("--ledger-megabytes", given.ledger_megabytes) * MEGABYTE,
            max_days=_positive("--ledger-days", given.ledger_days),
        ),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m modelgateway", description="An OpenAI-compatible server between Flink and a model.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=19434, help="port to listen on, 0 for any free one (default: %(default)s)")
    add("--kind", choices=[kind.value for kind in ModelKind], default="offline", help="who answers (default: %(default)s)")
    add("--model", default="llama3.1", help="the model that the upstream is asked for (default: %(default)s)")
    add("--model-revision", default="", help="tells it from another of that name: answers are kept apart (default: none)")
    add("--upstream", default="", metavar="BASEURL", help=f"OpenAI-compatible base URL; for ollama {OLLAMA_BASE} by default")
    add("--api-key-file", default="", metavar="FILE", help=f"file with the upstream's key, mode 0600 (default: {API_KEY_VARIABLE})")
    add("--fallback", action="append", default=[], metavar="BASEURL", help="server to ask when those before it fail; may be repeated")
    add("--fallback-model", action="append", default=[], metavar="NAME", help="its model, in the same order (default: as asked for)")
    add("--fallback-key-file", action="append", default=[], metavar="FILE", help=f"its key (default: {FALLBACK_KEY_VARIABLE})")
    add("--ca-file", default="", metavar="FILE", help="PEM file of the certificate authority that signed the upstream's certificate")
    add("--proxy", default="", metavar="URL", help="proxy for the upstreams (default: the environment's, for hosts that are not this one)")
    _add_limits(parser)
    return parser


def _add_limits(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--concurrency", type=int, default=8, help="calls at one upstream at one time (default: %(default)s)")
    add("--attempt-seconds", type=float, default=100.0, help="how long one call may take (default: %(default)s)")
    add("--patience-seconds", type=float, default=150.0, help="how long a request may take with all its attempts (default: %(default)s)")
    add("--context-tokens", type=int, default=0, help="tokens of the model's context; 0 asks the server (default: %(default)s)")
    add("--ledger", default="", metavar="FILE", help="SQLite file that keeps answers; without it each request is a call")
    add("--ledger-megabytes", type=int, default=512, help="size above which the oldest answers go (default: %(default)s)")
    add("--ledger-days", type=int, default=90, help="age at which answers go (default: %(default)s)")
    add("--max-input-characters", type=int, default=100_000, help="longest input that goes upstream (default: %(default)s)")
    add("--max-tokens", type=int, default=0, help="longest answer that is asked for; 0 for as the request says (default: %(default)s)")
    add("--requests-per-minute", type=int, default=0, help="calls at the upstreams; 0 for no limit (default: %(default)s)")
    add("--tokens-per-day", type=int, default=0, help="tokens in and out; 0 for no limit (default: %(default)s)")
    add("--money-per-day", type=float, default=0.0, help="in the currency of the prices; 0 for no limit (default: %(default)s)")
    add("--input-price", type=float, default=0.0, help="price of a million tokens that go in (default: %(default)s)")
    add("--output-price", type=float, default=0.0, help="price of a million tokens that come out (default: %(default)s)")
    add("--budget-policy", choices=["reject", "wait"], default="reject", help="what becomes of a request over the day's budget")


def _budget(given: argparse.Namespace) -> Budget:
    budget = Budget(
        requests_per_minute=_amount("--requests-per-minute", given.requests_per_minute),
        tokens_per_day=_amount("--tokens-per-day", given.tokens_per_day),
        money_per_day=_amount("--money-per-day", given.money_per_day),
        input_price=_amount("--input-price", given.input_price),
        output_price=_amount("--output-price", given.output_price),
        waits=given.budget_policy == "wait",
        max_input_characters=_positive("--max-input-characters", given.max_input_characters),
        max_tokens=_amount("--max-tokens", given.max_tokens),
    )
    if budget.money_per_day and not (budget.input_price or budget.output_price):
        raise SettingsError("--money-per-day needs prices: without --input-price and --output-price nothing costs anything.")
    return budget


def _amount(flag: str, value: Number) -> Number:
    if value < 0:
        raise SettingsError(f"{flag} is {value}. Give 0 or more.")
    return value


def _positive(flag: str, value: Number) -> Number:
    if value <= 0:
        raise SettingsError(f"{flag} is {value}. Give more than 0.")
    return value


def _patience(seconds: float) -> float:
    if not 0 < seconds <= HIGHEST_PATIENCE:
        raise SettingsError(f"--patience-seconds is {seconds}. Give at most {HIGHEST_PATIENCE}: Flink restarts the job after 180.")
    return seconds


def _port(port: int) -> int:
    highest = 65535
    if not 0 <= port <= highest:
        raise SettingsError(f"--port {port} is not a port. Give a number from 0 to {highest}.")
    return port


def _model(name: str) -> str:
    if not name.strip():
        raise SettingsError("--model is empty. Give the name of a model, for example llama3.1.")
    return name


def _existing(flag: str, path: str) -> Path | None:
    if path and not Path(path).is_file():
        raise SettingsError(f"{flag} {path}: there is no such file.")
    return Path(path) if path else None


def _proxy(url: str) -> str:
    return _base("--proxy", url) if url else ""


def _upstreams(kind: ModelKind, given: argparse.Namespace, key: str, environment: Mapping[str, str]) -> tuple[Upstream, ...]:
    if kind is ModelKind.OFFLINE:
        return ()
    if not given.upstream and kind is not ModelKind.OLLAMA:
        raise SettingsError(f"--kind {kind} needs --upstream, the base URL of the server, for example https://models.example.com/v1.")
    found = [Upstream(base=_base("--upstream", given.upstream or OLLAMA_BASE), api_key=key, key_file=_file(given.api_key_file))]
    for index, base in enumerate(given.fallback):
        variable = FALLBACK_KEY_VARIABLE + (f"_{index + 1}" if index else "")
        found.append(
            Upstream(
                base=_base("--fallback", base),
                model=_at(given.fallback_model, index),
                api_key=_key(_at(given.fallback_key_file, index), environment, variable),
                key_file=_file(_at(given.fallback_key_file, index)),
            )
        )
    return tuple(found)


def _at(values: Sequence[str], index: int) -> str:
    return values[index] if index < len(values) else ""


def _base(flag: str, base: str) -> str:
    base = base.rstrip("/")
    message = f"{flag} is not an http or https URL. Give one like http://127.0.0.1:11434/v1."
    try:
        url = urlsplit(base)
        _ = url.port
    except ValueError:
        raise SettingsError(message) from None
    if url.scheme not in {"http", "https"} or not url.hostname or not base.isprintable() or " " in base:
        raise SettingsError(message)
    if url.username is not None or url.query or url.fragment:
        raise SettingsError(f"{flag} holds more than scheme, host, port and path. Put a key into a file and give --api-key-file.")
    return base


def _key(file: str, environment: Mapping[str, str], variable: str) -> str:
    return read_key(Path(file)) if file else usable_key(environment.get(variable, ""), variable)


def _file(path: str) -> Path | None:
    return Path(path) if path else None
