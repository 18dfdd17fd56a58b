"""What counts as an answer, by servers that answer right, wrong, or not at all."""

import http.server
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from embedded.certificates import certificates_of, ensure_certificates, remove_certificates
from embedded.data_folder import DataFolder
from embedded.flink_ui import READY_PATH
from embedded.llamacpp import ensure_key
from embedded.metrics import READY_PATH as METRICS_READY_PATH
from embedded.readiness import NotReadyError, client_context, probe
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from options.infrastructure import FlinkOptions, Ports

HTTP_SERVICES = {
    ServiceName.JOB_MANAGER: ("job_manager", "/overview"),
    ServiceName.SQL_GATEWAY: ("sql_gateway", "/v2/info"),
    ServiceName.MODEL_GATEWAY: ("model_gateway", "/health?only=process"),
    ServiceName.FLINK_UI: ("flink_ui", READY_PATH),
    ServiceName.METRICS: ("metrics", METRICS_READY_PATH),
}


OTHER_FIELDS = {ServiceName.KAFKA: "kafka", ServiceName.TASK_MANAGER: "task_manager_rpc", ServiceName.MODEL_SERVER: "model_server"}


@contextmanager
def http_server(answers: dict[str, tuple[int, str]], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, "{}"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def socket_server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(answer(connection.recv(1024)))

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def settings(**ports: int) -> EmbeddedSettings:
    return EmbeddedSettings(data_folder=Path("/d"), ports=Ports(**ports), flink=FlinkOptions(mutual_tls=False))


@pytest.mark.parametrize("service", [pytest.param(service, id=service.value) for service in HTTP_SERVICES])
def test_a_server_that_answers_its_own_question_is_ready(service: ServiceName) -> None:
    field, path = HTTP_SERVICES[service]
    with http_server({path: (200, "{}")}) as port:
        assert probe(service, settings(**{field: port})) == ""


@pytest.mark.parametrize(
    ("status", "body", "missing"),
    [pytest.param(503, "{}", "answers 503", id="error"), pytest.param(200, "<html>", "does not answer in JSON", id="no JSON")],
)
@pytest.mark.parametrize("service", [pytest.param(service, id=service.value) for service in HTTP_SERVICES])
def test_another_answer_is_not_ready(service: ServiceName, status: int, body: str, missing: str) -> None:
    field, path = HTTP_SERVICES[service]
    with http_server({path: (status, body)}) as port:
        assert missing in probe(service, settings(**{field: port}))


@pytest.mark.parametrize("service", [pytest.param(service, id=service.value) for service in ServiceName])
def test_nobody_there_is_not_ready_and_names_the_address(service: ServiceName, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    field = {**OTHER_FIELDS, **{one: field for one, (field, _path) in HTTP_SERVICES.items()}}[service]
    told = replace(settings(**{field: port}), data_folder=tmp_path)
    ensure_key(told.folder)
    assert f"127.0.0.1:{port}" in probe(service, told)


@pytest.mark.parametrize(
    ("health", "slots", "token", "missing"),
    [
        pytest.param(200, [{"is_processing": False}], 200, "", id="writes a token"),
        pytest.param(200, [{"is_processing": True}], 500, "", id="writes already, and is not asked"),
        pytest.param(200, [{"is_processing": False}], 500, "/completion answers 500", id="loaded, but writes nothing"),
        pytest.param(503, [], 200, "/health answers 503", id="loads"),
    ],
)
def test_a_model_server_is_ready_when_its_model_writes(health: int, slots: list[object], token: int, missing: str, tmp_path: Path) -> None:
    answers = {"/health": (health, "{}"), "/slots": (200, json.dumps(slots)), "/completion": (token, "{}")}
    with http_server(answers) as port:
        told = replace(settings(model_server=port), data_folder=tmp_path)
        ensure_key(told.folder)
        found = probe(ServiceName.MODEL_SERVER, told)
    assert (missing in found, found == "") == (True, not missing)


def test_a_model_server_without_its_key_is_not_ready(tmp_path: Path) -> None:
    assert "key of llama.cpp's server cannot be read" in probe(ServiceName.MODEL_SERVER, replace(settings(), data_folder=tmp_path))


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        pytest.param(struct.pack(">iih", 6, 1, 0), "", id="ready"),
        pytest.param(struct.pack(">iih", 6, 1, 35), "does not speak Kafka", id="error code"),
        pytest.param(b"HTTP/1.1 400 Bad Request", "does not speak Kafka", id="another protocol"),
        pytest.param(b"", "does not answer", id="closed at once"),
        pytest.param(b"\0\0", "does not answer", id="cut short"),
    ],
)
def test_kafka_is_ready_when_it_answers_in_its_protocol(answer: bytes, missing: str) -> None:
    with socket_server(lambda _: answer) as port:
        found = probe(ServiceName.KAFKA, settings(kafka=port))
    assert missing in found
    assert bool(missing) == bool(found)


@pytest.mark.parametrize(
    ("members", "ready"),
    [
        pytest.param([{"timeSinceLastHeartbeat": 0.5}], True, id="heard just now"),
        pytest.param([{"timeSinceLastHeartbeat": 9.0}], False, id="killed nine seconds ago"),
        pytest.param([{"timeSinceLastHeartbeat": 9.0}, {"timeSinceLastHeartbeat": 0.5}], True, id="killed and back"),
        pytest.param([{}], False, id="never heard"),
        pytest.param([], False, id="none"),
    ],
)
def test_a_task_manager_is_ready_when_the_job_manager_hears_it(members: list[dict[str, float]], ready: bool) -> None:
    now = time.time()
    heard = [{key: int((now - age) * 1000) for key, age in member.items()} for member in members]
    with http_server({"/taskmanagers": (200, json.dumps({"taskmanagers": heard}))}) as port, socket.create_server(("127.0.0.1", 0)) as own:
        found = probe(ServiceName.TASK_MANAGER, settings(job_manager=port, task_manager_rpc=own.getsockname()[1]))
    assert (found == "") is ready


@pytest.mark.parametrize(("closed", "missing"), [(True, ""), (False, "nothing answers")])
@pytest.mark.parametrize("service", [ServiceName.JOB_MANAGER, ServiceName.SQL_GATEWAY])
def test_where_a_certificate_is_asked_for_only_a_server_with_one_is_ready(
    service: ServiceName, closed: bool, missing: str, tmp_path: Path
) -> None:
    folder = DataFolder(root=tmp_path)
    ensure_certificates(folder)
    certificates = certificates_of(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.client)
    context.load_verify_locations(certificates.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    field, path = HTTP_SERVICES[service]
    with http_server({path: (200, "{}")}, context if closed else None) as port:
        told = replace(settings(**{field: port}), data_folder=tmp_path, flink=FlinkOptions(mutual_tls=True))
        assert missing in probe(service, told)
        assert bool(probe(service, told)) == bool(missing)


def test_without_its_certificates_nothing_of_flink_is_ready(tmp_path: Path) -> None:
    told = replace(settings(), data_folder=tmp_path, flink=FlinkOptions(mutual_tls=True))
    assert "certificates in" in probe(ServiceName.JOB_MANAGER, told)


def test_certificates_are_read_once_until_they_are_written_anew(tmp_path: Path) -> None:
    told = replace(settings(), data_folder=tmp_path, flink=FlinkOptions(mutual_tls=True))
    ensure_certificates(told.folder)
    first = client_context(told)
    assert client_context(told) is first
    remove_certificates(told.folder)
    with pytest.raises(NotReadyError):
        client_context(told)
    ensure_certificates(told.folder)
    assert client_context(told) is not first
