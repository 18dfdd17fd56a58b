"""From a failure's stack trace to its symptom: the exception that decides, its message without rows, and what to do about it.

A kind is one line in KINDS. What is not recognised keeps Flink's own words and gets no advice: wrong advice is worse than none.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flinksql.flink.stacktrace import Cause, causes, root_cause, shorten, without_data

LINE_CHARACTERS = 300
ADVICE_SEPARATOR = "; what helps: "
"""Stands between what happened and what to do about it."""


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """`exception` is the class that decides, without its package; `cause` a line for people; `helps` what to do, empty when unknown.

    `lost` tells that not the job failed, but the TaskManager below it went.
    """

    exception: str
    cause: str
    advice: str = ""
    lost: bool = False


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """`exceptions` are simple class names. `says` must be found in the message. `where` adds to the cause what the trace tells besides."""

    exceptions: frozenset[str]
    advice: str
    says: re.Pattern[str] | None = None
    where: Callable[[str, str], str] | None = None

    def of(self, cause: Cause) -> bool:
        return cause.simple_name in self.exceptions and (self.says is None or self.says.search(cause.message) is not None)


_SENT = re.compile(r"Failed to send data to Kafka (?P<topic>[\w.-]+?)-(?:-1|\d+|null)@")
_SOURCE = re.compile(r"Source: (?P<table>[^\[\]]+)\[\d+\]")


def _sink(trace: str, _task: str) -> str:
    found = _SENT.search(trace)
    return f"sink to topic {found['topic']}" if found else ""


def _source(task: str) -> str:
    found = _SOURCE.match(task)
    return f"reading table {found['table']}" if found else ""


_LIMITS = (
    "raise `kafka.maxRecordBytes`, which the broker and the stack's topics follow, and write "
    "'properties.max.request.size' = '${kafka_max_record_bytes}' into the sink's table; or bound the row in SQL, for example with LEFT"
)
_TRUST = "the model's server refuses the key: set `model.apiKey`, or let the model call the model gateway, which holds the key"

_NOT_WRITTEN = re.compile(
    r"Exceeded checkpoint tolerable failure threshold.*"
    r"(?:Asynchronous task checkpoint failed|Failure to finalize checkpoint|Trigger checkpoint failure|IO-problem detected)",
    re.DOTALL,
)
"""Flink names no cause here. A checkpoint that expired is another matter: it came too late."""

KINDS: Sequence[_Kind] = (
    _Kind(exceptions=frozenset({"StateMigrationException"}), advice="revert the change, or let the job start without that state"),
    _Kind(exceptions=frozenset({"RecordTooLargeException"}), where=_sink, advice=_LIMITS),
    _Kind(
        exceptions=frozenset({"ProducerFencedException", "InvalidProducerEpochException", "InvalidPidMappingException"}),
        advice="another producer uses the same transactional ids: give each job, stack and table its own 'sink.transactional-id-prefix'",
    ),
    _Kind(
        exceptions=frozenset({"InvalidTxnTimeoutException"}),
        advice="write 'properties.transaction.timeout.ms' = '600000' into the sink's table, or another value up to the broker's "
        "transaction.max.timeout.ms (15 minutes where nobody set it): Flink asks for 1 hour where the table has none",
    ),
    _Kind(
        exceptions=frozenset({"LoginException"}),
        says=re.compile(r"(?:unable to find|No) LoginModule (?:class|found)"),
        advice="'properties.sasl.jaas.config' names a class that the connector does not have: in Flink's SQL connector for 2.2 it begins "
        "with org.apache.flink.kafka.shaded.org.apache.kafka.common.security, else with org.apache.kafka.common.security",
    ),
    _Kind(
        exceptions=frozenset({"SaslAuthenticationException", "UnsupportedSaslMechanismException"}),
        advice="the broker refuses the user: check 'properties.sasl.mechanism', and user and password in the secret that "
        "'properties.sasl.jaas.config' names",
    ),
    _Kind(
        exceptions=frozenset({"CertificateExpiredException", "CertificateNotYetValidException"}),
        advice="the broker's certificate is not valid now: its owner has to renew it. The job goes on when that is done",
    ),
    _Kind(
        exceptions=frozenset({"SunCertPathBuilderException", "ValidatorException"}),
        says=re.compile(r"unable to find valid certification path|PKIX"),
        advice="Flink does not trust the broker's certificate: name its authority by 'properties.ssl.truststore.location' (and "
        "'properties.ssl.truststore.type' = 'PEM' for a PEM file), a file that all of Flink's processes can read",
    ),
    _Kind(
        exceptions=frozenset({"TopicAuthorizationException"}),
        advice="the broker lets this user do less than the job needs: READ and DESCRIBE on the topic of a source, WRITE and DESCRIBE on "
        "that of a sink",
    ),
    _Kind(
        exceptions=frozenset({"GroupAuthorizationException"}),
        advice="the broker lets this user do less than the job needs: READ on the consumer group that 'properties.group.id' names",
    ),
    _Kind(
        exceptions=frozenset({"TransactionalIdAuthorizationException"}),
        advice="the broker lets this user do less than the job needs: WRITE and DESCRIBE on transactional ids that begin with "
        "'sink.transactional-id-prefix'",
    ),
    _Kind(
        exceptions=frozenset({"UnknownTopicOrPartitionException"}),
        advice="`up` creates the stack's own topics again, empty; any other topic must exist before the job starts",
    ),
    _Kind(
        exceptions=frozenset({"TimeoutException"}),
        says=re.compile(r"metadata|node assignment|Expiring \d+ record"),
        advice="the broker does not answer: check that it runs and can be reached. The job resumes when it does",
    ),
    _Kind(
        exceptions=frozenset({"RestClientException"}),
        says=re.compile(r"error code: 40[13]"),
        advice="the schema registry lets Flink in with a user and a password only: write 'avro-confluent.basic-auth.credentials-source' = "
        "'USER_INFO' and 'avro-confluent.basic-auth.user-info' = '${secret:NAME}' into the table, and check the secret",
    ),
    _Kind(
        exceptions=frozenset({"RestClientException"}),
        says=re.compile(r"error code: 409|incompatible", re.IGNORECASE),
        advice="the schema registry refuses the table's schema: make its columns compatible with the subject's newest version (a new "
        "column without NOT NULL), write to another topic, or change the compatibility of the subject",
    ),
    _Kind(
        # What parsing advises would drop records here that are right.
        exceptions=frozenset({"RestClientException"}),
        advice="the schema registry does not give the schema: check that the table names the registry that the records were written with",
    ),
    _Kind(
        exceptions=frozenset({"ConfigException"}),
        says=re.compile(r"bootstrap"),
        advice="correct 'properties.bootstrap.servers' of the table",
    ),
    _Kind(
        exceptions=frozenset({"FlinkRuntimeException"}),
        says=_NOT_WRITTEN,
        advice="checkpoints cannot be written. Mostly the place of Flink's state is full, or nobody may write there any more: the logs of "
        "JobManager and TaskManager have the cause (`No space left on device`). The job goes on by itself when they can be written",
    ),
    _Kind(
        exceptions=frozenset({"OutOfMemoryError"}),
        says=re.compile(r"Metaspace"),
        advice="many restarts of one job fill the TaskManager's memory for classes: restart the TaskManager, and find what restarts",
    ),
    _Kind(
        exceptions=frozenset({"OutOfMemoryError"}),
        says=re.compile(r"[Dd]irect"),
        advice="raise `flink.taskManagerMemory`; large records and many sinks take direct memory",
    ),
    _Kind(
        exceptions=frozenset({"OutOfMemoryError"}),
        advice="raise `flink.taskManagerMemory`, or reduce the job's state: shorter windows, fewer keys, a bound for what LISTAGG collects",
    ),
    _Kind(
        exceptions=frozenset({"IllegalArgumentException"}),
        says=re.compile(r"minBucketMemorySize is not valid"),
        advice="a task slot has too little managed memory: lower `flink.taskSlots` (the embedded platform divides 128 MB among them), "
        "or on Kubernetes raise `flink.taskManagerMemory`",
    ),
    _Kind(
        exceptions=frozenset({"ArithmeticException"}),
        advice="guard the operation in SQL, for example x / NULLIF(y, 0), and judge the rows that it cannot take",
    ),
    _Kind(
        exceptions=frozenset({"NumberFormatException", "DateTimeException", "DateTimeParseException"}),
        advice="use TRY_CAST, which gives NULL for what it cannot read, and judge those rows",
    ),
    _Kind(
        exceptions=frozenset({"UnauthorizedException", "PermissionDeniedException"}),
        advice=_TRUST,
    ),
    _Kind(
        exceptions=frozenset({"NotFoundException"}),
        says=re.compile(r"\A404\b"),
        advice="the model's server does not know the model or the path: correct 'model' and 'endpoint' of CREATE MODEL",
    ),
    _Kind(
        exceptions=frozenset({"BadRequestException", "UnprocessableEntityException"}),
        says=re.compile(r"\A4\d\d\b"),
        advice="the model's server refuses this very row each time: call it through the model gateway, which answers such a row so that "
        "SQL can set it aside, and bound the text that the prompt holds",
    ),
)
_PARSING = re.compile(r"(?:Failed|Could not|Fail) to deserialize (?!consumer record)|Corrupt [\w ]*message")
"""Flink says "Failed to deserialize consumer record" of whatever goes wrong behind a source that is chained."""
_PARSING_HELPS = (
    "read the topic with 'format' = 'raw' and judge the bytes in SQL (docs/bundles.md); or write 'json.ignore-parse-errors' = 'true', "
    "which silently drops such records"
)
_LOST = re.compile(
    r"(?:[Hh]eartbeat of TaskManager .*timed out|TaskManager .*no longer reachable|TaskManager .* disconnect"
    r"|[Cc]onnection unexpectedly closed by remote task manager|Pod terminated|The TaskExecutor is shutting down)"
)
_ENDED = re.compile(r"\[flink-main-container\(exitCode=(?P<code>\d+), reason=(?P<reason>\w+)")
_OUT_OF_HEAP_CODE, _KILLED_CODE = 3, 137
_LOST_HELPS = "find out why the TaskManager ended: its last log lines name the reason"


def symptom_of(trace: str, task: str = "") -> Symptom:
    """Return what a stack trace says. Never a row, and never more than a line of some hundred characters.

    `task` is the name of the task that failed, which begins with the table that it reads.
    """
    chain = causes(trace)
    for kind in KINDS:
        found = next((cause for cause in reversed(chain) if kind.of(cause)), None)
        if found is not None:
            where = kind.where(trace, task) if kind.where else ""
            return Symptom(exception=found.simple_name, cause=_line(found, where), advice=kind.advice)
    cause = root_cause(trace)
    if any(_PARSING.search(one.message) for one in chain):
        return Symptom(exception=cause.simple_name, cause=_line(cause, _source(task)), advice=_PARSING_HELPS)
    if any(_LOST.search(one.message) for one in chain):
        return _lost(trace, cause)
    return Symptom(exception=cause.simple_name, cause=_line(cause, ""))


def with_advice(line: str, symptom: Symptom) -> str:
    """Return a line of what happened with what helps against it, where that is known."""
    return f"{line.rstrip('.')}{ADVICE_SEPARATOR}{symptom.advice}" if symptom.advice else line


def _lost(trace: str, cause: Cause) -> Symptom:
    """Return the symptom of a lost TaskManager. However Flink noticed it, it is one kind."""
    ended = _ENDED.search(trace)
    code = int(ended["code"]) if ended else 0
    if code == _OUT_OF_HEAP_CODE:
        return Symptom(
            exception="OutOfMemoryError",
            cause="the TaskManager's pod ran out of heap (exit code 3)",
            advice="raise `flink.taskManagerMemory`, or reduce the state of its jobs",
            lost=True,
        )
    if code == _KILLED_CODE or (ended and ended["reason"] == "OOMKilled"):
        return Symptom(
            exception="OOMKilled",
            cause="the TaskManager's pod was killed (exit code 137, OOMKilled where it needed more memory than its limit)",
            advice="raise `flink.taskManagerMemory`",
            lost=True,
        )
    return Symptom(exception="TaskManagerLost", cause=_line(cause, ""), advice=_LOST_HELPS, lost=True)


def _line(cause: Cause, where: str) -> str:
    said = " ".join(without_data(cause).split())
    line = shorten(said, LINE_CHARACTERS)
    return f"{line.rstrip('.')} ({where})" if where else line
