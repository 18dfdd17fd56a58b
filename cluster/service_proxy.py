"""A service of the cluster, reached through the API server: no port-forward, nothing exposed, governed by the right `services/proxy`.

Requests and replies pass unchanged. The API server's own replies are `Status` objects, which no Flink server sends. Measured with
Kubernetes 1.34: 503 if no endpoint is ready or the pod does not answer, 404 for a missing service, 403 without the right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import requests

from cluster.api_server import ApiServer, status_of

_NEVER_SENT = (
    "no endpoints available",
    "connection refused",
    "dial tcp",
    "no route to host",
    "no such host",
    "not found",
    "no service port",
)
_NOBODY = ("no endpoints available", "not found")
_TRYING = "error trying to reach service"
_TEXT_CHARACTERS = 300


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """The API server's reply in place of the service's.

    `delivered`: the service may have received the request. `lasting`: a retry gives the same reply until somebody changes something.
    """

    reason: str
    delivered: bool
    lasting: bool


@dataclass(frozen=True, kw_only=True)
class ServiceProxy:
    """A service's address behind the API server, and what a client needs to use it. `through` names the API server in messages."""

    base_url: str
    verify: bool | str
    through: str = ""
    session_factory: Callable[[], requests.Session] = field(repr=False)

    @staticmethod
    def intervention(status: int, text: str) -> Intervention | None:
        """Return the API server's own reply; None for a reply of the service."""
        return intervention(status, text)


def service_proxy(api_server: ApiServer, *, namespace: str, service: str, port: int) -> ServiceProxy:
    """Return the address of a service's HTTP port. Send nothing."""
    return ServiceProxy(
        base_url=f"{api_server.server}/api/v1/namespaces/{namespace}/services/http:{service}:{port}/proxy",
        verify=api_server.verify,
        through=f"The API server of context {api_server.context} at {api_server.server}",
        session_factory=api_server.session,
    )


def intervention(status: int, text: str) -> Intervention | None:
    """Return the API server's own reply; None for a reply of the service."""
    if status < HTTPStatus.BAD_REQUEST:
        return None
    said = str(status_of(text).get("message") or "")
    if not said and text.lstrip().lower().startswith(_TRYING):
        said = text
    if not said:
        return None
    said = " ".join(said.split())[:_TEXT_CHARACTERS]
    if status == HTTPStatus.UNAUTHORIZED:
        return Intervention(reason=f"the API server does not accept the credentials ({said}): log in again", delivered=False, lasting=True)
    if status == HTTPStatus.FORBIDDEN:
        return Intervention(
            reason=f"the API server forbids it: {said}. The right `services/proxy` is needed", delivered=False, lasting=True
        )
    if any(words in said for words in _NOBODY):
        said = f"{said} (no pod of it is ready: `python -m console status` says why, and `up` repairs it)"
    never = any(words in said for words in _NEVER_SENT)
    return Intervention(reason=f"the API server says: {said}", delivered=not never, lasting=False)
