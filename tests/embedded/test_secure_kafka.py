"""Statements on a Kafka with TLS, passwords and rights: rows pass, what is wrong is told, and no credential is found anywhere.

Skipped unless FLINK_REVIEWS_SECURE_KAFKA is set: the same code runs in `make test` against a plain broker.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin._acl import AclOperation
from confluent_kafka.admin._resource import ResourceType

from tests.contract.bench import until
from tests.support.foreign_flink import ForeignFlink, foreign_flink
from tests.support.kafka import read_json
from tests.support.plain import set_secret
from tests.support.preloaded import REAL
from tests.support.project import Finished, ProjectCopy
from tests.support.secrets import files_with_marks, watched_processes
from tests.support.secure_kafka import USER, SecureKafka, secure_kafka

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get("FLINK_REVIEWS_SECURE_KAFKA"), reason="set FLINK_REVIEWS_SECURE_KAFKA=1"),
]

PASSWORD = "canary-pass-27-of-kafka"
"""With a mark that everybody who looks for secrets looks for."""
LOGIN = "org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule"
"""The connector of line 2.2 has the Kafka client under a name of its own."""
CLIENT = "security.protocol=SASL_SSL,sasl.mechanism=SCRAM-SHA-512"
JAAS = f'{LOGIN} required username="{USER}" password="{PASSWORD}";'
CONNECTION = """'connector' = '{connector}', 'topic' = '${{topic_prefix}}{topic}', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}',
    'properties.security.protocol' = 'SASL_SSL', 'properties.sasl.mechanism' = 'SCRAM-SHA-512',
    'properties.sasl.jaas.config' = '${{secret:KAFKA_JAAS}}',
    'properties.ssl.truststore.type' = 'PEM', 'properties.ssl.truststore.location' = '{authority}'"""
_PROVIDER = "org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider"
PLACE = """'connector' = '{connector}', 'topic' = '${{topic_prefix}}{topic}', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}',
    'properties.ssl.truststore.type' = 'PEM', 'properties.ssl.truststore.location' = '{authority}',"""
FROM_A_FOLDER = f"""{PLACE}
    'properties.security.protocol' = 'SASL_SSL', 'properties.sasl.mechanism' = 'SCRAM-SHA-512',
    'properties.config.providers' = 'directory', 'properties.config.providers.directory.class' = '{_PROVIDER}',
    'properties.sasl.jaas.config' = '${{{{directory:${{{{login_folder}}}}:jaas}}}}'"""
BY_CERTIFICATE = f"""{PLACE}
    'properties.security.protocol' = 'SSL',
    'properties.ssl.keystore.type' = 'PEM', 'properties.ssl.keystore.location' = '${{{{login_folder}}}}/client.pem'"""
ORDERS = """CREATE TABLE orders (id BIGINT, amount BIGINT) WITH (
    {connection},
    'properties.group.id' = '${{job_name}}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
)"""
TOTALS = """CREATE TABLE totals (amount BIGINT, orders BIGINT, PRIMARY KEY (amount) NOT ENFORCED) WITH (
    {connection},
    'key.format' = 'json', 'value.format' = 'json', 'sink.delivery-guarantee' = 'exactly-once',
    'properties.transaction.timeout.ms' = '600000', 'sink.transactional-id-prefix' = '${{job_name}}/totals'
)"""
COUNT = "INSERT INTO totals SELECT amount, COUNT(*) FROM orders GROUP BY amount"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Somebody else's Flink and Kafka, and a stack that runs a bundle there."""

    flink: ForeignFlink
    kafka: SecureKafka
    copy: ProjectCopy
    said: list[str] = field(default_factory=list)

    def run(self, *arguments: str) -> Finished:
        """Run a command of the console and keep what it says."""
        finished = self.copy.run(*arguments)
        self.said.append(finished.said)
        return finished

    def secret(self, key: str, value: str) -> None:
        """Set a secret of the stack as a person does, on standard input."""
        set_secret(self.copy, key, value)

    def feed(self, amounts: list[int]) -> None:
        """Send orders, as their owner does."""
        producer = Producer({"bootstrap.servers": self.kafka.internal})
        for number, amount in enumerate(amounts):
            producer.produce("orders.orders", json.dumps({"id": number, "amount": amount}).encode())
        assert producer.flush(60) == 0

    def counted(self) -> dict[int, int]:
        """Return the newest count of each amount."""
        return {row["amount"]: row["orders"] for row in read_json(self.kafka.internal, "orders.totals")}


def write_bundle(place: Place, connection: str) -> None:
    """Write the bundle whose tables are reached in a way. A parameter says where a login lies."""
    folder = place.copy.folder.parent / "bundle"
    for name, text, connector in (("orders", ORDERS, "kafka"), ("totals", TOTALS, "upsert-kafka")):
        filled = connection.format(connector=connector, topic=name, authority=place.kafka.authority)
        (folder / f"{name}.sql").write_text(text.format(connection=filled), encoding="utf-8")
    (folder / "count.sql").write_text(COUNT, encoding="utf-8")
    (folder / "bundle.yaml").write_text("parameters:\n  login_folder: {}\n", encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    # What the system shows of a forked command is the command line and environment of the process that it was forked from.
    monkeypatch.setenv(REAL, "1")
    folder, bundle = tmp_path / "project", tmp_path / "bundle"
    folder.mkdir()
    bundle.mkdir()
    with secure_kafka(tmp_path / "kafka", PASSWORD) as kafka, foreign_flink(tmp_path / "theirs", kafka=False) as flink:
        copy = ProjectCopy(folder)
        copy.configure(
            platform="external",
            bundle=str(bundle),
            external__gatewayUrl=flink.gateway_url,
            external__jobManagerUrl=flink.jobmanager_url,
            external__kafkaBootstrap=kafka.bootstrap,
            external__kafkaOptions=f"{CLIENT},sasl.username={USER},ssl.ca.location={kafka.authority}",
            external__plansFolder=str(flink.settings.folder.plans),
            topics__prefix="orders.",
            topics__deleteOnDestroy=True,
        )
        assert copy.run("toolchain").code == 0
        yield Place(flink=flink, kafka=kafka, copy=copy)


def test_a_life_on_a_kafka_with_rights(place: Place) -> None:
    write_bundle(place, CONNECTION)
    (place.copy.folder.parent / "bundle" / "bundle.yaml").unlink()
    place.secret("secret.KAFKA_JAAS", JAAS)
    with watched_processes() as processes:
        a_wrong_password_is_told(place)
        a_missing_right_is_told(place)
        allow_what_is_needed(place.kafka)
        up = place.run("up")
        assert up.code == 0, up.said
        place.feed([5, 5, 7])
        until(lambda: place.counted() == {5: 2, 7: 1}, seconds=120)
        for command in (("status",), ("status", "--json"), ("outputs", "--json"), ("preview", "--json"), ("doctor",), ("why", "count")):
            place.run(*command)
        an_expired_certificate_is_told(place)
        until(lambda: place.run("status").code == 0, seconds=120)
        place.feed([9])
        until(lambda: place.counted() == {5: 2, 7: 1, 9: 1}, seconds=120)
        no_credential_is_found(place)
        down = place.run("down")
        assert down.code == 0, down.said
    assert processes.places == {}


@pytest.mark.parametrize("certified", [pytest.param(False, id="password"), pytest.param(True, id="certificate")])
def test_a_login_that_lies_in_files_stands_in_no_sql(place: Place, tmp_path: Path, *, certified: bool) -> None:
    """As a Secret that is mounted into Flink's pods: SQL, the JobManager's records and checkpoints name the file alone."""
    write_bundle(place, BY_CERTIFICATE if certified else FROM_A_FOLDER)
    allow_what_is_needed(place.kafka)
    if certified:
        client = f"ssl.certificate.location={place.kafka.client},ssl.key.location={place.kafka.client}"
        place.copy.configure(
            external__kafkaBootstrap=place.kafka.by_certificate,
            external__kafkaOptions=f"security.protocol=SSL,ssl.ca.location={place.kafka.authority},{client}",
            bundle__parameters__login_folder=str(place.kafka.folder),
        )
    else:
        login = tmp_path / "login"
        login.mkdir()
        (login / "jaas").write_text(JAAS, encoding="utf-8")
        place.secret("external.kafkaPassword", PASSWORD)
        place.copy.configure(bundle__parameters__login_folder=str(login))
    up = place.run("up")
    assert up.code == 0, up.said
    place.feed([5, 5, 7])
    until(lambda: place.counted() == {5: 2, 7: 1}, seconds=120)
    assert "nothing changed" in place.run("up").said
    taken = place.run("savepoints", "take", "count")
    assert taken.code == 0, taken.said
    no_credential_is_found(place)
    assert files_with_marks(place.flink.settings.folder.flink) == {}
    assert place.run("down").code == 0


def a_wrong_password_is_told(place: Place) -> None:
    place.secret("external.kafkaPassword", "a wrong one")
    refused = place.run("preview")
    assert refused.code != 0
    assert "external.kafkaPassword" in refused.said, refused.said
    assert "a wrong one" not in refused.said
    place.secret("external.kafkaPassword", PASSWORD)


def a_missing_right_is_told(place: Place) -> None:
    """This user may not make topics."""
    refused = place.run("up")
    assert refused.code != 0
    assert "TOPIC_AUTHORIZATION_FAILED" in refused.said, refused.said
    assert "This user may not do that" in refused.said, refused.said
    assert place.flink.alive() == {}


def allow_what_is_needed(kafka: SecureKafka) -> None:
    topics = ("CREATE", "READ", "WRITE", "DESCRIBE", "DELETE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "ALTER")
    for name in ("orders.", "flink-reviews-topic-owners"):
        kafka.allow(ResourceType.TOPIC, name, *(AclOperation[one] for one in topics))
    for name in ("flink-reviews", "flinksql", "console"):
        kafka.allow(ResourceType.GROUP, name, AclOperation.READ, AclOperation.DESCRIBE)
    kafka.allow(ResourceType.TRANSACTIONAL_ID, "flink-reviews/", AclOperation.WRITE, AclOperation.DESCRIBE)


def an_expired_certificate_is_told(place: Place) -> None:
    place.kafka.stop()
    place.kafka.start(valid=-timedelta(hours=1))
    refused = place.run("preview")
    assert refused.code != 0
    assert "certificate" in refused.said, refused.said
    assert "expired" in refused.said, refused.said
    place.kafka.stop()
    place.kafka.start()


def no_credential_is_found(place: Place) -> None:
    folders = (place.copy.state, place.copy.data, place.flink.settings.folder.root / "logs")
    assert all(any(one.iterdir()) for one in folders)
    assert files_with_marks(*folders) == {}
    assert [text for text in place.said if PASSWORD in text] == []
