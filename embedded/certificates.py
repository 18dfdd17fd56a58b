"""The certificates by which Flink's processes and our clients authenticate each other: made once for a data folder, valid nowhere else.

Whoever reaches Flink's ports can run code. On the loopback address that is every user of the machine and every page in a browser.
Server and client must each present a certificate of the folder's own authority. Its key is discarded once both are signed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedded.data_folder import DataFolder, ensure_folder, write_atomically
from embedded.errors import DataFolderError
from embedded.locks import file_lock
from options.infrastructure import LOOPBACK

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

STORE_PASSWORD = "flink-reviews"  # noqa: S105  # Java requires one; the mode of the files is what protects the stores
_KEY_DERIVATION_ROUNDS = 1
"""Rounds make guessing a password slow, and this one is no secret.

Flink's client opens both stores several times for each statement that it submits: with the library's 20,000 rounds that was half of the
SQL Gateway's processor time (sampled).
"""
_VALID_DAYS = 30 * 365
_LOCK_SECONDS = 30
_OWNER_ONLY = 0o600


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """The files of one data folder. Asking for a path creates nothing.

    `key_store` and `trust_store` are PKCS #12, as Java reads them. `client` is a certificate with its key, and `authority` is the
    certificate that signed it. Both are PEM.
    """

    key_store: Path
    trust_store: Path
    authority: Path
    client: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (self.key_store, self.trust_store, self.authority, self.client)


def certificates_of(folder: DataFolder) -> Certificates:
    """Return the paths of a data folder's certificates."""
    return Certificates(
        key_store=folder.certificates / "flink.p12",
        trust_store=folder.certificates / "trusted.p12",
        authority=folder.certificates / "authority.pem",
        client=folder.certificates / "client.pem",
    )


def ensure_certificates(folder: DataFolder) -> None:
    """Make the certificates unless all exist. Raise DataFolderError when they cannot be written.

    An incomplete set is made again as a whole: its authority has no key any more to sign what is missing.
    """
    ensure_folder(folder)
    with file_lock(folder.locks / "certificates.lock", timeout_seconds=_LOCK_SECONDS):
        wanted = certificates_of(folder)
        if all(file.is_file() for file in wanted.files):
            return
        try:
            folder.certificates.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.certificates.chmod(0o700)
            for file, content in _create(wanted).items():
                write_atomically(file, content, mode=_OWNER_ONLY)
        except OSError as error:
            raise DataFolderError(f"{folder.certificates} cannot be written ({error.strerror}): make the data folder writable") from error


def remove_certificates(folder: DataFolder) -> None:
    """Remove the certificates. No process that was started with them may still be running."""
    for file in certificates_of(folder).files:
        file.unlink(missing_ok=True)
    if folder.certificates.is_dir() and not any(folder.certificates.iterdir()):
        folder.certificates.rmdir()


def _create(wanted: Certificates) -> dict[Path, bytes]:
    # Half a second to import (measured on a busy machine), needed once in a data folder's life.
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
        pkcs12,
    )

    authority_key, flink_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    authority = _certificate("flink-reviews authority", authority_key, authority_key, is_authority=True)
    flink = _certificate("flink-reviews Flink", flink_key, authority_key)
    client = _certificate("flink-reviews client", client_key, authority_key)
    password = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_KEY_DERIVATION_ROUNDS).build(STORE_PASSWORD.encode())
    pem = authority.public_bytes(Encoding.PEM)
    key = client_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        wanted.key_store: pkcs12.serialize_key_and_certificates(b"flink", flink_key, flink, [authority], password),
        wanted.trust_store: pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(authority, b"authority")], password),
        wanted.authority: pem,
        wanted.client: key + client.public_bytes(Encoding.PEM),
    }


def _certificate(
    name: str, key: "ec.EllipticCurvePrivateKey", authority: "ec.EllipticCurvePrivateKey", *, is_authority: bool = False
) -> "x509.Certificate":
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415
    from ipaddress import ip_address  # noqa: PLC0415

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415

    def named(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])

    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("flink-reviews authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Setting the clock back must not make the certificates invalid.
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=_VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .add_extension(_usage(is_authority=is_authority), critical=True)
    )
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK)), x509.DNSName("localhost")])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(authority, hashes.SHA256())


def _usage(*, is_authority: bool) -> "x509.KeyUsage":
    from cryptography import x509  # noqa: PLC0415

    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
