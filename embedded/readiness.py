"""Readiness probes: one quick request to each service, over the protocol that its clients use."""

import http.client
import json
import socket
import ssl
import struct
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from embedded.certificates import certificates_of
from embedded.flink_ui import READY_PATH
from embedded.llamacpp import key_file
from embedded.metrics import READY_PATH as METRICS_READY_PATH
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from options.infrastructure import LOOPBACK

_ANSWER_SECONDS = 2.0
_TOKEN_SECONDS = 20.0
"""For one token of a large model on a busy machine."""

_FRESH_HEARTBEAT_MILLISECONDS = 5000
"""A TaskManager sends a heartbeat every 2 s; one that was killed stays in the list for 10 s."""

_READY_PAGES = {
    ServiceName.MODEL_GATEWAY: ("model_gateway", "/health?only=process"),
    ServiceName.FLINK_UI: ("flink_ui", READY_PATH),
    ServiceName.METRICS: ("metrics", METRICS_READY_PATH),
}
"""The field of `Ports` and the path at which a service says that it is ready."""

_API_VERSIONS = 18
_CORRELATION = 1


class NotReadyError(Exception):
    """The service does not answer, or not as it should. The message says what is missing."""


def probe(service: ServiceName, settings: EmbeddedSettings) -> str:
    """Probe a service once. Return an empty text if it is ready, else what is missing."""
    ports = settings.ports
    try:
        if service in (ServiceName.JOB_MANAGER, ServiceName.SQL_GATEWAY):
            _flink_rest(service, settings)
        match service:
            case ServiceName.KAFKA:
                _kafka(ports.kafka)
            case ServiceName.TASK_MANAGER:
                _task_manager(settings)
            case ServiceName.MODEL_SERVER:
                _model_server(ports.model_server, key_file(settings.folder))
            case ServiceName.MODEL_GATEWAY | ServiceName.FLINK_UI | ServiceName.METRICS:
                port, path = _READY_PAGES[service]
                _get(getattr(ports, port), path)
    except NotReadyError as error:
        return str(error)
    return ""


def _flink_rest(service: ServiceName, settings: EmbeddedSettings) -> None:
    job_manager = service is ServiceName.JOB_MANAGER
    port, path = (settings.ports.job_manager, "/overview") if job_manager else (settings.ports.sql_gateway, "/v2/info")
    _get(port, path, tls=client_context(settings))


def _kafka(port: int) -> None:
    """Send an ApiVersions request, version 0: a broker answers it once it takes part in its cluster."""
    client = b"flink-reviews"
    body = struct.pack(">hhih", _API_VERSIONS, 0, _CORRELATION, len(client)) + client
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_ANSWER_SECONDS) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = _read(connection, 10)
    except OSError as error:
        raise NotReadyError(f"Kafka does not answer on {LOOPBACK}:{port} ({error})") from error
    _, correlation, code = struct.unpack(">iih", answer)
    if correlation != _CORRELATION or code != 0:
        raise NotReadyError(f"what listens on {LOOPBACK}:{port} does not speak Kafka's protocol")


def _read(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise ConnectionResetError("the connection was closed")
        received += part
    return received


def _task_manager(settings: EmbeddedSettings) -> None:
    port = settings.ports.task_manager_rpc
    try:
        socket.create_connection((LOOPBACK, port), timeout=_ANSWER_SECONDS).close()
    except OSError as error:
        raise NotReadyError(f"the TaskManager does not listen on {LOOPBACK}:{port} ({error})") from error
    overview = _get(settings.ports.job_manager, "/taskmanagers", tls=client_context(settings))
    members = overview.get("taskmanagers")
    if not isinstance(members, list) or not any(_is_alive(member) for member in members):
        raise NotReadyError("the TaskManager has not registered with the JobManager yet")


def _is_alive(member: Mapping[str, object]) -> bool:
    # Despite its name this is a point in time: milliseconds since 1970.
    heard = member.get("timeSinceLastHeartbeat")
    return isinstance(heard, int) and time.time() * 1000 - heard < _FRESH_HEARTBEAT_MILLISECONDS


def _model_server(port: int, key: Path) -> None:
    """Let the model generate a token. A model that is busy is ready too."""
    try:
        headers = {"authorization": f"Bearer {key.read_text(encoding='utf-8').strip()}"}
    except OSError as error:
        raise NotReadyError(f"the key of llama.cpp's server cannot be read ({error.strerror})") from error
    _get(port, "/health")
    slots = _ask(port, "/slots", headers=headers)
    if isinstance(slots, list) and any(isinstance(slot, dict) and slot.get("is_processing") for slot in slots):
        return
    asked = json.dumps({"prompt": ".", "n_predict": 1, "cache_prompt": False}).encode()
    _ask(port, "/completion", body=asked, headers=headers, seconds=_TOKEN_SECONDS)


def client_context(settings: EmbeddedSettings) -> ssl.SSLContext | None:
    """Return the TLS context for clients of Flink's servers; None for plain HTTP. Raise NotReadyError without certificates."""
    if not settings.flink.mutual_tls:
        return None
    certificates = certificates_of(settings.folder)
    try:
        written = tuple(file.stat().st_mtime_ns for file in (certificates.authority, certificates.client))
        return _context(certificates.authority, certificates.client, written)
    except OSError as error:
        raise NotReadyError(f"the certificates in {settings.folder.certificates} cannot be read ({error.strerror or error})") from error


@lru_cache(maxsize=4)
def _context(authority: Path, client: Path, _written: tuple[int, ...]) -> ssl.SSLContext:
    """Make a context once for files that are as they were: it takes as much as all the rest of a probe."""
    context = ssl.create_default_context(cafile=authority)
    context.load_cert_chain(client)
    return context


def _get(port: int, path: str, *, tls: ssl.SSLContext | None = None) -> Mapping[str, object]:
    answer = _ask(port, path, tls=tls)
    return answer if isinstance(answer, dict) else {}


def _ask(
    port: int,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = _ANSWER_SECONDS,
    tls: ssl.SSLContext | None = None,
) -> object:
    # A library might send a request for this machine through a configured proxy.
    connection = (
        http.client.HTTPSConnection(LOOPBACK, port, timeout=seconds, context=tls)
        if tls
        else http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
    )
    try:
        connection.request("GET" if body is None else "POST", path, body, dict(headers or {}))
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise NotReadyError(f"nothing answers on {LOOPBACK}:{port} ({error})") from error
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        raise NotReadyError(f"http://{LOOPBACK}:{port}{path} answers {response.status}")
    try:
        answer: object = json.loads(content)
    except ValueError as error:
        raise NotReadyError(f"http://{LOOPBACK}:{port}{path} does not answer in JSON") from error
    return answer
