"""What the gateway is started with, checked once: command line -> frozen `Settings`."""

import argparse
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import httpx

from modelgateway.errors import SettingsError

OLLAMA_BASE = "http://127.0.0.1:11434/v1"
"""Where Ollama listens unless told otherwise (ollama docs/faq, OLLAMA_HOST) and serves OpenAI's API."""


API_KEY_VARIABLE = "MODEL_GATEWAY_API_KEY"
"""Environment variable with the upstream's key, for where a file of the owner's own is hard to have: a container. A file goes before it."""


class ModelKind(StrEnum):
    """Who answers."""

    OFFLINE = "offline"
    OLLAMA = "ollama"
    OPENAI = "openai"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One gateway. `upstream` is a base URL without a trailing slash, empty for `offline`; `port` 0 takes any free port.

    `api_key` is sent upstream as a bearer token when it is not empty, and is never shown.
    """

    host: str
    port: int
    kind: ModelKind
    model: str
    upstream: str = ""
    api_key: str = field(default="", repr=False)
    concurrency: int = 8
    """Requests that are with the backend at one time. Above Flink's 5 per statement, below what queues for minutes in a local model."""
    waiting: int = 512
    """Requests that may wait for their turn; the next one is answered 503. Ollama's own queue is as long (OLLAMA_MAX_QUEUE)."""
    max_body_bytes: int = 8 * 1024 * 1024
    upstream_timeout_seconds: float = 150.0
    """Under the 180 s after which Flink's ML_PREDICT fails the job, so that the reason reaches the client."""


def parse_arguments(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the command line. Raises SettingsError for values that argparse cannot judge; argparse itself exits with 2 and the usage."""
    given = _parser().parse_args(arguments)
    kind = ModelKind(given.kind)
    return Settings(
        host=given.host,
        port=_port(given.port),
        kind=kind,
        model=_model(given.model),
        upstream=_upstream(kind, given.upstream),
        api_key=_read_key(Path(given.api_key_file))
        if given.api_key_file
        else _usable(environment.get(API_KEY_VARIABLE, ""), API_KEY_VARIABLE),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m modelgateway", description="An OpenAI-compatible server between Flink and a model.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=19434, help="port to listen on, 0 for any free one (default: %(default)s)")
    parser.add_argument("--kind", choices=[kind.value for kind in ModelKind], default="offline", help="who answers (default: %(default)s)")
    parser.add_argument("--model", default="llama3.1", help="the model that the upstream is asked for (default: %(default)s)")
    parser.add_argument(
        "--upstream", default="", metavar="BASEURL", help=f"OpenAI-compatible base URL; for ollama {OLLAMA_BASE} by default"
    )
    parser.add_argument(
        "--api-key-file",
        default="",
        metavar="FILE",
        help=f"file with the upstream's key, readable by its owner only (default: the variable {API_KEY_VARIABLE})",
    )
    return parser


def _port(port: int) -> int:
    highest = 65535
    if not 0 <= port <= highest:
        raise SettingsError(f"--port {port} is not a port. Give a number from 0 to {highest}.")
    return port


def _model(name: str) -> str:
    if not name.strip():
        raise SettingsError("--model is empty. Give the name of a model, for example llama3.1.")
    return name


def _upstream(kind: ModelKind, base: str) -> str:
    if kind is ModelKind.OFFLINE:
        return ""
    if not base and kind is ModelKind.OPENAI:
        raise SettingsError("--kind openai needs --upstream, the base URL of the server, for example https://models.example.com/v1.")
    base = (base or OLLAMA_BASE).rstrip("/")
    try:
        url = httpx.URL(base)
    except (httpx.InvalidURL, ValueError):
        raise SettingsError("--upstream is not a URL. Give one like http://127.0.0.1:11434/v1.") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError("--upstream is not an http or https URL. Give one like http://127.0.0.1:11434/v1.")
    if url.userinfo or url.query or url.fragment:
        raise SettingsError("--upstream holds more than scheme, host, port and path. Put a key into a file and give --api-key-file.")
    return base


def _read_key(file: Path) -> str:
    """Read the key. An empty file is no key: a server on this machine asks for none."""
    try:
        mode = file.stat().st_mode
        key = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "cannot be read") if isinstance(error, OSError) else "not a text"
        raise SettingsError(f"--api-key-file {file}: {reason}.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"--api-key-file {file} can be read by others (mode {stat.S_IMODE(mode):04o}). Run: chmod 600 {file}")
    return _usable(key, f"--api-key-file {file}")


def _usable(text: str, where: str) -> str:
    key = text.strip()
    if not key.isascii() or not key.isprintable():
        raise SettingsError(f"{where} holds no usable key: one line of printable ASCII characters is expected.")
    return key
