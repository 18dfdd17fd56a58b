"""A sink that may send more than its topic takes is named before anything runs, with its place and what to write."""

from pathlib import Path

import pytest

from components.endpoints import embedded_endpoints
from components.parameters import load_bundle
from flinksql.errors import BundleError
from settings import parse_settings

SOURCE = "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen')"
SINK = """CREATE TABLE sink (a STRING) WITH (
    'connector' = '{connector}', 'topic' = 'out', 'properties.bootstrap.servers' = '{bootstrap}',
    {option} 'format' = 'json'
)"""
JOB = "INSERT INTO sink SELECT a FROM source"
FIVE = "'properties.max.request.size' = '5000000',"


def problem(folder: Path, sink: str, job: str = JOB, **given: str) -> str:
    """Return what is said of a bundle, empty when nothing is."""
    settings = parse_settings({key.replace("__", "."): value for key, value in given.items()})
    for name, text in {"source": SOURCE, "sink": sink, "job": job}.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    try:
        load_bundle(settings, embedded_endpoints(settings), folder)
    except BundleError as error:
        return str(error)
    return ""


def sink(option: str = "", connector: str = "kafka", bootstrap: str = "${kafka_bootstrap}") -> str:
    return SINK.format(option=option, connector=connector, bootstrap=bootstrap)


@pytest.mark.parametrize("connector", ["kafka", "upsert-kafka"])
def test_a_literal_above_the_topics_limit_is_named_at_its_place(tmp_path: Path, connector: str) -> None:
    told = problem(tmp_path, sink(FIVE, connector))
    assert "sink.sql:3:37: job job may send records of up to 5000000 bytes and topic out takes 1048576 at most" in told
    assert "Write 'properties.max.request.size' = '${kafka_max_record_bytes}'" in told
    assert "pulumi config set kafka.maxRecordBytes" in told


def test_the_clients_default_above_a_lowered_limit_is_named_at_the_table(tmp_path: Path) -> None:
    told = problem(tmp_path, sink(), kafka__maxRecordBytes="500000")
    assert "sink.sql:1:14: job job may send records of up to 1048576 bytes, the Kafka client's default, and topic out takes 500000" in told
    assert "Add 'properties.max.request.size' = '${kafka_max_record_bytes}'" in told


@pytest.mark.parametrize(
    ("written", "given"),
    [
        pytest.param(sink(), {}, id="nothing said"),
        pytest.param(
            sink("'properties.max.request.size' = '${kafka_max_record_bytes}',"), {"kafka__maxRecordBytes": "500000"}, id="the parameter"
        ),
        pytest.param(sink(FIVE), {"kafka__maxRecordBytes": "5000000"}, id="a limit raised to it"),
        pytest.param(sink("'properties.max.request.size' = '500000',"), {}, id="less than the topic takes"),
        pytest.param(sink(FIVE + "'properties.compression.type' = 'lz4',"), {}, id="compressed: the size on the wire is not known"),
        pytest.param(sink(FIVE, bootstrap="elsewhere:9092"), {}, id="another broker"),
        pytest.param(sink(FIVE, connector="print"), {}, id="no Kafka table"),
        pytest.param(sink("'properties.max.request.size' = 'much',"), {}, id="no number: Kafka itself refuses it"),
    ],
)
def test_what_agrees_or_is_not_known_is_no_problem(tmp_path: Path, written: str, given: dict[str, str]) -> None:
    assert problem(tmp_path, written, **given) == ""


def test_a_table_that_is_only_read_sends_nothing(tmp_path: Path) -> None:
    read = sink(FIVE + "'scan.startup.mode' = 'earliest-offset',").replace("TABLE sink", "TABLE inlet")
    (tmp_path / "inlet.sql").write_text(read, encoding="utf-8")
    assert problem(tmp_path, sink(), "INSERT INTO sink SELECT a FROM inlet") == ""


def test_a_hint_of_the_job_decides_over_the_table(tmp_path: Path) -> None:
    hinted = JOB.replace("sink", "sink /*+ OPTIONS('properties.max.request.size' = '{}') */")
    less, more = hinted.format(1000), hinted.format(2_000_000)
    assert problem(tmp_path, sink(FIVE), less) == ""
    assert "job.sql:1:13: job job may send records of up to 2000000 bytes" in problem(tmp_path, sink(), more)


def test_options_taken_over_from_another_table_count_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "base.sql").write_text(sink(FIVE).replace("TABLE sink", "TABLE base"), encoding="utf-8")
    assert "base.sql:3:37: job job may send records of up to 5000000 bytes" in problem(tmp_path, "CREATE TABLE sink LIKE base")


def test_two_jobs_on_one_sink_are_one_problem(tmp_path: Path) -> None:
    (tmp_path / "other.sql").write_text(JOB, encoding="utf-8")
    assert problem(tmp_path, sink(FIVE)).count("may send") == 1


MANIFEST = "topics:\n  out:\n    config:\n      max.message.bytes: {}\n"


@pytest.mark.parametrize(
    ("limit", "option", "told"),
    [
        pytest.param(500_000, "", "up to 1048576 bytes, the Kafka client's default, and topic out takes 500000", id="lower, unsaid"),
        pytest.param(
            500_000, "'properties.max.request.size' = '600000',", "up to 600000 bytes and topic out takes 500000", id="lower, said"
        ),
        pytest.param(500_000, "'properties.max.request.size' = '500000',", "", id="lower, agreed"),
        pytest.param(1_048_588, "", "", id="as the broker's"),
        pytest.param(
            2_000_000,
            "",
            "bundle.yaml:4:7: topics.out: max.message.bytes is 2000000, and the broker is set up for 1048576: raise `kafka.maxRecordBytes`",
            id="above the broker's",
        ),
        pytest.param("much", "", "", id="no number: the broker itself refuses it"),
    ],
)
def test_a_topic_with_a_limit_of_its_own_counts_by_it(tmp_path: Path, limit: int | str, option: str, told: str) -> None:
    (tmp_path / "bundle.yaml").write_text(MANIFEST.format(limit), encoding="utf-8")
    found = problem(tmp_path, sink(option))
    assert told in found if told else found == ""


@pytest.mark.parametrize("bundle", ["reviews", "article"])
def test_the_bundles_of_the_project_agree_with_the_defaults(bundle: str) -> None:
    settings = parse_settings({"bundle": bundle})
    load_bundle(settings, embedded_endpoints(settings))


def test_sql_can_ask_for_the_limit() -> None:
    settings = parse_settings({"kafka.maxRecordBytes": "2000000"})
    assert load_bundle(settings, embedded_endpoints(settings)).values["kafka_max_record_bytes"] == "2000000"
