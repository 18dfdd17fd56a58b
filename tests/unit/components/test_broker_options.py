"""What the stack's own broker would refuse of a Kafka table: refused at preview. Of another broker it is remarked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from components.broker_options import broker_option_problems, transaction_remarks
from components.endpoints import Endpoints
from components.names import PROJECT_FOLDER
from flinksql.sql import Bundle, read_bundle

OWN = Endpoints(kafka_bootstrap="k:1", kafka_from_here="k:1", gateway_url="", jobmanager_url="", model_url="", checkpoints_folder="")
OTHER = replace(OWN, is_own_broker=False)
GUARANTEE, TIMEOUT, PROTOCOL = "sink.delivery-guarantee", "properties.transaction.timeout.ms", "properties.security.protocol"
EXACTLY = {GUARANTEE: "exactly-once"}
JOB = "INSERT INTO t SELECT id FROM src"
LATE = {"properties.bootstrap.servers": "elsewhere:1"}


def bundle(folder: Path, options: Mapping[str, str], job: str = JOB) -> Bundle:
    given = {"connector": "kafka", "topic": "t", "properties.bootstrap.servers": "k:1", "format": "json", **options}
    listed = ",\n".join(f"'{key}' = '{value}'" for key, value in given.items())
    (folder / "t.sql").write_text(f"CREATE TABLE t (id BIGINT) WITH (\n{listed});\n", encoding="utf-8")
    (folder / "src.sql").write_text("CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen');\n", encoding="utf-8")
    (folder / "job.sql").write_text(f"{job};\n", encoding="utf-8")
    return read_bundle(folder, {"job_name": "p/s/st"}, folder)


@pytest.mark.parametrize(
    ("options", "place", "says"),
    [
        pytest.param({**EXACTLY, TIMEOUT: "900000"}, "", "", id="exactly the broker's limit"),
        pytest.param({**EXACTLY, TIMEOUT: "900001"}, "t.sql:7:39", "up to 15 minutes", id="a millisecond more"),
        pytest.param(EXACTLY, "t.sql:6:29", "up to 60 minutes", id="Flink's hour"),
        pytest.param({GUARANTEE: "EXACTLY-ONCE"}, "t.sql:6:29", "Flink asks for an hour", id="in capitals"),
        pytest.param({TIMEOUT: "3600000"}, "", "", id="without transactions"),
        pytest.param({**EXACTLY, TIMEOUT: "a while"}, "", "", id="no number"),
    ],
)
def test_a_transaction_may_not_last_longer_than_the_broker_allows(tmp_path: Path, options: dict[str, str], place: str, says: str) -> None:
    found = broker_option_problems(bundle(tmp_path, options), OWN)
    assert [str(one.position) for one in found] == ([place] if place else [])
    assert all(says in one.problem and "job job" in one.problem and f"'{TIMEOUT}' = '600000'" in one.problem for one in found)


@pytest.mark.parametrize(
    "job",
    [
        pytest.param("INSERT INTO src SELECT id FROM t", id="read only"),
        pytest.param(JOB.replace("INTO t", f"INTO t /*+ OPTIONS('{TIMEOUT}' = '60000') */"), id="a hint says less"),
    ],
)
def test_only_what_a_job_writes_counts(tmp_path: Path, job: str) -> None:
    assert broker_option_problems(bundle(tmp_path, EXACTLY, job), OWN) == []


def test_a_hint_that_asks_for_transactions_is_told_at_the_hint(tmp_path: Path) -> None:
    job = JOB.replace("INTO t", "INTO t /*+ OPTIONS('sink.delivery-guarantee' = 'exactly-once') */")
    [problem] = broker_option_problems(bundle(tmp_path, {}, job), OWN)
    assert str(problem.position) == "job.sql:1:13"


@pytest.mark.parametrize(
    ("options", "endpoints"),
    [
        pytest.param(EXACTLY, OTHER, id="the stack's is somebody else's"),
        pytest.param({**EXACTLY, **LATE}, OWN, id="a table elsewhere"),
    ],
)
def test_the_limit_of_another_broker_is_only_remarked(tmp_path: Path, options: dict[str, str], endpoints: Endpoints) -> None:
    found = bundle(tmp_path, options)
    assert broker_option_problems(found, endpoints) == []
    [remark] = transaction_remarks(found, endpoints)
    assert remark.startswith("t.sql:6:29: job job writes in transactions of up to 60 minutes")


def test_nothing_is_remarked_of_the_own_broker_and_of_short_transactions(tmp_path: Path) -> None:
    assert transaction_remarks(bundle(tmp_path, EXACTLY), OWN) == []
    assert transaction_remarks(bundle(tmp_path, {**EXACTLY, TIMEOUT: "900000"}), OTHER) == []


@pytest.mark.parametrize(
    ("options", "endpoints", "count"),
    [
        pytest.param({PROTOCOL: "SASL_SSL"}, OWN, 1, id="own broker"),
        pytest.param({PROTOCOL: "plaintext"}, OWN, 0, id="what it speaks"),
        pytest.param({PROTOCOL: "SASL_SSL"}, OTHER, 0, id="another broker"),
        pytest.param({PROTOCOL: "SASL_SSL", **LATE}, OWN, 0, id="a table elsewhere"),
    ],
)
def test_the_own_broker_speaks_neither_tls_nor_sasl(tmp_path: Path, options: dict[str, str], endpoints: Endpoints, count: int) -> None:
    found = broker_option_problems(bundle(tmp_path, options), endpoints)
    assert [str(one.position) for one in found] == ["t.sql:6:34"] * count
    assert all("Remove 'properties.security.protocol'" in one.problem for one in found)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({}, "asks the stack's own broker for PLAINTEXT", id="nothing"),
        pytest.param({PROTOCOL: "SSL"}, "asks the stack's own broker for SSL", id="another protocol"),
        pytest.param({PROTOCOL: "sasl_ssl"}, "", id="what it speaks"),
        pytest.param(LATE, "", id="another broker"),
    ],
)
def test_brokers_that_ask_for_a_login_refuse_a_table_that_does_not_log_in(tmp_path: Path, options: dict[str, str], words: str) -> None:
    problems = broker_option_problems(bundle(tmp_path, options), replace(OWN, broker_protocol="SASL_SSL"))
    assert [words in str(one) and "speaks SASL_SSL only" in str(one) for one in problems] == ([True] if words else [])


@pytest.mark.parametrize(("title", "protocol"), [("scram-sha-512", "SASL_SSL"), ("tls", "SSL")])
def test_the_logins_of_the_document_are_taken_as_they_stand_there(tmp_path: Path, title: str, protocol: str) -> None:
    """What Kafka's client reads where it runs is no placeholder of the bundle's, also within a longer text."""
    document = (PROJECT_FOLDER / "docs" / "strimzi.md").read_text(encoding="utf-8")
    [block] = re.findall(rf"```sql\n-- {title}\n(.*?)\n```", document, re.DOTALL)
    (tmp_path / "src.sql").write_text("CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen');\n", encoding="utf-8")
    (tmp_path / "job.sql").write_text(f"{JOB};\n", encoding="utf-8")
    options = f"'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'k:1', 'format' = 'json',\n{block}"
    (tmp_path / "t.sql").write_text(f"CREATE TABLE t (id BIGINT) WITH (\n{options});\n", encoding="utf-8")
    made = read_bundle(tmp_path, {"job_name": "p/s/st"}, tmp_path)
    assert broker_option_problems(made, replace(OWN, broker_protocol=protocol)) == []
    assert "${directory:/etc/kafka-login:" in made.entry("t").statement.text
