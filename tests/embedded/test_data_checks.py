"""Checks of data on a real Kafka and Flink: what they read, what they find, and what they leave behind."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from flinksql.data_checks import Check, CheckRunner, Result, Verdict, read_checks
from flinksql.diagnosis.snapshot import Partition
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.kafka.positions import BrokerPositions
from flinksql.sql import read_bundle
from flinksql.statement import Kind
from tests.support.kafka_and_flink import KafkaAndFlink, kafka_and_flink
from tests.support.project import REPOSITORY

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

TABLES = {
    "payments": """CREATE TABLE payments (id BIGINT, amount INT, who STRING) WITH (
        'connector' = 'kafka', 'topic' = 'payments', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
        'properties.group.id' = 'the pipeline', 'scan.startup.mode' = 'group-offsets', 'format' = 'json')""",
    "balances": """CREATE TABLE balances (who STRING, amount INT, PRIMARY KEY (who) NOT ENFORCED) WITH (
        'connector' = 'upsert-kafka', 'topic' = 'balances', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
        'key.format' = 'json', 'value.format' = 'json')""",
    "broken": """CREATE TABLE broken (id BIGINT) WITH (
        'connector' = 'kafka', 'topic' = 'broken', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json')""",
    "large_payments": "CREATE VIEW large_payments AS SELECT * FROM payments WHERE amount > 100",
    "rows_made_up": "CREATE TABLE rows_made_up (id BIGINT) WITH ('connector' = 'datagen')",
    "count_them": "INSERT INTO balances SELECT who, COUNT(*) FROM large_payments GROUP BY who",
}
CHECKS = {
    "all_are_paid": "-- Nobody pays nothing.\n-- sample: all\nSELECT id, amount FROM payments WHERE amount <= 0",
    "newest_are_paid": "-- sample: 2\nSELECT id FROM payments WHERE amount <= 0",
    "all_have_a_name": "SELECT id FROM payments WHERE who IS NULL;",
    "balances_are_positive": "SELECT who FROM balances WHERE amount < 0",
    "ids_are_unique": "-- sample: all\nSELECT id, COUNT(*) AS n FROM payments GROUP BY id HAVING COUNT(*) > 1",
    "large_have_a_name": "SELECT COUNT(*) FROM large_payments HAVING COUNT(*) > 1",
    "broken": "SELECT id FROM broken",
    "misspelt": "SELECT id\nFROM payments WHERE amuont < 0",
    "endless": "SELECT id FROM rows_made_up",
}
YOUNG_COORDINATORS = """
import sys
from contextlib import suppress
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from flinksql.kafka.committed import CommittedOffsets

admin = AdminClient({"bootstrap.servers": sys.argv[1]})
for number in range(80):
    for removed in admin.delete_topics(["__consumer_offsets"]).values():
        with suppress(KafkaException):
            removed.result(30)
    asked = [TopicPartition("payments", 0), TopicPartition("payments", 1)]
    assert {one.offset for one in CommittedOffsets(sys.argv[1]).of(f"group {number}", asked)} == {-1001}
"""
"""Asks a group's coordinator that the broker makes anew each time, and that is not it yet at first."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaAndFlink]:
    with kafka_and_flink(tmp_path_factory.mktemp("checks")) as started:
        fill(started.bootstrap)
        yield started


def fill(bootstrap: str) -> None:
    topics = [NewTopic("payments", 2, 1), NewTopic("balances", 1, 1), NewTopic("broken", 1, 1)]
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics(topics).values():
        made.result(30)
    producer = Producer({"bootstrap.servers": bootstrap})

    def send(topic: str, partition: int, value: object, key: object = None) -> None:
        producer.produce(topic, json.dumps(value).encode(), None if key is None else json.dumps(key).encode(), partition)

    # The oldest of the first partition is the only one that is wrong.
    for partition, amounts in enumerate([[0, 200, 3, 4], [500, 6]]):
        for index, amount in enumerate(amounts):
            send("payments", partition, {"id": 10 * partition + index, "amount": amount, "who": f"w{index}"})
    send("balances", 0, {"who": "w1", "amount": -5}, {"who": "w1"})
    send("balances", 0, {"who": "w1", "amount": 7}, {"who": "w1"})
    producer.produce("broken", b"not JSON")
    assert producer.flush(30) == 0


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Check]:
    folder = tmp_path_factory.mktemp("bundle") / "shop"
    (folder / "checks").mkdir(parents=True)
    for name, text in TABLES.items():
        (folder / f"{name}.sql").write_text(f"{text};\n")
    for name, text in CHECKS.items():
        (folder / "checks" / f"{name}.sql").write_text(text)
    return {one.name: one for one in read_checks(folder, folder.parent)}


@pytest.fixture(scope="module")
def runner(running: KafkaAndFlink, checks: dict[str, Check], tmp_path_factory: pytest.TempPathFactory) -> CheckRunner:
    folder = next(tmp_path_factory.getbasetemp().glob("bundle*/shop"))
    assert checks
    bundle = read_bundle(folder, {"kafka_bootstrap": running.bootstrap}, folder.parent)
    deployed = {one.name: bundle.definition(one.name, f"test/{one.name}") for one in bundle.statements if one.kind is Kind.CATALOG_OBJECT}

    def partitions(topic: str) -> dict[int, Partition]:
        return dict(BrokerPositions(running.bootstrap).topics([topic])[topic].partitions)

    return CheckRunner(
        gateway=running.gateway,
        jobmanager=JobManagerClient(running.jobmanager),
        stack="test",
        deployed=deployed,
        parameters={},
        secrets=lambda _name: "",
        partitions=lambda _options: partitions,
    )


@pytest.fixture(scope="module")
def results(runner: CheckRunner, checks: dict[str, Check]) -> dict[str, Result]:
    return {name: runner.run(one) for name, one in checks.items()}


@pytest.mark.parametrize(
    ("name", "verdict", "rows", "read"),
    [
        pytest.param("all_are_paid", Verdict.FAILED, [{"id": 0, "amount": 0}], 6, id="a row that must not be there"),
        pytest.param("newest_are_paid", Verdict.PASSED, [], 4, id="the newest two of each partition"),
        pytest.param("all_have_a_name", Verdict.PASSED, [], 6, id="a semicolon at the end"),
        pytest.param("balances_are_positive", Verdict.PASSED, [], 2, id="a row that was replaced"),
        pytest.param("ids_are_unique", Verdict.PASSED, [], 6, id="groups"),
        pytest.param("large_have_a_name", Verdict.FAILED, [{"EXPR$0": 2}], 6, id="a view, and a result that changes"),
    ],
)
def test_a_check_gives_what_is_there(name: str, verdict: Verdict, rows: list[object], read: int, results: dict[str, Result]) -> None:
    result = results[name]
    assert (result.verdict, result.reason, list(result.shown), result.rows) == (verdict, "", rows, len(rows))
    assert result.read == read


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("broken", "shop/checks/broken.sql:1:1: Unrecognized token 'not'", id="a record that cannot be read"),
        pytest.param("misspelt", "shop/checks/misspelt.sql:2:21: Column 'amuont' not found", id="a query that the planner refuses"),
        pytest.param("endless", "table rows_made_up cannot be read to an end: its connector is datagen", id="a table without an end"),
    ],
)
def test_what_cannot_be_run_is_unknown_and_says_why(name: str, reason: str, results: dict[str, Result]) -> None:
    assert results[name].verdict is Verdict.UNKNOWN
    assert reason in results[name].reason
    assert results[name].rows is None


def test_no_job_and_no_offset_is_left_behind(running: KafkaAndFlink, results: dict[str, Result]) -> None:
    assert results
    jobs = JobManagerClient(running.jobmanager).jobs()
    assert jobs
    assert [one.name for one in jobs if not one.state.terminal] == []
    positions = BrokerPositions(running.bootstrap)
    assert positions.committed("the pipeline", ["payments"]) == {}
    assert positions.committed("flink-reviews-check", ["payments"]) == {}


def test_a_coordinator_that_is_not_there_yet_is_waited_for_and_crashes_nothing(running: KafkaAndFlink) -> None:
    """In a process of its own: librdkafka's administrative client dereferences a null pointer on such an answer."""
    script = [sys.executable, "-c", YOUNG_COORDINATORS, running.bootstrap]
    ended = subprocess.run(script, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
