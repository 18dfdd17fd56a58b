"""Whether the model servers that a job calls answer at all, asked before anything is touched.

Flink tells nothing of a dead model: the calls are repeated until ML_PREDICT's time-out, three minutes by default, and then the job
restarts without naming the reason.
"""

from collections.abc import Callable

import requests

from flinksql.errors import StatementError
from flinksql.sql import TokenKind, excerpt_at, redact, tokenise
from flinksql.statements.script import Script, Step

ModelProbe = Callable[[str], str]
"""Takes a model's endpoint and returns why nothing answers there; empty when something does, or when it cannot be told from here."""

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
_REASONS = (
    ("ConnectTimeout", f"no connection within {CONNECT_SECONDS:g} s"),
    ("SSLError", "its TLS certificate was not accepted"),
    ("NameResolutionError", "the host is unknown"),
    ("refused", "connection refused"),
    ("InvalidURL", "it is not a URL"),
    ("InvalidSchema", "it is not a URL"),
    ("MissingSchema", "it is not a URL"),
)
"""Signs in an exception's class or text, first match wins."""
_NO_ANSWER = "the connection was closed before an answer"
_WORDS_BEFORE_NAME = 3
"""`CREATE TEMPORARY MODEL name` is the longest beginning."""


def probe_directly(url: str) -> str:
    """Ask the endpoint from this machine, for platforms whose Flink runs on it. Any answer will do, and so does a slow one."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.get(url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True).close()
    except requests.exceptions.ReadTimeout:
        return ""
    except requests.exceptions.RequestException as error:
        text = str(error)
        return next((reason for sign, reason in _REASONS if sign in text or sign in type(error).__name__), _NO_ANSWER)
    return ""


def no_probe(_url: str) -> str:
    """Take every model as there: where Flink runs, addresses mean something else than here."""
    return ""


def check_models(script: Script, probe: ModelProbe) -> None:
    """Ask the endpoint of each model in the closure once. Raises StatementError where the endpoint stands."""
    asked: dict[str, str] = {}
    for step in script.closure:
        for url, offset in _endpoints(step):
            if url not in asked:
                asked[url] = probe(url)
            if asked[url]:
                raise _unanswered(script, step, url, offset, asked[url])


def _endpoints(step: Step) -> list[tuple[str, int]]:
    """Return the endpoint of a CREATE MODEL with its offset; nothing for other statements."""
    tokens = tokenise(step.rendered.sql, step.statement.file).tokens
    if not any(token.is_word("MODEL") for token in tokens[:_WORDS_BEFORE_NAME]):
        return []
    return [
        (value.value, value.start)
        for key, equals, value in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if key.kind is TokenKind.STRING and key.value == "endpoint" and equals.text == "=" and value.kind is TokenKind.STRING
    ]


def _unanswered(script: Script, step: Step, url: str, offset: int, problem: str) -> StatementError:
    position = step.rendered.position(offset)
    message = (
        f"the model's endpoint {redact(url, script.secrets)} does not answer: {problem}. "
        "No job was touched. Start the model server, or change the endpoint."
    )
    return StatementError(message, statement=step.statement.name, position=position, excerpt=excerpt_at(step.rendered.text, position))
