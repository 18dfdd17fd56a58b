"""A server that asks for a certificate, and files of certificates that are not there."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import trustme

from flinksql.errors import UnreachableError
from flinksql.flink.transport import Endpoint, Transport


class Certificates:
    """A client's certificate with its key, and who signed it, as files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._authority = trustme.CA()
        self.authority, self.client = folder / "authority.pem", folder / "client.pem"
        self._authority.cert_pem.write_to_path(str(self.authority))
        self._authority.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(str(self.client))

    @property
    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("127.0.0.1").configure_cert(context)
        self._authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def own(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "own")


@pytest.fixture
def url(own: Certificates) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Empty) as server:
        server.socket = own.server.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _asked(url: str, certificate: Path | None, authority: Path) -> str:
    endpoint = Endpoint(name="JobManager", base_url=url, certificate=str(certificate) if certificate else None, verify=str(authority))
    return Transport(endpoint).get("/config").text


def test_the_certificate_is_shown(url: str, own: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever the environment says about certificates."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing"))
    assert _asked(url, own.client, own.authority) == "{}"


def test_a_certificate_that_the_session_brings_is_shown(url: str, own: Certificates) -> None:
    """Of a kubeconfig's user: what says who asks, on the way through the API server."""

    def session() -> requests.Session:
        made = requests.Session()
        made.cert = str(own.client)
        return made

    endpoint = Endpoint(name="JobManager", base_url=url, verify=str(own.authority), session_factory=session)
    assert Transport(endpoint).get("/config").text == "{}"


@pytest.mark.parametrize("which", ["none", "another authority's"])
def test_without_the_right_one_the_server_does_not_answer(which: str, url: str, own: Certificates, tmp_path: Path) -> None:
    certificate = None if which == "none" else Certificates(tmp_path / "other").client
    with pytest.raises(UnreachableError, match=r"JobManager at .* cannot be reached"):
        _asked(url, certificate, own.authority)


def test_a_server_of_before_that_speaks_no_tls_is_told(own: Certificates) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(UnreachableError, match="it does not speak TLS"):
            _asked(f"https://127.0.0.1:{server.server_address[1]}", own.client, own.authority)
        server.shutdown()


def test_a_server_of_another_authority_is_not_believed(url: str, own: Certificates, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="TLS certificate was not accepted"):
        _asked(url, own.client, Certificates(tmp_path / "other").authority)


@pytest.mark.parametrize("lost", ["client", "authority"])
def test_files_that_are_not_there_are_named(lost: str, url: str, own: Certificates) -> None:
    file: Path = getattr(own, lost)
    file.unlink()
    with pytest.raises(UnreachableError, match=f"the certificate {file} is not there"):
        _asked(url, own.client, own.authority)
