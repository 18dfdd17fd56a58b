"""A broker as security teams run them: TLS, a user and a password for each client, and rights by name (SCRAM, ACLs)."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from embedded import jvm
from embedded.data_folder import DataFolder
from embedded.java import ensure_java
from options.flink_lines import BROKER
from tests.contract.bench import until
from tests.support.ports import free_ports
from tests.support.project import take_downloads

USER = "orders-team"
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"
_HANG_SECONDS = 120


@dataclass(kw_only=True)
class SecureKafka:
    """The listener of people is `bootstrap`; `internal` lets in without a question, as its administrators' does, with every right.

    `by_certificate` lets in whoever has a certificate of the user's: `client` is a PEM file with it and its key.
    """

    folder: Path
    bootstrap: str
    by_certificate: str
    internal: str
    authority: Path
    password: str = field(repr=False)
    certificates: trustme.CA = field(repr=False)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def client(self) -> Path:
        """The user's certificate, and its key."""
        return self.folder / "client.pem"

    def allow(self, kind: ResourceType, name: str, *operations: AclOperation) -> None:
        """Give the user rights on everything whose name begins so."""
        allow(self.internal, kind, name, *operations)

    def start(self, *, valid: timedelta = timedelta(days=1)) -> None:
        """Start the broker with a certificate that is valid for so long; for less than nothing, it has expired."""
        (self.folder / "broker.pem").write_bytes(certificate(self.certificates, "127.0.0.1", valid))
        self._process = subprocess.Popen(
            _command(self.folder, "kafka.Kafka", str(self.folder / "server.properties")),
            stdout=(self.folder / "broker.log").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until(self._answers, seconds=_HANG_SECONDS)

    def stop(self) -> None:
        """Stop the broker; its data stays."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_HANG_SECONDS)
            self._process = None

    def _answers(self) -> bool:
        try:
            return bool(AdminClient({"bootstrap.servers": self.internal}).list_topics(timeout=2))
        except KafkaException:
            return False


def allow(internal: str, kind: ResourceType, name: str, *operations: AclOperation) -> None:
    """Give the user of the broker at `internal` rights on everything whose name begins so."""
    pattern = ResourcePatternType.LITERAL if kind is ResourceType.BROKER else ResourcePatternType.PREFIXED
    bindings = [AclBinding(kind, name, pattern, f"User:{USER}", "*", one, AclPermissionType.ALLOW) for one in operations]
    admin = AdminClient({"bootstrap.servers": internal})
    for future in admin.create_acls(bindings).values():
        future.result()


def certificate(authority: trustme.CA, address: str, valid: timedelta) -> bytes:
    """Return a broker's certificate with its key, valid for so long; for less than nothing, it has expired."""
    until_when = datetime.now(UTC) + valid
    return with_key(authority.issue_cert(address, not_before=until_when - timedelta(days=2), not_after=until_when))


def client_certificate(authority: trustme.CA) -> bytes:
    """Return a certificate of the user's, with its key."""
    return with_key(authority.issue_cert(f"{USER}@example.com", common_name=USER))


def properties_of(folder: str, listeners: str, controller: str) -> dict[str, str]:
    """Return what a broker of this kind is set to. `listeners` are SASL_SSL, CERTIFIED and INTERNAL; its files lie in `folder`."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"{listeners},CONTROLLER://{controller}",
        "advertised.listeners": listeners,
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CERTIFIED:SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INTERNAL",
        "controller.listener.names": "CONTROLLER",
        "auto.create.topics.enable": "false",
        **dict.fromkeys(("offsets.topic.replication.factor", "transaction.state.log.replication.factor"), "1"),
        "transaction.state.log.min.isr": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        "log.cleaner.dedupe.buffer.size": str(2 * 1024 * 1024),
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "listener.name.certified.ssl.client.auth": "required",
        "ssl.principal.mapping.rules": r"RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": f"{folder}/authority.pem",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": f"{folder}/broker.pem",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "false",
    }


def with_key(made: trustme.LeafCert) -> bytes:
    """Return a key with its certificate and those that signed it, as Kafka reads them from one PEM file."""
    # Kafka reads keys of PKCS #8 only.
    key = load_pem_private_key(made.private_key_pem.bytes(), None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key + b"".join(one.bytes() for one in made.cert_chain_pems)


def _command(folder: Path, main: str, *arguments: str) -> Sequence[str]:
    data = DataFolder(root=folder)
    path = ":".join(map(str, jvm.classpath(data, BROKER)))
    return [
        str(ensure_java(data).executable),
        "-Xmx192m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Dlog4j2.level=WARN",
        "-cp",
        path,
        main,
        *arguments,
    ]


@contextmanager
def secure_kafka(folder: Path, password: str) -> Iterator[SecureKafka]:
    """Run one until the block ends."""
    folder.mkdir()
    take_downloads(folder)
    port, by_certificate, internal, controller = free_ports(4)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    (folder / "client.pem").write_bytes(client_certificate(authority))
    names = {"SASL_SSL": port, "CERTIFIED": by_certificate, "INTERNAL": internal}
    listeners = ",".join(f"{name}://127.0.0.1:{one}" for name, one in names.items())
    properties = {**properties_of(str(folder), listeners, f"127.0.0.1:{controller}"), "log.dirs": str(folder / "log")}
    (folder / "server.properties").write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
    credential = f"SCRAM-SHA-512=[name={USER},password={password}]"
    formatting = ("format", "--cluster-id", _CLUSTER, "--config", str(folder / "server.properties"), "--add-scram", credential)
    done = subprocess.run(
        _command(folder, "kafka.tools.StorageTool", *formatting), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr + done.stdout
    broker = SecureKafka(
        folder=folder,
        bootstrap=f"127.0.0.1:{port}",
        by_certificate=f"127.0.0.1:{by_certificate}",
        internal=f"127.0.0.1:{internal}",
        authority=folder / "authority.pem",
        password=password,
        certificates=authority,
    )
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
