"""What failures say to people: the kinds, and when they are one repetition. The recorded answers are a real Flink's, frames shortened."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flinksql.diagnostics.repeated_failures import describe, repetition
from flinksql.diagnostics.symptoms import symptom_of
from flinksql.flink.jobmanager import Checkpoints, ExceptionEntry
from flinksql.flink.jobmanager.wire import JobExceptions
from tests.fakes.traces import trace

RECORDED: Mapping[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "cases" / "symptoms" / "recorded-2.2.json").read_text(encoding="utf-8")
)
MINUTE = 60_000
NOON = 43_200_000
"""12:00 UTC, in ms."""
DIAGNOSTICS = (
    "Worker w is terminated. Diagnostics: Pod terminated, container termination statuses: [flink-main-container(exitCode={}, reason={}, "
    "message=null)], pod status: Failed(reason=null, message=null)"
)
"""What Flink's ResourceManager says of a pod that ended; it removes the pod itself."""
SENT = ("org.apache.flink.util.FlinkRuntimeException", "Failed to send data to Kafka {}@-1 with FlinkKafkaInternalProducer@1{{}}")


def recorded(case: str) -> tuple[tuple[ExceptionEntry, ...], Checkpoints, int]:
    found = RECORDED[case]
    failures = JobExceptions.model_validate(found["exceptions"]).exception_history.entries
    return failures, Checkpoints.model_validate(found["checkpoints"]), int(found["now"])


@pytest.mark.parametrize(
    ("case", "cause", "helps"),
    [
        pytest.param("a cast that cannot be", "NumberFormatException: For input string: (not shown)", "TRY_CAST", id="cast"),
        pytest.param("a division by zero", "ArithmeticException: / by zero", "NULLIF", id="division"),
        pytest.param("a record that is no JSON", "Fail to deserialize at field: id (reading table json_in)", "'format' = 'raw'", id="JSON"),
        pytest.param(
            "a record too large for the client",
            "The message is 1200105 bytes when serialized which is larger than 1048576, which is the value of the max.request.size "
            "configuration (sink to topic small_out)",
            "kafka.maxRecordBytes",
            id="too large for the client",
        ),
        pytest.param(
            "a record too large for the broker",
            "RecordTooLargeException: The request included a message larger than the max message size the server will accept "
            "(sink to topic big_out)",
            "kafka.maxRecordBytes",
            id="too large for the broker",
        ),
    ],
)
def test_what_flink_really_answers_is_told_as_a_repetition(case: str, cause: str, helps: str) -> None:
    failures, checkpoints, now = recorded(case)
    found = repetition(failures, checkpoints, now=now)
    assert found is not None
    assert found.count == len(failures)
    line = describe(found)
    assert line.startswith("fails again and again at the same place: ")
    assert cause in line
    assert helps in line.partition("what helps: ")[2]
    assert "zqzqz" not in line
    assert "customer" not in line


def test_a_task_manager_that_went_once_is_no_repetition() -> None:
    failures, checkpoints, now = recorded("a TaskManager that went")
    assert repetition(failures, checkpoints, now=now) is None
    assert symptom_of(failures[0].stacktrace).lost


@pytest.mark.parametrize(
    ("chain", "exception", "cause", "helps"),
    [
        pytest.param(
            [(SENT[0], SENT[1].format("my-topic-3")), ("o.a.k.RecordTooLargeException", "too large")],
            "RecordTooLargeException",
            "(sink to topic my-topic)",
            "max.request.size",
            id="a topic with dashes",
        ),
        pytest.param(
            [("o.a.k.ProducerFencedException", "There is a newer producer")],
            "ProducerFencedException",
            "newer producer",
            "sink.transactional-id-prefix",
            id="fenced",
        ),
        pytest.param(
            [
                ("o.a.k.KafkaException", "Unexpected error in InitProducerIdResponse"),
                ("o.a.k.InvalidTxnTimeoutException", "The transaction timeout is larger than the maximum value allowed by the broker"),
            ],
            "InvalidTxnTimeoutException",
            "larger than the maximum value",
            "'properties.transaction.timeout.ms' = '600000'",
            id="transactions longer than the broker allows",
        ),
        pytest.param(
            [("java.lang.IllegalArgumentException", "The minBucketMemorySize is not valid!")],
            "IllegalArgumentException",
            "minBucketMemorySize",
            "lower `flink.taskSlots`",
            id="a slot with too little managed memory",
        ),
        pytest.param(
            [("java.lang.IllegalArgumentException", "who knows")], "IllegalArgumentException", "who knows", "", id="another argument"
        ),
        pytest.param(
            [("o.a.k.UnknownTopicOrPartitionException", "This server does not host this topic-partition.")],
            "UnknownTopicOrPartitionException",
            "does not host",
            "`up` creates",
            id="no topic",
        ),
        pytest.param([("java.lang.OutOfMemoryError", "Java heap space")], "OutOfMemoryError", "heap", "flink.taskManagerMemory", id="heap"),
        pytest.param(
            [("java.lang.OutOfMemoryError", "Direct buffer memory. The direct out-of-memory error has occurred.")],
            "OutOfMemoryError",
            "Direct",
            "direct memory",
            id="direct memory",
        ),
        pytest.param(
            [("java.lang.OutOfMemoryError", "Metaspace. The metaspace out-of-memory error has occurred.")],
            "OutOfMemoryError",
            "Metaspace",
            "classes",
            id="metaspace",
        ),
        pytest.param(
            [("x.IOException", "call failed"), ("com.openai.errors.BadRequestException", "400: content policy")],
            "BadRequestException",
            "400: content policy",
            "model gateway",
            id="the model's server refuses the row",
        ),
        pytest.param(
            [("com.openai.errors.UnauthorizedException", "401: no key")], "UnauthorizedException", "401", "model.apiKey", id="no key"
        ),
        pytest.param(
            [("com.openai.errors.NotFoundException", "404: model not found")], "NotFoundException", "404", "CREATE MODEL", id="no model"
        ),
        pytest.param(
            [("a.FlinkException", DIAGNOSTICS.format(3, "Error"))],
            "OutOfMemoryError",
            "the TaskManager's pod ran out of heap (exit code 3)",
            "flink.taskManagerMemory",
            id="a pod out of heap",
        ),
        pytest.param(
            [("a.FlinkException", DIAGNOSTICS.format(137, "OOMKilled"))],
            "OOMKilled",
            "exit code 137",
            "flink.taskManagerMemory",
            id="a pod that the kernel killed",
        ),
        pytest.param(
            [("o.a.k.TimeoutException", "Topic out not present in metadata after 15000 ms.")],
            "TimeoutException",
            "not present in metadata",
            "the broker does not answer",
            id="broker away",
        ),
        pytest.param(
            [("o.a.k.ConfigException", "No resolvable bootstrap urls given in bootstrap.servers")],
            "ConfigException",
            "No resolvable bootstrap urls",
            "'properties.bootstrap.servers'",
            id="no such broker",
        ),
        pytest.param(
            [("x.TimeoutException", "Async function call has timed out.")], "TimeoutException", "Async", "", id="another time-out"
        ),
        pytest.param([("x.OddException", "who knows")], "OddException", "OddException: who knows", "", id="unknown: no advice"),
        pytest.param([("x.NotFoundException", "no such file")], "NotFoundException", "no such file", "", id="another one's 404"),
        pytest.param(
            [("java.io.IOException", "Failed to deserialize consumer record due to"), ("x.OddException", "who knows")],
            "OddException",
            "who knows",
            "",
            id="what fails behind a chained source is no parsing",
        ),
    ],
)
def test_each_kind_has_its_cause_and_its_remedy(chain: list[tuple[str, str]], exception: str, cause: str, helps: str) -> None:
    found = symptom_of(trace(*chain))
    assert found.exception == exception
    assert cause in found.cause
    assert helps in found.advice if helps else found.advice == ""


def test_a_cause_is_one_line_however_long_its_message() -> None:
    found = symptom_of(trace(("x.OddException", "one\ntwo\n" + "x" * 900_000)))
    assert "\n" not in found.cause
    assert len(found.cause) < 400


def failure(
    at: int, name: str = "x.OddException", message: str = "odd", task: str | None = "Source: a[1] (1/2) - execution #3"
) -> ExceptionEntry:
    text = trace((name, message))
    return ExceptionEntry.model_validate({"exceptionName": name, "stacktrace": text, "timestamp": at, "taskName": task})


def made(*, completed: int = 0, savepoint: int = 0) -> Checkpoints:
    moments = {"completed": completed, "savepoint": savepoint}
    return Checkpoints.model_validate({"latest": {name: {"trigger_timestamp": at} if at else None for name, at in moments.items()}})


SAME = [failure(NOON + 3 * MINUTE), failure(NOON + MINUTE), failure(NOON)]


@pytest.mark.parametrize(
    ("failures", "checkpoints", "now", "count"),
    [
        pytest.param(SAME, made(), 0, 3, id="three alike"),
        pytest.param(SAME[:2], made(), 0, None, id="two"),
        pytest.param([], made(), 0, None, id="none"),
        pytest.param(SAME, made(completed=NOON - MINUTE), NOON + 4 * MINUTE, 3, id="a checkpoint before them"),
        pytest.param(SAME, made(completed=NOON + MINUTE + 1), 0, None, id="a checkpoint between them"),
        pytest.param(SAME, made(savepoint=NOON + 4 * MINUTE), 0, None, id="a savepoint after them"),
        pytest.param(SAME, made(), NOON + 12 * MINUTE, 3, id="the longest pauses later"),
        pytest.param(SAME, made(), NOON + 14 * MINUTE, None, id="long ago"),
        pytest.param([SAME[0], failure(NOON, name="x.Other"), failure(NOON)], made(), 0, None, id="another exception between them"),
        pytest.param([*SAME[:2], failure(NOON, task="Source: b[1] (1/2)")], made(), 0, None, id="another task"),
        pytest.param([*SAME[:2], failure(NOON, task="Source: a[1] (2/2) - execution #0")], made(), 0, 3, id="another subtask and attempt"),
        pytest.param([*SAME[:2], failure(NOON, message="odd in another way")], made(), 0, 3, id="other words of the same exception"),
        pytest.param([failure(at, task=None) for at in (3, 2, 1)], made(), 0, 3, id="no task blamed"),
    ],
)
def test_same_exception_same_task_and_no_checkpoint_since_are_a_repetition(
    failures: list[ExceptionEntry], checkpoints: Checkpoints, now: int, count: int | None
) -> None:
    found = repetition(failures, checkpoints, now=now)
    assert (found.count if found else None) == count


def test_it_says_how_often_since_when_and_what_helps() -> None:
    failures = [failure(at, name="java.lang.ArithmeticException", message="/ by zero") for at in (NOON + 2, NOON + 1, NOON)]
    found = repetition(failures, made())
    assert found is not None
    assert describe(found) == (
        "fails again and again at the same place: ArithmeticException: / by zero, 3 times since 12:00 UTC, no checkpoint since; "
        "what helps: guard the operation in SQL, for example x / NULLIF(y, 0), and judge the rows that it cannot take"
    )


def test_where_all_that_is_remembered_is_alike_there_may_have_been_more() -> None:
    found = repetition([failure(NOON + 8 - number) for number in range(8)], made(completed=NOON - MINUTE))
    assert found is not None
    assert "at least 8 times since 12:00 UTC, no checkpoint since 11:59 UTC" in describe(found)


def test_a_task_manager_that_goes_again_and_again_is_no_place_in_the_job() -> None:
    words = "TaskManager with id 127.0.0.1:1-a is no longer reachable."
    found = repetition([failure(at, message=words) for at in (3, 2, 1)], made())
    assert found is not None
    assert describe(found).startswith("fails again and again: OddException: TaskManager")


@pytest.mark.parametrize(
    ("message", "helps"),
    [
        pytest.param("Unauthorized; error code: 401", "'avro-confluent.basic-auth.credentials-source' = 'USER_INFO'", id="password"),
        pytest.param(
            "Schema being registered is incompatible with an earlier schema; error code: 409", "compatible with the", id="refused"
        ),
        pytest.param("Schema 7 not found; error code: 40403", "check that the table names the registry", id="another registry"),
    ],
)
def test_what_a_schema_registry_says_is_no_malformed_record(message: str, helps: str) -> None:
    """Flink wraps it as it wraps a record that it cannot read; what helps there would drop records that are right."""
    said = symptom_of(
        trace(
            ("java.io.IOException", "Failed to deserialize Avro record."),
            ("io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException", message),
        )
    )
    assert helps in said.advice
    assert "ignore-parse-errors" not in said.advice


KAFKA = "org.apache.flink.kafka.shaded.org.apache.kafka.common"
PATH = "unable to find valid certification path to requested target"


@pytest.mark.parametrize(
    ("cause", "helps"),
    [
        pytest.param(
            (
                "javax.security.auth.login.LoginException",
                "No LoginModule found for org.apache.kafka.common.security.scram.ScramLoginModule",
            ),
            "it begins with org.apache.flink.kafka.shaded",
            id="a login module under its own name",
        ),
        pytest.param(
            ("javax.security.auth.login.LoginException", "unable to find LoginModule class: org.apache.kafka.common.security.Plain"),
            "it begins with org.apache.flink.kafka.shaded",
            id="the same on an older Java",
        ),
        pytest.param(
            (f"{KAFKA}.errors.SaslAuthenticationException", "Authentication failed during authentication due to invalid credentials"),
            "the broker refuses the user",
            id="a wrong password",
        ),
        pytest.param(
            ("java.security.cert.CertificateExpiredException", "NotAfter: Sun Nov 29 17:00:00 UTC 2026"), "has to renew it", id="expired"
        ),
        pytest.param(("sun.security.provider.certpath.SunCertPathBuilderException", PATH), "ssl.truststore.location", id="not trusted"),
        pytest.param(
            (f"{KAFKA}.errors.TopicAuthorizationException", "Not authorized to access topics: [totals]"), "WRITE and DESCRIBE", id="topic"
        ),
        pytest.param(
            (f"{KAFKA}.errors.GroupAuthorizationException", "Not authorized to access group: g"), "READ on the consumer group", id="group"
        ),
        pytest.param(
            (f"{KAFKA}.errors.TransactionalIdAuthorizationException", "Transactional Id authorization failed."),
            "'sink.transactional-id-prefix'",
            id="transactional id",
        ),
    ],
)
def test_a_broker_that_does_not_let_a_job_in_is_told_with_what_helps(cause: tuple[str, str], helps: str) -> None:
    wrapped = (f"{KAFKA}.KafkaException", "Failed to construct kafka producer")
    assert helps in symptom_of(trace(("java.lang.RuntimeException", "Failed to send data to Kafka"), wrapped, cause)).advice


@pytest.mark.parametrize(
    ("reason", "helps"),
    [
        pytest.param("Asynchronous task checkpoint failed.", "the place of Flink's state is full", id="a task cannot write"),
        pytest.param("Failure to finalize checkpoint.", "the place of Flink's state is full", id="the JobManager cannot write"),
        pytest.param("Checkpoint expired before completing.", "", id="it came too late"),
    ],
)
def test_checkpoints_that_cannot_be_written_point_to_the_place_of_the_state(reason: str, helps: str) -> None:
    """As Flink 2.2 says of a full disk: the words of the disk are in its logs alone."""
    message = (
        f"Exceeded checkpoint tolerable failure threshold. The latest checkpoint failed due to {reason}, view the Checkpoint History tab "
        "or the Job Manager log to find out why continuous checkpoints failed."
    )
    said = symptom_of(trace(("org.apache.flink.util.FlinkRuntimeException", message)))
    assert (helps in said.advice, bool(said.advice)) == (True, bool(helps))
