"""An API server over HTTP: objects by collection, logs, reviews, the service proxy, port-forwards. Error bodies have recorded shapes."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import yaml

from tests.fakes.websocket import accept_key, forward

Json = dict[str, Any]
TOKEN = "the-token"
CONTEXT = "kind-fake"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

_CUT, _STALL = -1, -2
_LOG = re.compile(r"^/api/v1/namespaces/([^/]+)/pods/([^/]+)/log$")
_FORWARD = re.compile(r"^/api/v1/namespaces/([^/]+)/pods/([^/]+)/portforward$")
_PROXY = re.compile(r"^/api/v1/namespaces/([^/]+)/services/http:([^:]+):(\d+)/proxy(/.*)$")


def status(code: int, reason: str, message: str) -> Json:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason, "code": code}


@dataclass(kw_only=True)
class FakeKubernetes:
    """What the cluster holds. `collections` maps a collection's path to its objects by name; a missing collection is an empty one."""

    collections: dict[str, dict[str, Json]] = field(default_factory=dict)
    logs: dict[tuple[str, bool], str] = field(default_factory=dict)
    """By pod, and whether of the run before."""
    unknown: set[str] = field(default_factory=set)
    """Collections whose kind the cluster does not know."""
    refusals: list[tuple[re.Pattern[str], int, str, str]] = field(default_factory=list)
    services: dict[str, Callable[[str, str, bytes], tuple[int, object]]] = field(default_factory=dict)
    """What answers behind the service proxy: `name:port`. A service without an entry has no endpoint."""
    pods: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Where a pod's ports really are."""
    reviews: dict[str, bool] = field(default_factory=dict)
    """By `verb resource`: whether we may. What is not named is allowed."""
    kinds: tuple[str, ...] = ()
    """The namespaced kinds of the core group, as discovery tells them."""
    calls: list[str] = field(default_factory=list)
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def put(self, collection: str, *things: Json) -> None:
        for one in things:
            self.collections.setdefault(collection, {})[one["metadata"]["name"]] = one

    def refuse(self, pattern: str, code: int, reason: str, message: str) -> None:
        self.refusals.append((re.compile(pattern), code, reason, message))

    def cut(self, pattern: str) -> None:
        """Close the connection in the middle of the reply."""
        self.refusals.append((re.compile(pattern), _CUT, "", ""))

    def stall(self, pattern: str) -> None:
        """Answer nothing until the server ends."""
        self.refusals.append((re.compile(pattern), _STALL, "", ""))

    def kubeconfig(self, folder: Path) -> Path:
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "users": [{"name": "jane", "user": {"token": TOKEN}}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": "fake", "user": "jane"}}],
        }
        path = folder / "kubeconfig"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return path

    def create(self, collection: str, thing: Json) -> tuple[int, Json]:
        name = thing["metadata"]["name"]
        if name in self.collections.get(collection, {}):
            return 409, status(409, "AlreadyExists", f'"{name}" already exists')
        self.put(collection, {**thing, "metadata": {"uid": f"uid of {name}", **thing["metadata"]}})
        return 201, self.collections[collection][name]

    def apply(self, path: str, thing: Json) -> tuple[int, Json]:
        """Server-side apply by the only manager there is: what it sends is what there is. A change of the spec is a new generation."""
        collection, _, name = path.rpartition("/")
        old = self.collections.get(collection, {}).get(name, {})
        generation = int(old.get("metadata", {}).get("generation", 0)) + (old.get("spec") != thing.get("spec"))
        self.put(collection, {**thing, "metadata": {**thing["metadata"], "generation": generation}})
        return (200 if old else 201), self.collections[collection][name]

    def merge(self, path: str, patch: Json) -> tuple[int, Json]:
        """Merge patch. An object that is being deleted goes with its last finalizer."""
        collection, _, name = path.rpartition("/")
        thing = self.collections.get(collection, {}).get(name)
        if thing is None:
            return 404, status(404, "NotFound", f'"{name}" not found')
        _merge(thing, patch)
        if thing["metadata"].get("deletionTimestamp") and not thing["metadata"].get("finalizers"):
            self.remove(path)
        return 200, thing

    def remove(self, path: str) -> tuple[int, Json]:
        collection, _, name = path.rpartition("/")
        if self.collections.get(collection, {}).pop(name, None) is None:
            return 404, status(404, "NotFound", f'"{name}" not found')
        return 200, {"kind": "Status", "status": "Success"}

    def served(self, path: str) -> tuple[int, Json]:
        """What a group's version serves, as its definitions say."""
        group = path.split("/")[2]
        specs = [one["spec"] for one in self.collections.get(DEFINITIONS, {}).values()]
        return 200, {"kind": "APIResourceList", "resources": [{"name": one["names"]["plural"]} for one in specs if one["group"] == group]}

    def discovered(self, path: str) -> Json:
        """What discovery tells: no further group, and the kinds of the core one."""
        resources = [{"name": one, "namespaced": True, "verbs": ["list"]} for one in self.kinds]
        return {"groups": []} if path == "/apis" else {"kind": "APIResourceList", "resources": resources}

    def read(self, path: str, parameters: dict[str, list[str]]) -> tuple[int, Json]:
        if path in self.unknown:
            return 404, {}
        if path in {"/apis", "/api/v1"}:
            return 200, self.discovered(path)
        things = self.collections.get(path)
        if things is None and re.fullmatch(r"/apis/[^/]+/[^/]+", path):
            return self.served(path)
        if things is None:
            parent, _, name = path.rpartition("/")
            found = self.collections.get(parent, {}).get(name)
            if found or not _is_collection(path):
                return (200, found) if found else (404, status(404, "NotFound", f'{parent.rpartition("/")[2]} "{name}" not found'))
        wanted = dict(part.split("=") for part in parameters.get("labelSelector", [""])[0].split(",") if part)
        listed = [one for one in (things or {}).values() if wanted.items() <= (one["metadata"].get("labels") or {}).items()]
        return 200, {"kind": "List", "apiVersion": "v1", "items": listed}


def _merge(thing: Json, patch: Json) -> None:
    for key, value in patch.items():
        if value is None:
            thing.pop(key, None)
        elif isinstance(value, dict):
            _merge(thing.setdefault(key, {}), value)
        else:
            thing[key] = value


def _is_collection(path: str) -> bool:
    """Tell by the number of its parts: .../namespaces/NAME/KIND, and /apis/GROUP/VERSION/KIND."""
    parts = path.strip("/").split("/")
    base = 2 if parts[0] == "api" else 3
    rest = parts[base:]
    return len(rest) in {1, 3} or rest == []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _answer(self) -> None:
        cluster = cast("_Server", self.server).cluster
        cluster.calls.append(f"{self.command} {self.path}" + (" (metadata only)" if self._brief and self.command == "GET" else ""))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        for pattern, code, reason, message in cluster.refusals:
            if pattern.search(f"{self.command} {self.path}"):
                self._let_down(cluster, code, reason, message)
                return
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._send(401, status(401, "Unauthorized", "Unauthorized"))
        elif proxied := _PROXY.match(self.path):
            self._proxy(cluster, proxied, body)
        elif forwarded := _FORWARD.match(parts.path):
            self._forward(cluster, forwarded.group(2), int(parse_qs(parts.query)["ports"][0]))
        elif log := _LOG.match(parts.path):
            self._log(cluster, log.group(2), parse_qs(parts.query))
        elif self.command == "POST" and parts.path.endswith("selfsubjectaccessreviews"):
            attributes = json.loads(body)["spec"]["resourceAttributes"]
            allowed = cluster.reviews.get(f"{attributes['verb']} {attributes['resource']}", True)
            self._send(201, {"kind": "SelfSubjectAccessReview", "status": {"allowed": allowed}})
        else:
            self._send(*self._object(cluster, parts.path, parse_qs(parts.query), body))

    def _object(self, cluster: FakeKubernetes, path: str, parameters: dict[str, list[str]], body: bytes) -> tuple[int, Json]:
        if self.command == "POST" and "dryRun" in parameters:
            return 201, json.loads(body)
        if self.command == "POST":
            return cluster.create(path, json.loads(body))
        if self.command == "PATCH" and "merge-patch" in str(self.headers.get("Content-Type")):
            return cluster.merge(path, json.loads(body))
        if self.command == "PATCH":
            return cluster.apply(path, json.loads(body))
        if self.command == "DELETE":
            return cluster.remove(path)
        code, found = cluster.read(path, parameters)
        return code, {"kind": "PartialObjectMetadata", "metadata": found["metadata"]} if self._brief and code == HTTPStatus.OK else found

    @property
    def _brief(self) -> bool:
        return "PartialObjectMetadata" in str(self.headers.get("Accept"))

    def _proxy(self, cluster: FakeKubernetes, proxied: "re.Match[str]", body: bytes) -> None:
        _, service, port, path = proxied.groups()
        answer = cluster.services.get(f"{service}:{port}")
        if answer is None:
            self._send(503, status(503, "ServiceUnavailable", f'no endpoints available for service "{service}"'))
            return
        self._send(*answer(self.command, path, body))

    def _log(self, cluster: FakeKubernetes, pod: str, parameters: dict[str, list[str]]) -> None:
        previous = parameters.get("previous", ["false"])[0] == "true"
        text = cluster.logs.get((pod, previous))
        if text is None:
            self._send(400, status(400, "BadRequest", f'previous terminated container "main" in pod "{pod}" not found'))
            return
        lines = text.splitlines()[-int(parameters.get("tailLines", ["1000"])[0]) :]
        self._send(200, "\n".join(lines).encode())

    def _forward(self, cluster: FakeKubernetes, pod: str, port: int) -> None:
        self.close_connection = True
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept_key(str(self.headers["Sec-WebSocket-Key"])))
        self.send_header("Sec-WebSocket-Protocol", "v4.channel.k8s.io")
        self.end_headers()
        with suppress(OSError):
            forward(self, port, cluster.pods.get(pod, ("127.0.0.1", 1)))

    def _send(self, code: int, answer: object) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if isinstance(answer, bytes) else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _let_down(self, cluster: FakeKubernetes, code: int, reason: str, message: str) -> None:
        if code == _STALL:
            cluster.ended.wait(60)
            self.close_connection = True
        elif code == _CUT:
            self._cut()
        else:
            self._send(code, status(code, reason, message))

    def _cut(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"items": [')


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, cluster: FakeKubernetes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cluster = cluster

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: callers that hang up are part of the play."""


@contextmanager
def fake_kubernetes() -> Iterator[FakeKubernetes]:
    """Run an empty cluster for a while."""
    cluster = FakeKubernetes()
    server = _Server(cluster)
    cluster.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield cluster
    finally:
        cluster.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
