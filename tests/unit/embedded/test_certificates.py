"""The certificates of a data folder: who is let in with them, and who may read them."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from embedded.certificates import STORE_PASSWORD, Certificates, certificates_of, ensure_certificates, remove_certificates
from embedded.data_folder import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(root=tmp_path / "data")
    ensure_certificates(made)
    return made


def test_nobody_else_may_read_them(folder: DataFolder) -> None:
    assert folder.certificates.stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in certificates_of(folder).files] == [0o600] * 4


def test_opening_a_store_takes_no_time(folder: DataFolder) -> None:
    # Flink opens both several times for each statement. The library's 20,000 rounds, as DER writes a whole number:
    rounds = b"\x02\x02" + (20_000).to_bytes(2)
    assert [rounds in file.read_bytes() for file in certificates_of(folder).files] == [False] * 4


def test_they_are_made_once(folder: DataFolder) -> None:
    before = [file.read_bytes() for file in certificates_of(folder).files]
    ensure_certificates(folder)
    assert [file.read_bytes() for file in certificates_of(folder).files] == before


@pytest.mark.parametrize("lost", range(4))
def test_a_set_that_is_not_whole_is_made_anew(folder: DataFolder, lost: int) -> None:
    files = certificates_of(folder).files
    before = [file.read_bytes() for file in files]
    files[lost].unlink()
    ensure_certificates(folder)
    assert all(file.read_bytes() != old for file, old in zip(files, before, strict=True))


def test_they_are_removed(folder: DataFolder) -> None:
    remove_certificates(folder)
    remove_certificates(folder)
    assert not folder.certificates.exists()


def test_one_that_asks_at_the_same_time_gets_the_same_ones(tmp_path: Path) -> None:
    folder = DataFolder(root=tmp_path)
    seen: list[bytes] = []

    def ask() -> None:
        ensure_certificates(folder)
        seen.append(certificates_of(folder).client.read_bytes())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 1


def test_flink_and_client_let_each_other_in(folder: DataFolder) -> None:
    assert _told(certificates_of(folder), certificates_of(folder)) == b"in"


def test_a_client_without_a_certificate_is_not_let_in(folder: DataFolder) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _told(certificates_of(folder), None)


def test_the_certificate_of_another_data_folder_is_not_let_in(folder: DataFolder, tmp_path: Path) -> None:
    other = DataFolder(root=tmp_path / "other")
    ensure_certificates(other)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _told(certificates_of(folder), certificates_of(other))


def test_a_server_of_somebody_else_is_not_spoken_to(folder: DataFolder, tmp_path: Path) -> None:
    other = DataFolder(root=tmp_path / "other")
    ensure_certificates(other)
    with pytest.raises(ssl.SSLCertVerificationError):
        _told(certificates_of(other), certificates_of(folder))


def _told(server: Certificates, client: Certificates | None) -> bytes:
    """Connect as a client that trusts its own authority, and return what a server behind Flink's key store says."""
    context = ssl.create_default_context(cafile=client.authority if client else server.authority)
    if client:
        context.load_cert_chain(client.client)
    with (
        _flink(server) as port,
        closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as raw,
        closing(context.wrap_socket(raw, server_hostname="127.0.0.1")) as secured,
    ):
        return secured.recv(10)


@contextmanager
def _flink(certificates: Certificates) -> Iterator[int]:
    key, own, _ = pkcs12.load_key_and_certificates(certificates.key_store.read_bytes(), STORE_PASSWORD.encode())
    assert key is not None
    assert own is not None
    file = certificates.key_store.with_suffix(".pem")
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + own.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.load_verify_locations(certificates.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            raw, _ = listener.accept()
            try:
                with closing(context.wrap_socket(raw, server_side=True)) as secured:
                    secured.sendall(b"in")
            except OSError:
                raw.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=20)
