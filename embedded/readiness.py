"""Does a service do its work? One quick question to each, asked over the protocol that its users speak."""

import http.client
import json
import socket
import struct
import time
from collections.abc import Mapping

from embedded.settings import LOOPBACK, EmbeddedSettings
from embedded.specification import ServiceName

_ANSWER_SECONDS = 2.0

_FRESH_HEARTBEAT_MILLISECONDS = 5000
"""A TaskManager is heard every 2 s; one that was killed stays in the list for 10 s."""

_API_VERSIONS = 18
_CORRELATION = 1


class NotReadyError(Exception):
    """The service does not answer, or not as it should. The text says what is missing."""


def probe(service: ServiceName, settings: EmbeddedSettings) -> str:
    """Ask a service once whether it is ready. Returns an empty text when it is, else what is missing."""
    ports = settings.ports
    try:
        match service:
            case ServiceName.KAFKA:
                _kafka(ports.kafka)
            case ServiceName.JOB_MANAGER:
                _get(ports.job_manager, "/overview")
            case ServiceName.TASK_MANAGER:
                _task_manager(settings)
            case ServiceName.SQL_GATEWAY:
                _get(ports.sql_gateway, "/v2/info")
            case ServiceName.MODEL_GATEWAY:
                _get(ports.model_gateway, "/health")
    except NotReadyError as error:
        return str(error)
    return ""


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
    overview = _get(settings.ports.job_manager, "/taskmanagers")
    members = overview.get("taskmanagers")
    if not isinstance(members, list) or not any(_is_heard(member) for member in members):
        raise NotReadyError("the TaskManager has not registered with the JobManager yet")


def _is_heard(member: Mapping[str, object]) -> bool:
    # In spite of its name this is a time: milliseconds since 1970.
    heard = member.get("timeSinceLastHeartbeat")
    return isinstance(heard, int) and time.time() * 1000 - heard < _FRESH_HEARTBEAT_MILLISECONDS


def _get(port: int, path: str) -> Mapping[str, object]:
    # Not a library that would send a request for this machine through a configured proxy.
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise NotReadyError(f"nothing answers on {LOOPBACK}:{port} ({error})") from error
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        raise NotReadyError(f"http://{LOOPBACK}:{port}{path} answers {response.status}")
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise NotReadyError(f"http://{LOOPBACK}:{port}{path} does not answer in JSON") from error
    return answer if isinstance(answer, dict) else {}
