"""A proxy as people put before Flink: it speaks TLS, asks for a user and a password, and passes on by the first part of the path."""

import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
import trustme

_PASSED_ON = ("Content-Type", "Accept")


@dataclass(kw_only=True)
class TlsProxy:
    """`url` with a backend's name behind it is that backend. `refused` counts requests without the right password."""

    url: str
    authority: Path
    user: str = "orders-team"
    password: str = "pa55-word-of-the-proxy"
    refused: int = 0
    passed: int = 0
    seen: list[str] = field(default_factory=list)

    @property
    def wanted(self) -> str:
        """The header that lets a request through."""
        return f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that do not trust the certificate."""


@contextmanager
def tls_proxy(folder: Path, backends: Mapping[str, str]) -> Iterator[TlsProxy]:
    """Run a proxy before backends (first part of the path to base URL), with a certificate of an authority of its own."""
    authority = trustme.CA()
    file = folder / "proxy-authority.pem"
    authority.cert_pem.write_to_path(str(file))
    proxy = TlsProxy(url="", authority=file)
    server = _Quiet(("127.0.0.1", 0), _handler(proxy, dict(backends)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    proxy.url = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(proxy: TlsProxy, backends: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            name, _, path = self.path.lstrip("/").partition("/")
            if self.headers.get("Authorization") != proxy.wanted:
                proxy.refused += 1
                self.answer(401, b"<html>401 Authorization Required</html>", {"WWW-Authenticate": "Basic"})
                return
            if name not in backends:
                self.answer(404, b"<html>no such place</html>", {})
                return
            proxy.passed += 1
            proxy.seen.append(f"{self.command} /{name}")
            headers = {key: value for key in _PASSED_ON if (value := self.headers.get(key))}
            try:
                reply = requests.request(self.command, f"{backends[name]}/{path}", data=body, headers=headers, timeout=120)
            except requests.RequestException:
                self.answer(502, b"<html>502 Bad Gateway</html>", {})
                return
            self.answer(reply.status_code, reply.content, {"Content-Type": reply.headers.get("Content-Type", "application/json")})

        def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_one  # noqa: N815  # the names of the base class

    return Handler
