"""A broker of somebody else's in a namespace of its own: TLS, a password or a certificate for each client, and rights by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import trustme
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclOperation
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from components.kubernetes.kafka import KafkaArgs, cluster_id, kafka_manifests
from components.kubernetes.manifest import Compute
from tests.kubernetes.double.objects import Cluster, Manifest
from tests.kubernetes.stack import KubernetesStack
from tests.support.ports import free_ports
from tests.support.secure_kafka import USER, allow, certificate, client_certificate, properties_of

SECURE = "secure-broker"
"""Its namespace."""
_FOLDER, _DATA = "/etc/broker", "/var/lib/kafka/data"
_POD, _FILES = "kafka-0", "broker-files"
_ITERATIONS = 4096
_TOPIC_RIGHTS = ("CREATE", "READ", "WRITE", "DESCRIBE", "DELETE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "ALTER")


@dataclass(frozen=True, kw_only=True)
class SecureBroker:
    """`bootstrap` asks for a password, `by_certificate` for a certificate; `internal` lets in without a question, with every right.

    Pods and this machine reach it under one name. `authority` and `client` are PEM files: who signed its certificate, and the user's own.
    """

    stack: KubernetesStack
    host: str
    ports: tuple[int, int, int, int]
    authority: Path
    client: Path
    certificates: trustme.CA = field(repr=False)

    @property
    def bootstrap(self) -> str:
        """Where a password lets in."""
        return f"{self.host}:{self.ports[0]}"

    @property
    def by_certificate(self) -> str:
        """Where a certificate lets in."""
        return f"{self.host}:{self.ports[1]}"

    @property
    def internal(self) -> str:
        """Where its administrators are let in."""
        return f"{self.host}:{self.ports[2]}"

    @property
    def _cluster(self) -> Cluster:
        return self.stack.cluster

    def serve(self, *, valid: timedelta = timedelta(days=1)) -> None:
        """Start with a certificate that is valid for so long, or again with a new one; its data stays."""
        listeners = f"SASL_SSL://{self.bootstrap},CERTIFIED://{self.by_certificate},INTERNAL://{self.internal}"
        properties = {**properties_of(_FOLDER, listeners, f"127.0.0.1:{self.ports[3]}"), "log.dirs": f"{_DATA}/kraft"}
        files = {
            "server.properties": "".join(f"{key}={value}\n" for key, value in properties.items()),
            "authority.pem": self.authority.read_text(encoding="utf-8"),
            "broker.pem": certificate(self.certificates, self.host, valid).decode(),
        }
        metadata = {"name": _FILES, "namespace": SECURE}
        self._cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": files})
        before = self._uid()
        if before:
            self._cluster.core.delete_namespaced_pod(_POD, SECURE)
        self.stack.wait("the broker's pod is another", lambda: True if self._uid() not in {"", before} else None)
        self.stack.wait("the secure broker answers", lambda: True if self._answers() else None)

    def renew_client(self) -> None:
        """Give the user another certificate of the same authority."""
        self.client.write_bytes(client_certificate(self.certificates))

    def welcome(self, password: str) -> None:
        """Give the user a password."""
        secret = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS)
        change = UserScramCredentialUpsertion(USER, secret, password.encode())
        # Its answers come as long as it lives.
        admin = AdminClient({"bootstrap.servers": self.internal})
        for future in admin.alter_user_scram_credentials([change]).values():
            future.result()

    def allow_what_is_needed(self) -> None:
        """Give the user the rights that the refusal and the documents name."""
        for name in ("product_review", "flink-reviews-topic-owners"):
            allow(self.internal, ResourceType.TOPIC, name, *(AclOperation[one] for one in _TOPIC_RIGHTS))
        for name in ("flink-reviews", "flinksql", "console"):
            allow(self.internal, ResourceType.GROUP, name, AclOperation.READ, AclOperation.DESCRIBE)
        allow(self.internal, ResourceType.TRANSACTIONAL_ID, "flink-reviews/", AclOperation.WRITE, AclOperation.DESCRIBE)

    def topics(self) -> set[str]:
        """Return the names of all topics but Kafka's own."""
        found = AdminClient({"bootstrap.servers": self.internal}).list_topics(timeout=10).topics
        return {name for name in found if not name.startswith("__")}

    def _uid(self) -> str:
        pods: list[Any] = self._cluster.core.list_namespaced_pod(SECURE).items
        return next((str(one.metadata.uid) for one in pods if one.metadata.deletion_timestamp is None), "")

    def _answers(self) -> bool:
        try:
            return bool(AdminClient({"bootstrap.servers": self.internal}).list_topics(timeout=2))
        except KafkaException:
            return False


@contextmanager
def secure_broker(stack: KubernetesStack, folder: Path) -> Iterator[SecureBroker]:
    """Run one on the node's own address until the block ends."""
    address = next(one.address for one in stack.cluster.core.list_node().items[0].status.addresses if one.type == "InternalIP")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    sasl, certified, internal, controller = free_ports(4)
    broker = SecureBroker(
        stack=stack,
        host=address,
        ports=(sasl, certified, internal, controller),
        authority=folder / "authority.pem",
        client=folder / "client.pem",
        certificates=authority,
    )
    namespace: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SECURE}}
    stack.cluster.apply(namespace)
    try:
        broker.renew_client()
        stack.cluster.apply(_workload())
        broker.serve()
        yield broker
    finally:
        stack.cluster.delete(namespace)


def _workload() -> Manifest:
    """Return a broker as the stack makes it, with everything read from files: what its image makes of variables knows no passwords."""
    compute = Compute(cpu="100m", cpu_limit="2", memory="1Gi")
    _, workload = kafka_manifests(KafkaArgs(namespace=SECURE, compute=compute))
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    pod |= {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    pod.setdefault("volumes", []).append({"name": "files", "secret": {"secretName": _FILES}})
    container = pod["containers"][0]
    for name in ("ports", "startupProbe", "readinessProbe", "livenessProbe"):
        container.pop(name)
    tools, settings = "/opt/kafka/bin", f"{_FOLDER}/server.properties"
    begin = f"{tools}/kafka-storage.sh format --ignore-formatted -t {cluster_id(SECURE)} -c {settings}"
    container["command"] = ["bash", "-c", f"{begin} && exec {tools}/kafka-server-start.sh {settings}"]
    container["env"] = [{"name": "KAFKA_HEAP_OPTS", "value": "-Xmx384m"}]
    container["volumeMounts"].append({"name": "files", "mountPath": _FOLDER, "readOnly": True})
    return workload


def fingerprint(file: Path) -> str:
    """Return a part of a PEM file's key by which it is found anywhere, encoded or not."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return lines[2]
