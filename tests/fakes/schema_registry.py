"""A schema registry in memory: the requests that Flink's format, `feed`, `tail` and previews send, with the compatibility BACKWARD.

What is compatible is decided for records of Avro as far as tests need it: a field that readers need and old records lack is refused, and so
is another type.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import unquote

_SUBJECT = re.compile(r"/subjects/([^/?]+)(/versions)?(?:\?.*)?")
_COMPATIBILITY = re.compile(r"/compatibility/subjects/([^/]+)/versions/latest(?:\?.*)?")
_SCHEMA = re.compile(r"/schemas/ids/(\d+)(?:\?.*)?")
_PROMOTED = {("int", "long"), ("int", "float"), ("int", "double"), ("long", "float"), ("long", "double"), ("float", "double")}


class FakeRegistry(ThreadingHTTPServer):
    """Answers on a free loopback port. With `user_info`, `user:password`, it lets nobody else in."""

    daemon_threads = True

    def __init__(self, user_info: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.user_info = user_info
        self.schemas: list[str] = []
        self.subjects: dict[str, list[int]] = {}
        self.calls: list[str] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, path: str, body: Any) -> tuple[int, object]:  # noqa: ANN401  # JSON
        """Return status and answer to a request."""
        self.calls.append(f"{method} {path}")
        if method == "GET" and (found := _SCHEMA.fullmatch(path)):
            number = int(found[1])
            return (200, {"schema": self.schemas[number - 1]}) if 0 < number <= len(self.schemas) else (404, _problem(40403))
        if method == "POST" and (found := _COMPATIBILITY.fullmatch(path)):
            versions = self.subjects.get(unquote(found[1]))
            if not versions:
                return 404, _problem(40401)
            reasons = _reasons(json.loads(body["schema"]), json.loads(self.schemas[versions[-1] - 1]))
            return 200, {"is_compatible": not reasons, "messages": reasons}
        if method == "POST" and (found := _SUBJECT.fullmatch(path)):
            return self._subject(unquote(found[1]), json.dumps(json.loads(body["schema"]), sort_keys=True), registers=bool(found[2]))
        return 404, _problem(404)

    def _subject(self, subject: str, schema: str, *, registers: bool) -> tuple[int, object]:
        versions = self.subjects.get(subject, [])
        number = self.schemas.index(schema) + 1 if schema in self.schemas else 0
        if number in versions:
            return 200, {"id": number, "subject": subject, "version": versions.index(number) + 1, "schema": schema}
        if not registers:
            return 404, _problem(40403 if versions else 40401)
        if versions and (reasons := _reasons(json.loads(schema), json.loads(self.schemas[versions[-1] - 1]))):
            return 409, {"error_code": 409, "message": f"Schema being registered is incompatible: {'; '.join(reasons)}"}
        if not number:
            self.schemas.append(schema)
            number = len(self.schemas)
        self.subjects[subject] = [*versions, number]
        return 200, {"id": number}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent."""

    def do_GET(self) -> None:  # the base class looks for this name
        self._answer()

    def do_POST(self) -> None:  # the base class looks for this name
        self._answer()

    def _answer(self) -> None:
        server = cast("FakeRegistry", self.server)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        wanted = f"Basic {base64.b64encode(server.user_info.encode()).decode()}"
        if server.user_info and self.headers.get("Authorization") != wanted:
            self._send(401, {"error_code": 401, "message": "Unauthorized"})
            return
        with server.lock:
            self._send(*server.answer(self.command, self.path, body))

    def _send(self, status: int, answer: object) -> None:
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def schema_registry(user_info: str = "") -> Iterator[FakeRegistry]:
    """Run a registry for a while."""
    server = FakeRegistry(user_info)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def _problem(code: int) -> dict[str, object]:
    return {"error_code": code, "message": "not found"}


def _reasons(reader: Any, writer: Any, at: str = "") -> list[str]:  # noqa: ANN401  # JSON
    """Return why a reader's schema cannot read what was written by another."""
    reads, writes = _branches(reader), _branches(writer)
    if len(reads) > 1 or len(writes) > 1:
        return [one for branch in writes for one in ([] if any(not _reasons(other, branch, at) for other in reads) else [f"TYPE {at}"])]
    [reader], [writer] = reads, writes
    if isinstance(reader, dict) and isinstance(writer, dict) and reader["type"] == writer["type"] == "record":
        written = {field["name"]: field for field in writer["fields"]}
        found: list[str] = []
        for field in reader["fields"]:
            place = f"{at}/{field['name']}"
            if field["name"] in written:
                found += _reasons(field["type"], written[field["name"]]["type"], place)
            elif "default" not in field:
                found.append(f"READER_FIELD_MISSING_DEFAULT_VALUE {place}")
        return found
    kinds = tuple(one["type"] if isinstance(one, dict) else one for one in (writer, reader))
    same = json.dumps(reader, sort_keys=True) == json.dumps(writer, sort_keys=True)
    return [] if same or kinds in _PROMOTED else [f"TYPE_MISMATCH {at}"]


def _branches(schema: Any) -> list[Any]:  # noqa: ANN401  # JSON
    return schema if isinstance(schema, list) else [schema]
