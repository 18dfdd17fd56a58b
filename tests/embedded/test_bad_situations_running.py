"""What goes wrong on a stack that is up: it says so, and what ran before goes on as it was.

One stack for all of this file. Its folder has spaces and umlauts in its name: that is one of the situations.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from confluent_kafka import Producer

from components.flink_endpoint import JOB_MANAGER, flink_endpoint
from console.project import open_project
from embedded.control import ServiceControl
from embedded.specification import ServiceName
from flinksql.flink.jobmanager import JobManagerClient
from tests.contract.bench import until
from tests.support.project import ProjectCopy, project_copy
from tests.support.situations import CLOSED, listening_on, refused, resources, setting

pytestmark = pytest.mark.real

FOLDER = "Bücher und Möbel"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    """The production bundle, with windows of two seconds."""
    folder = tmp_path_factory.mktemp("bad-situations") / FOLDER
    folder.mkdir()
    values = {"bundle__parameters__window_seconds": 2, "flink__checkpointIntervalSeconds": 2, "flink__taskSlots": 8}
    with project_copy(folder, **values) as copy:
        copy.succeed("up")
        yield copy


def running_jobs(stack: ProjectCopy) -> Mapping[str, str]:
    """Return the id of each job that has not ended, by its name, as the JobManager tells."""
    settings = open_project(stack.stack, stack.folder).settings().embedded
    endpoint = flink_endpoint(JOB_MANAGER, settings.job_manager_url, settings.data_folder)
    return {job.name: job.job_id for job in JobManagerClient(endpoint).jobs() if not job.state.terminal}


def status(stack: ProjectCopy) -> dict[str, Any]:
    return stack.run("status", "--json").json()


@contextmanager
def changed(stack: ProjectCopy, files: Mapping[str, str] | None = None, **values: str | int) -> Iterator[None]:
    """Write SQL files or settings for the time of a test."""
    stack_file = stack.folder / "Pulumi.local.yaml"
    before = stack_file.read_bytes()
    added = {stack.folder / "sql" / "reviews" / name: text for name, text in (files or {}).items()}
    for file, text in added.items():
        file.write_text(text, encoding="utf-8")
    stack.configure(**values)
    try:
        yield
    finally:
        stack_file.write_bytes(before)
        for file in added:
            file.unlink()


@contextmanager
def everything_as_before(stack: ProjectCopy) -> Iterator[None]:
    """Require that the same jobs run and the same resources are in the state when the block ends."""
    jobs, known = running_jobs(stack), resources(stack)
    yield
    assert running_jobs(stack) == jobs
    assert resources(stack) == known


@contextmanager
def stopped(stack: ProjectCopy, service: ServiceName) -> Iterator[None]:
    """Stop a service for good; the `up` after the block must repair it."""
    ServiceControl(open_project(stack.stack, stack.folder).settings().embedded).stop(service)
    try:
        yield
    finally:
        stack.succeed("up")
    assert status(stack)["healthy"] is True


REFUSED_SQL = [
    pytest.param(
        "mistaken.sql",
        "CREATE VIEW mistaken AS\nSELECT payload,\n       ratng\nFROM product_reviews",
        ["sql/reviews/mistaken.sql:3:8: Column 'ratng' not found in any table", "\n           ratng\n           ^"],
        id="unknown column",
    ),
    pytest.param(
        "odd.sql",
        "CREATE TABLE odd (a INT)\nWITH ('connector' = 'kafak')",
        ["sql/reviews/odd.sql:2:21: Unknown connector 'kafak'. Did you mean 'kafka'?", "\n                        ^"],
        id="unknown connector",
    ),
    pytest.param(
        "syntax.sql",
        "CREATE VIEW syntax AS\nSELECT product_id\nFORM product_review_context",
        ["sql/reviews/syntax.sql:3:1: did you mean FROM instead of FORM?", "\n    ^"],
        id="syntax error",
    ),
]


@pytest.mark.parametrize(("name", "text", "messages"), REFUSED_SQL)
def test_what_the_planner_refuses_is_told_with_its_place(stack: ProjectCopy, name: str, text: str, messages: list[str]) -> None:
    with everything_as_before(stack), changed(stack, {name: text}):
        for command in ("preview", "up"):
            refused(stack.run(command), *messages)


def test_fewer_partitions_are_refused_before_anything_changes(stack: ProjectCopy) -> None:
    with everything_as_before(stack), changed(stack, topics__partitions=1):
        refused(
            stack.run("up"),
            "has 2 partitions and is asked to have 1: Kafka cannot take partitions away. Ask for 2 or more",
            "`topics.partitions`",
        )


def test_an_older_flink_line_is_refused_before_anything_changes(stack: ProjectCopy) -> None:
    with everything_as_before(stack), changed(stack, flink__line="2.1"):
        refused(
            stack.run("up"),
            "artifacts: flink.line is 2.1 and this stack runs on 2.2: an older Flink cannot read the state that the jobs have by now",
            "`python -m console down`",
        )


def test_a_port_that_is_taken_is_refused_and_the_old_one_kept(stack: ProjectCopy) -> None:
    taken = int(setting(stack, "ports.kafka")) + 1
    with everything_as_before(stack), listening_on(taken) as holder, changed(stack, ports__kafka=taken):
        refused(stack.run("up"), f"port {taken} (ports.kafka) of kafka is taken by", holder, "nothing was started or changed", code=3)


def test_a_job_that_fails_at_once_is_told_with_its_cause_and_does_not_stay(stack: ProjectCopy) -> None:
    files = {
        "far.sql": (
            "CREATE TABLE far (a STRING) WITH ('connector' = 'kafka', 'topic' = 'far', 'format' = 'raw',\n"
            "  'scan.startup.mode' = 'earliest-offset', 'properties.bootstrap.servers' = 'nowhere.invalid:9092')"
        ),
        "away.sql": "CREATE TABLE away (a STRING) WITH ('connector' = 'blackhole')",
        "moved.sql": "INSERT INTO away SELECT a FROM far",
    }
    with everything_as_before(stack):
        jobs = running_jobs(stack)
        with changed(stack, files):
            refused(
                stack.run("up"),
                "statement moved: the job fails again and again at the same place: ConfigException: No resolvable bootstrap urls",
                "moved failed",
            )
            assert running_jobs(stack) == jobs
            assert "moved" not in resources(stack)
        stack.succeed("up")


def test_a_sink_that_refuses_a_record_by_its_size_is_named_with_what_helps(stack: ProjectCopy) -> None:
    options = "WITH ('connector' = 'kafka', 'topic' = '{}', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}',\n"
    files = {
        "orders.sql": "CREATE TABLE orders (payload BYTES)\n"
        + options.format("orders")
        + "  'format' = 'raw', 'scan.startup.mode' = 'earliest-offset')",
        "archive.sql": "CREATE TABLE archive (id STRING, payload BYTES)\n" + options.format("archive") + "  'format' = 'json')",
        "archived.sql": "INSERT INTO archive SELECT 'order', payload FROM orders",
    }
    again = "fails again and again at the same place: RecordTooLargeException: The message is 1200115 bytes when serialized"
    with everything_as_before(stack):
        with changed(stack, files):
            stack.succeed("up")
            producer = Producer({"bootstrap.servers": stack.outputs()["kafkaBootstrap"]})
            producer.produce("orders", b"z" * 900_000)
            producer.flush(30)
            until(lambda: again in job_error(stack, "archived"), seconds=120)
            told = job_error(stack, "archived")
            assert "(sink to topic archive)" in told
            assert "what helps: raise `kafka.maxRecordBytes`" in told
            refused(stack.run("up"), f"statement archived: the job {again}", "what helps: raise `kafka.maxRecordBytes`")
        stack.succeed("up")
        assert status(stack)["healthy"] is True


def job_error(stack: ProjectCopy, statement: str) -> str:
    """Return what `status` says of a job that is not well, empty when it is."""
    [job] = [job for job in status(stack)["jobs"] if job["statement"] == statement]
    return "" if job["healthy"] else str(job["lastError"])


def test_a_file_to_feed_that_is_not_there_is_told(stack: ProjectCopy) -> None:
    refused(stack.run("feed", "reviws.jsonl"), "reviws.jsonl cannot be read: No such file or directory", code=2)


def test_waiting_for_summaries_that_do_not_come_ends_in_time(stack: ProjectCopy) -> None:
    refused(
        stack.run("watch", "--new", "--until", "1", "--timeout", "1"),
        "0 summaries came in 1.0 s, 1 were waited for",
        "python -m console status",
        code=6,
    )


def test_a_broker_that_is_down_is_told_by_every_command_and_repaired_by_up(stack: ProjectCopy) -> None:
    with stopped(stack, ServiceName.KAFKA):
        repair = "look at `python -m console status`; `up` repairs what is not running"
        refused(stack.run("watch", "--until", "1", "--timeout", "1"), "cannot be read: the broker does not answer", repair)
        refused(stack.run("feed"), "no record can be sent to topic product_reviews: the broker does not answer", repair)
        refused(stack.run("status"), "kafka is stopped: it does not run", code=3)


def test_a_gateway_that_is_down_is_told_and_the_preview_says_that_it_did_not_validate(stack: ProjectCopy) -> None:
    odd = {"odd.sql": "CREATE TABLE odd (a INT)\nWITH ('connector' = 'kafak')"}
    with stopped(stack, ServiceName.SQL_GATEWAY):
        refused(stack.run("status"), "sql-gateway is stopped: it does not run", code=3)
        with changed(stack, odd):
            finished = stack.run("preview")
        assert finished.code == 0, finished.said
        assert "Flink's planner does not answer, so the statements are only read now" in finished.said
        assert "sql-gateway will be started again" in finished.said


def test_a_jobmanager_that_is_down_is_told_and_up_brings_the_jobs_back_with_their_state(stack: ProjectCopy) -> None:
    stack.succeed("feed")
    stack.succeed("watch", "--until", "1", "--timeout", "120")
    before = running_jobs(stack)
    with stopped(stack, ServiceName.JOB_MANAGER):
        refused(stack.run("status"), "jobmanager is stopped: it does not run", "job contexts is unknown", code=3)
        finished = stack.succeed("up")
        for statement in ("contexts", "summaries"):
            assert f"Statement {statement} goes on from file:///" in finished.output
    after = running_jobs(stack)
    assert after.keys() == before.keys()
    assert set(after.values()).isdisjoint(before.values())


def test_a_folder_with_spaces_and_umlauts_keeps_everything_inside_it(stack: ProjectCopy) -> None:
    assert [entry.name for entry in stack.folder.parent.iterdir()] == [FOLDER]
    for part in (stack.data / "kafka", stack.data / "flink" / "checkpoints", stack.data / "logs", stack.state):
        assert any(part.iterdir()), part


def test_a_model_server_that_does_not_answer_holds_reviews_back_and_loses_none(stack: ProjectCopy) -> None:
    def messages() -> Mapping[str, int]:
        return {topic["name"]: topic["messages"] for topic in status(stack)["topics"]}

    with changed(stack, model__kind="openai", model__endpoint=f"{CLOSED}/v1"):
        refused(stack.run("doctor"), f"openai at {CLOSED}/v1 does not answer (ConnectionError)", code=3)
        stack.succeed("up")
        before = messages()
        stack.succeed("feed", "--count", "1")
        refused(stack.run("watch", "--new", "--until", "1", "--timeout", "10"), "0 summaries came in 10 s, 1 were waited for", code=6)
        assert messages()["product_review_summary_rejected"] == before["product_review_summary_rejected"]
    stack.succeed("up")
    finished = stack.run("watch", "--until", str(before["product_review_summary"] + 1), "--timeout", "180", "--json")
    assert finished.code == 0, finished.said
