"""One HTTP exchange with a Flink REST server: per-thread connections, time-outs, and trouble of the wire turned into our errors.

Knows nothing of statements or jobs. Both Flink servers, SQL Gateway and JobManager, answer JSON objects, and errors as `{"errors": [..]}`.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Protocol, TypeVar

import requests
from pydantic import BaseModel, ConfigDict, ValidationError

from flinksql.errors import PermanentError, TransientError, UnreachableError

EXCERPT_CHARACTERS = 120
"""How much of a reply that cannot be understood is shown: enough to recognise a proxy's page, too little to flood a terminal."""

MOST_CHARACTERS = 1_000_000
"""What is read of an error. Deep recursion in a planner or a user's function makes traces of tens of megabytes."""
_FRAME = re.compile(r"\n[ \t]+at [^\n]*")

_GATEWAY_TROUBLE = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}


class ReplyLostError(UnreachableError):
    """The request left, the reply did not come: the other side may have acted on it."""


class UnexpectedReplyError(TransientError):
    """The reply is not what the REST API promises (HTML, empty, cut off): something else may be listening at the address."""


class Wire(BaseModel):
    """Base of all JSON shapes: unknown fields are ignored, because they come and go between Flink versions."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ErrorBody(Wire):
    """What both servers send with any status of 400 and above."""

    errors: tuple[str, ...] = ()


class Intervention(Protocol):
    """What a proxy on the way says itself in place of passing the request on, or the reply back."""

    @property
    def reason(self) -> str:
        """Why, in words for people."""

    @property
    def delivered(self) -> bool:
        """Whether the server may have had the request."""

    @property
    def lasting(self) -> bool:
        """Whether asking again gives the same until somebody changes something."""


def no_intermediary(_status: int, _text: str) -> None:
    """Report no intervention: every reply is the server's own."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a Flink REST server is and how to speak to it.

    `base_url` may have a path (a proxy's prefix); request paths are appended to it. `name` is for messages: "SQL Gateway" or "JobManager".
    `session_factory` makes the `requests.Session` of a thread; `headers` are set on each. The environment's proxies are not used.
    `intermediary` gets status and body of a reply and tells what a proxy on the way said itself; None for the server's own. `behind` names
    that proxy where the connection leads to it: when none can be made, it is the proxy that cannot be reached.
    `certificate` is a PEM file with a client certificate and its key; `verify` may be the PEM file of who signed the server's.
    `waits` are pauses before a read is tried again of a server that is on its way. `advice` says what to do when it cannot be reached,
    `trust_advice` when TLS does not come about.
    """

    name: str
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: bool | str = True
    certificate: str | None = None
    session_factory: Callable[[], requests.Session] = requests.Session
    intermediary: Callable[[int, str], Intervention | None] = no_intermediary
    behind: str = ""
    waits: tuple[float, ...] = ()
    advice: str = "Start it, or correct its address."
    trust_advice: str = ""
    connect_seconds: float = 3.0
    read_seconds: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply as it came. `text` may be anything."""

    status: int
    text: str

    @property
    def ok(self) -> bool:
        """Whether the server did what it was asked."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def errors(self) -> str:
        """The longest of the server's error texts, which holds the stack trace; empty when the body is no error body.

        Of one that is longer than MOST_CHARACTERS the frames are left out, and then the middle: the message is its beginning, and the
        last cause its end.
        """
        try:
            text = max(ErrorBody.model_validate_json(self.text).errors, key=len, default="")
        except ValidationError:
            return ""
        if len(text) <= MOST_CHARACTERS:
            return text
        text, half = _FRAME.sub("", text), MOST_CHARACTERS // 2
        return text if len(text) <= MOST_CHARACTERS else f"{text[:half]}\n{text[-half:]}"


WireT = TypeVar("WireT", bound=BaseModel)


_TLS_REASONS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS",
    "ALERT": "it did not accept this client's certificate",
}
"""Signs in the text of an exception of TLS. Every other one is about the server's certificate."""


def _tls_reason(text: str) -> str:
    return next((words for sign, words in _TLS_REASONS.items() if sign in text), "its TLS certificate was not accepted")


class Transport:
    """Exchanges with one endpoint. Safe to share between threads: each has its own connection. `pause` waits so many seconds."""

    def __init__(self, endpoint: Endpoint, pause: Callable[[float], None] = time.sleep) -> None:
        self.endpoint = endpoint
        self._pause = pause
        self._local = threading.local()

    def get(self, path: str) -> Reply:
        """Read, and once more when the reply got lost: reading twice does no harm, and a pooled connection may have died meanwhile."""
        waits = iter(self.endpoint.waits)
        while True:
            try:
                return self._read(path)
            except UnreachableError:
                wait = next(waits, None)
                if wait is None:
                    raise
            self._pause(wait)

    def _read(self, path: str) -> Reply:
        try:
            return self.call("GET", path)
        except ReplyLostError:
            return self.call("GET", path)

    def call(self, method: str, path: str, *, body: object | None = None, read_seconds: float | None = None) -> Reply:
        """Send one request.

        Raises `UnreachableError` when no connection could be made, `ReplyLostError` when the request may have been acted upon,
        `PermanentError` when a proxy on the way will never let it through.
        """
        timeout = (self.endpoint.connect_seconds, read_seconds or self.endpoint.read_seconds)
        try:
            response = self._session().request(
                method,
                self.endpoint.base_url.rstrip("/") + path,
                json=body,
                timeout=timeout,
                allow_redirects=False,
                verify=self.endpoint.verify,
            )
        except requests.exceptions.ConnectTimeout as error:
            raise UnreachableError(self._unconnected("no connection within the time limit")) from error
        except requests.exceptions.ReadTimeout as error:
            raise ReplyLostError(self._unreachable(f"no reply within {timeout[1]:g} s")) from error
        except requests.exceptions.ConnectionError as error:
            raise self._connection_error(error) from error
        except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise PermanentError(
                f"The {self.endpoint.name}'s address {self.endpoint.base_url!r} is not a URL (example: http://127.0.0.1:19083)."
            ) from error
        except OSError as error:
            raise self._other_trouble(error) from error
        reply = Reply(status=response.status_code, text=response.text)
        intervention = self.endpoint.intermediary(reply.status, reply.text)
        if intervention is not None:
            raise self._intervened(intervention)
        if reply.status in _GATEWAY_TROUBLE:
            raise ReplyLostError(self._unreachable(f"HTTP {reply.status} from a proxy in between"))
        return reply

    def decode(self, shape: type[WireT], reply: Reply) -> WireT:
        """Return the reply's body as `shape`. Raises `UnexpectedReplyError` when it is not JSON of that shape."""
        try:
            return shape.model_validate_json(reply.text)
        except ValidationError as error:
            raise self.unexpected(reply) from error

    def unexpected(self, reply: Reply) -> UnexpectedReplyError:
        """Return the error for a reply that the REST API does not promise."""
        shown = " ".join(reply.text.split())[:EXCERPT_CHARACTERS]
        body = f"begins with {shown!r}" if shown else "is empty"
        return UnexpectedReplyError(
            f"The {self.endpoint.name} at {self.endpoint.base_url} answered HTTP {reply.status} "
            f"with a body that its REST API does not know: it {body}. "
            f"Is another program or a proxy listening there?"
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self.endpoint.session_factory()
            session.trust_env = False
            session.headers.update(self.endpoint.headers)
            if self.endpoint.certificate:
                # Without one, the factory's own stays: a kubeconfig's certificate.
                session.cert = self.endpoint.certificate
            self._local.session = session
        return session

    def _intervened(self, intervention: Intervention) -> PermanentError | UnreachableError:
        if intervention.lasting:
            return PermanentError(f"The {self.endpoint.name} at {self.endpoint.base_url} cannot be reached: {intervention.reason}.")
        words = self._unreachable(intervention.reason)
        return ReplyLostError(words) if intervention.delivered else UnreachableError(words)

    def _connection_error(self, error: requests.exceptions.ConnectionError) -> UnreachableError:
        if isinstance(error, requests.exceptions.SSLError):
            return UnreachableError(self._unconnected(_tls_reason(str(error)), self.endpoint.trust_advice))
        text = str(error)
        if "NewConnectionError" in text or "Failed to establish" in text or "NameResolutionError" in text:
            return UnreachableError(self._unconnected("connection refused or host unknown"))
        return ReplyLostError(self._unconnected("the connection was closed before the reply"))

    def _other_trouble(self, error: OSError) -> UnreachableError:
        if isinstance(error, requests.exceptions.RequestException):
            return ReplyLostError(self._unreachable("the reply was cut off"))
        # The files of certificates are looked for when a request is made.
        wanted = (self.endpoint.certificate, self.endpoint.verify)
        missing = next((one for one in wanted if isinstance(one, str) and not Path(one).is_file()), "")
        reason = f"the certificate {missing} is not there" if missing else " ".join(str(error).split())
        return UnreachableError(self._unreachable(reason))

    def _unconnected(self, reason: str, advice: str = "") -> str:
        """Return the error of a connection that could not be made, to the proxy where there is one."""
        if not self.endpoint.behind:
            return self._unreachable(reason, advice)
        who = self.endpoint.name
        return f"{self.endpoint.behind} cannot be reached: {reason}. The {who} is reached through it: is the cluster running?"

    def _unreachable(self, reason: str, advice: str = "") -> str:
        advice = advice or self.endpoint.advice
        return f"The {self.endpoint.name} at {self.endpoint.base_url} cannot be reached: {reason}. {advice}"
