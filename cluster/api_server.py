"""The API server of one context: JSON requests with the kubeconfig's own credentials, and errors that users can understand.

The `kubernetes` library handles credentials: client certificates, tokens, exec plugins, and their renewal. `requests` sends the requests,
because the same session also carries Flink's REST calls through the service proxy.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests
from kubernetes.client import Configuration
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import should_bypass_proxies

from cluster.contexts import find_context, kubeconfig_paths
from cluster.errors import ApiServerForbiddenError, ApiServerRefusedError, ApiServerUnreachableError, KubeconfigError
from cluster.library import LibraryError, read_credentials

CONNECT_SECONDS = 4.0
READ_SECONDS = 15.0
APPLY_SECONDS = 60.0
"""A busy API server takes seconds to validate and store a definition of eleven thousand nodes."""
_METADATA_ONLY = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}
_BEARER = ("BearerToken", "authorization")
"""The names under which the library keeps a token, depending on where the token came from."""


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """A client of one cluster's API server. Safe to share between threads: each has its own connection.

    `context` is the name in the kubeconfig, `server` the base URL without a trailing slash.
    """

    context: str
    server: str
    configuration: Configuration = field(repr=False)
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)
    _renewal: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def verify(self) -> bool | str:
        """What `requests` verifies the server's certificate against: a file, or the system's list; False if the kubeconfig says so."""
        return (self.configuration.ssl_ca_cert or True) if self.configuration.verify_ssl else False

    def session(self) -> requests.Session:
        """Return a session with the credentials.

        Proxies are those that the library determines, from the kubeconfig or, as kubectl does, from the environment. Certificates come
        from the kubeconfig only, because `requests` would let REQUESTS_CA_BUNDLE override them.
        """
        session = requests.Session()
        session.trust_env = False
        session.verify = self.verify
        session.auth = _Token(self.authorization)
        if self.configuration.cert_file:
            session.cert = (self.configuration.cert_file, self.configuration.key_file or self.configuration.cert_file)
        if self.configuration.proxy and not should_bypass_proxies(self.server, self.configuration.no_proxy):
            session.proxies = {"http": self.configuration.proxy, "https": self.configuration.proxy}
        if self.configuration.tls_server_name:
            session.mount("https://", _NamedServer(self.configuration.tls_server_name))
        return session

    def authorization(self) -> str:
        """Return the current value of the Authorization header; empty if a client certificate authenticates us."""
        with self._renewal:
            return self.configuration.get_api_key_with_prefix(*_BEARER) or ""

    def read(self, path: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read an object or a list. Raise ApiServerUnreachableError or ApiServerRefusedError."""
        return self._object("GET", path, parameters=parameters)

    def find(self, path: str) -> dict[str, Any] | None:
        """Read an object; None if there is none. Raise what `read` raises otherwise."""
        try:
            return self.read(path)
        except ApiServerRefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post an object that is answered but not stored, such as an access review. Raise what `read` raises."""
        return self._object("POST", path, body=body)

    def find_metadata(self, path: str) -> dict[str, Any] | None:
        """Read only an object's metadata, which keeps the reply small; None if there is none. Raise what `read` raises."""
        try:
            return dict(self._object("GET", path, headers=_METADATA_ONLY).get("metadata") or {})
        except ApiServerRefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def apply(self, path: str, body: Mapping[str, Any], *, manager: str) -> dict[str, Any]:
        """Create or change an object by server-side apply, forcing ownership of its fields; return its metadata.

        Raise what `read` raises.
        """
        headers = {**_METADATA_ONLY, "Content-Type": "application/apply-patch+yaml"}
        parameters = {"fieldManager": manager, "force": "true"}
        reply = self._object("PATCH", path, parameters=parameters, body=body, headers=headers, read_seconds=APPLY_SECONDS)
        return dict(reply.get("metadata") or {})

    def merge(self, path: str, body: Mapping[str, Any]) -> None:
        """Change some fields of an object and no others. Ignore an object that is gone. Raise what `read` raises otherwise."""
        try:
            self._call("PATCH", path, None, body, headers={"Content-Type": "application/merge-patch+json"})
        except ApiServerRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def create(self, collection: str, body: Mapping[str, Any]) -> bool:
        """Create an object. Return False if one of that name exists, which stays as it is. Raise what `read` raises otherwise."""
        try:
            self._call("POST", collection, None, body)
        except ApiServerRefusedError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            return False
        return True

    def rehearse(self, collection: str, body: Mapping[str, Any]) -> None:
        """Ask by a dry run whether an object can be created, with unknown fields refused. One that already exists is fine.

        Raise what `read` raises.
        """
        try:
            self._call("POST", collection, {"dryRun": "All", "fieldValidation": "Strict"}, body)
        except ApiServerRefusedError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise

    def annotate(self, path: str, annotations: Mapping[str, str | None]) -> None:
        """Set annotations of an object and remove those that are None; change nothing else. Raise what `read` raises."""
        headers = {**_METADATA_ONLY, "Content-Type": "application/merge-patch+json"}
        self._object("PATCH", path, body={"metadata": {"annotations": dict(annotations)}}, headers=headers)

    def delete(self, path: str) -> None:
        """Request an object's deletion. Ignore an object that is gone. Raise what `read` raises otherwise."""
        try:
            self._call("DELETE", path, None, None)
        except ApiServerRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def text(self, path: str, parameters: Mapping[str, str] | None = None) -> str:
        """Read plain text, for example a log. Raise what `read` raises."""
        return self._call("GET", path, parameters, None).text

    def _object(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> dict[str, Any]:
        reply = self._call(method, path, parameters, body, headers=headers, read_seconds=read_seconds)
        try:
            value = reply.json()
        except ValueError as error:
            raise self._foreign(reply) from error
        if not isinstance(value, dict):
            raise self._foreign(reply)
        return value

    def _call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        *,
        headers: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> requests.Response:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self.session()
        try:
            reply = session.request(
                method,
                self.server + path,
                params=dict(parameters or {}),
                json=body,
                headers=dict(headers or {}),
                timeout=(CONNECT_SECONDS, read_seconds),
                allow_redirects=False,
            )
        except requests.exceptions.RequestException as error:
            raise ApiServerUnreachableError(
                f"the API server of context {self.context} at {self.server} cannot be reached: {_reason(error)}",
                advice="is the cluster running, and is this the right context?",
            ) from error
        if not reply.ok:
            raise self._refused(method, path, reply)
        return reply

    def _refused(self, method: str, path: str, reply: requests.Response) -> ApiServerRefusedError:
        status = status_of(reply.text)
        reason = str(status.get("reason") or reply.reason or "")
        said = str(status.get("message") or f"HTTP {reply.status_code}")
        advice = ""
        if reply.status_code == HTTPStatus.UNAUTHORIZED:
            advice = f"the credentials of context {self.context} are not accepted: log in again"
        if reply.status_code == HTTPStatus.FORBIDDEN:
            advice = f"the user of context {self.context} needs the right to {method} {path}"
        kind = ApiServerForbiddenError if reply.status_code == HTTPStatus.FORBIDDEN else ApiServerRefusedError
        return kind(f"the API server of context {self.context} refuses: {said}", status=reply.status_code, reason=reason, advice=advice)

    def _foreign(self, reply: requests.Response) -> ApiServerUnreachableError:
        begins = " ".join(reply.text.split())[:80]
        return ApiServerUnreachableError(
            f"what answers at {self.server} is no Kubernetes API server: HTTP {reply.status_code}, and the body begins with {begins!r}",
            advice=f"check the server of context {self.context} in the kubeconfig",
        )


def connect(context: str, kubeconfig: str = "") -> ApiServer:
    """Read the credentials of a context without sending a request. Raise KubeconfigError.

    `kubeconfig` is a path, or empty for the one that kubectl would use.
    """
    known = find_context(context, kubeconfig)
    try:
        configuration = read_credentials(kubeconfig_paths(kubeconfig), context)
    except LibraryError as error:
        raise KubeconfigError(
            f"the credentials of context {context} cannot be made out: {error}", advice=f"does `kubectl --context {context} version` work?"
        ) from error
    return ApiServer(context=context, server=known.server.rstrip("/"), configuration=configuration)


def status_of(text: str) -> dict[str, Any]:
    """Return the Kubernetes `Status` object in a body, else an empty mapping."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) and value.get("kind") == "Status" else {}


class _Token(AuthBase):
    """Sets the current token: one from an exec plugin is renewed when it expires."""

    def __init__(self, authorization: Callable[[], str]) -> None:
        self._authorization = authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        value = self._authorization()
        if value:
            request.headers["Authorization"] = value
        return request


class _NamedServer(HTTPAdapter):
    """Expects a certificate for a name other than that of the address (`tls-server-name` in the kubeconfig)."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **settings: object) -> None:  # noqa: FBT001, FBT002  # as in requests
        """Make connections that request the name and verify it."""
        super().init_poolmanager(connections, maxsize, block, server_hostname=self._name, assert_hostname=self._name, **settings)


def _reason(error: requests.exceptions.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "its TLS certificate is not the one that the kubeconfig expects"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s"
    if isinstance(error, requests.exceptions.ReadTimeout):
        return f"no reply within {READ_SECONDS:g} s"
    text = str(error)
    if "NameResolutionError" in text:
        return "its name is unknown"
    return "connection refused" if "refused" in text else "the connection failed"
