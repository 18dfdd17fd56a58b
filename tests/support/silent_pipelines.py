"""Pipelines that write nothing: twelve with something to fix, ten for a good reason. What each must be said of is in it.

Every pipeline is one job with topics of its own, so all of them run beside each other on one Flink.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

RUN = "${run}"
"""Stands in SQL and in the names of topics for what tells one run of the tests from another."""


def rows(count: int, *, first: int = 0, account: str = "a", at: str = "2026-01-01T10:00:SSZ") -> tuple[str, ...]:
    """Return payments as JSON texts: numbered, a second apart."""
    return tuple(
        json.dumps({"id": first + n, "account": account, "amount": 10 + n % 5, "ts": at.replace("SS", f"{n % 60:02d}")})
        for n in range(count)
    )


def table(name: str, *, time: str = "", columns: str = "", more: str = "", start: str = "earliest-offset", topic: str = "") -> str:
    """Return CREATE TABLE of a Kafka source of payments, with a watermark if `time` is the delay that it allows for."""
    watermark = f", WATERMARK FOR ts AS ts - INTERVAL '{time}' SECOND" if time else ""
    group = f"'properties.group.id' = '{RUN}-{topic or name}'"
    return (
        f"CREATE TABLE {name} (\n    id BIGINT, account STRING, amount DOUBLE, ts TIMESTAMP_LTZ(3){columns}{watermark}\n) WITH (\n"
        f"    'connector' = 'kafka', 'topic' = '{RUN}-{topic or name}', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}',\n"
        f"    {group}, 'scan.startup.mode' = '{start}',\n"
        f"    'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601'{more}\n);\n"
    )


def sink(topic: str, *, columns: str = "account STRING, n BIGINT", more: str = "") -> str:
    """Return CREATE TABLE of the Kafka topic that a pipeline writes."""
    return (
        f"CREATE TABLE results (\n    {columns}\n) WITH (\n    'connector' = 'kafka', 'topic' = '{RUN}-{topic}',\n"
        f"    'properties.bootstrap.servers' = '${{kafka_bootstrap}}', 'format' = 'json'{more}\n);\n"
    )


TUMBLE = (
    "INSERT INTO results\nSELECT account, COUNT(*)\nFROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND))\n"
    "GROUP BY account, window_start, window_end;\n"
)
COPY = "INSERT INTO results\nSELECT account, id\nFROM payments;\n"


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """`before` and `after` are the records of a topic by partition, written before the job starts and once it runs.

    `expected` are the kinds of finding that `why` must have, the most important first; `never` must not be among them.
    `committed` has the sources' group commit the ends of its topics before the job starts, `deleted` has their records deleted, and with
    `open` they are written in a transaction that stays open.
    """

    name: str
    expected: str
    files: Mapping[str, str]
    partitions: Mapping[str, int]
    before: Mapping[str, Mapping[int, Sequence[str]]] = field(default_factory=dict)
    after: Mapping[str, Mapping[int, Sequence[str]]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    committed: bool = False
    deleted: bool = False
    open: bool = False


def _windowed(
    name: str,
    expected: str,
    *,
    before: Mapping[int, Sequence[str]],
    after: Mapping[int, Sequence[str]] | None = None,
    more: str = "",
    partitions: int = 1,
    options: Mapping[str, str] | None = None,
) -> Pipeline:
    topic = f"{name}-payments"
    return Pipeline(
        name=name,
        expected=expected,
        files={"payments": table("payments", time="2", more=more, topic=topic), "results": sink(f"{name}-results"), "totals": TUMBLE},
        partitions={topic: partitions, f"{name}-results": 1},
        before={topic: before},
        after={topic: after} if after else {},
        options=options or {},
    )


def _copied(
    name: str,
    expected: str,
    *,
    query: str = COPY,
    start: str = "earliest-offset",
    more: str = "",
    committed: bool = False,
    partitions: int = 1,
    options: Mapping[str, str] | None = None,
    columns: str = "account STRING, n BIGINT",
    into: str = "",
    before: Mapping[int, Sequence[str]] | None = None,
    after: Mapping[int, Sequence[str]] | None = None,
    files: Mapping[str, str] | None = None,
    others: Mapping[str, int] | None = None,
    more_before: Mapping[str, Mapping[int, Sequence[str]]] | None = None,
    deleted: bool = False,
    open: bool = False,  # noqa: A002
) -> Pipeline:
    topic = f"{name}-payments"
    return Pipeline(
        name=name,
        expected=expected,
        files={
            "payments": table("payments", start=start, more=more, topic=topic),
            "results": sink(f"{name}-results", columns=columns, more=into),
            "totals": query,
            **(files or {}),
        },
        partitions={topic: partitions, f"{name}-results": 1, **(others or {})},
        before={**({topic: before} if before else {}), **(more_before or {})},
        after={topic: after} if after else {},
        committed=committed,
        options=options or {},
        deleted=deleted,
        open=open,
    )


MANY, FEW = rows(120), rows(3)
EXACTLY_ONCE = (
    ", 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '${run}-%s', "
    "'properties.transaction.timeout.ms' = '900000'"
)
JOIN = "INSERT INTO results\nSELECT p.account, p.id\nFROM payments AS p\nJOIN accounts AS a ON p.account = a.account;\n"


def _joined(name: str, expected: str, records: Sequence[str], **more: object) -> Pipeline:
    files = {"accounts": table("accounts", topic=f"{name}-accounts")}
    return _copied(
        name, expected, query=JOIN, before={0: MANY}, files=files, others={f"{name}-accounts": 1},
        more_before={f"{name}-accounts": {0: records}} if records else {}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


TEMPORAL = (
    "INSERT INTO results\nSELECT p.account, p.id\nFROM payments AS p\n"
    "JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.account = r.account;\n"
)


def _temporal(name: str, expected: str) -> Pipeline:
    rates = (
        "CREATE TABLE rates (\n    account STRING, rate DOUBLE, ts TIMESTAMP_LTZ(3), PRIMARY KEY (account) NOT ENFORCED,\n"
        "    WATERMARK FOR ts AS ts - INTERVAL '2' SECOND\n) WITH (\n    'connector' = 'upsert-kafka', 'topic' = '${run}-"
        + name
        + "-rates',\n"
        "    'properties.bootstrap.servers' = '${kafka_bootstrap}', 'key.format' = 'raw', 'value.format' = 'json',\n"
        "    'value.json.timestamp-format.standard' = 'ISO-8601'\n);\n"
    )
    topic = f"{name}-payments"
    return Pipeline(
        name=name,
        expected=expected,
        files={
            "payments": table("payments", time="2", topic=topic),
            "rates": rates,
            "results": sink(f"{name}-results"),
            "totals": TEMPORAL,
        },
        partitions={topic: 1, f"{name}-rates": 1, f"{name}-results": 1},
        before={topic: {0: rows(50)}},
    )


HOUR, DAY = "1 h", "1 d"
FILTER = COPY.replace("payments;", "payments\nWHERE amount > 1000;")
BY_CLOCK = (
    "INSERT INTO results\nSELECT account, COUNT(*)\nFROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(clock), INTERVAL '1' HOUR))\n"
    "GROUP BY account, window_start, window_end;\n"
)
TWO_RESULTS = (
    "EXECUTE STATEMENT SET\nBEGIN\nINSERT INTO results\nSELECT account, id\nFROM payments\nWHERE amount > 0;\n\n"
    "INSERT INTO rejected\nSELECT account, id\nFROM payments\nWHERE amount <= 0;\nEND;\n"
)
ANSWERS = (
    "INSERT INTO results\nSELECT answer, id\nFROM ML_PREDICT(TABLE payments, MODEL judge, DESCRIPTOR(account), "
    "MAP['timeout', '900 s', 'max-concurrent-operations', '5']);\n"
)
MODEL = (
    "CREATE MODEL judge INPUT (question STRING) OUTPUT (answer STRING) WITH (\n    'provider' = 'openai', 'endpoint' = '${model_url}', "
    "'api-key' = 'none',\n    'model' = 'none', 'system-prompt' = 'Judge.'\n);\n"
)
NUMBERS = (
    "CREATE TABLE payments (id BIGINT) WITH (\n    'connector' = 'datagen', 'rows-per-second' = '500',\n"
    "    'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '10000000'\n);\n"
)


def _grows(name: str, expected: str, having: str) -> Pipeline:
    return Pipeline(
        name=name,
        expected=expected,
        files={
            "payments": NUMBERS,
            "results": "CREATE TABLE results (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole');\n",
            "totals": f"INSERT INTO results\nSELECT id, COUNT(*)\nFROM payments\nGROUP BY id{having};\n",
        },
        partitions={},
        options={"execution.checkpointing.interval": "1 s"},
    )


SILENT: Sequence[Pipeline] = (
    _windowed("idle-partition", "idle_partition", partitions=2, before={0: rows(60)}),
    _windowed("idle-subtask", "idle_subtask", before={0: rows(60)}, options={"parallelism.default": "2"}),
    _windowed("late", "late_rows", before={0: rows(1, at="2027-06-01T10:00:00Z")}, after={0: rows(60, first=1)}),
    _windowed(
        "no-time",
        "no_watermark",
        before={0: rows(50, at="soon")},
        more=", 'json.ignore-parse-errors' = 'true'",
    ),
    _copied("filter", "nothing_passes", query=FILTER, before={0: MANY}),
    _joined("no-match", "nothing_passes", rows(60, account="b")),
    _joined("empty-join-input", "empty_topic", ()),
    _temporal("temporal", "no_event_time"),
    _copied("from-the-end", "starts_at_end", start="latest-offset", before={0: MANY}),
    _copied("committed", "group_committed", start="group-offsets", before={0: MANY}, committed=True),
    _copied("other-topic", "empty_topic", others={"other-topic-payment": 1}, more_before={"other-topic-payment": {0: MANY}}),
    _copied("skipped", "skipped_records", more=", 'json.ignore-parse-errors' = 'true'", before={0: ("id;account", "1;a") * 30}),
    _copied(
        "hidden", "open_transaction", before={0: MANY}, into=EXACTLY_ONCE % "hidden", options={"execution.checkpointing.interval": HOUR}
    ),
    _copied("hidden-input", "hidden_input", more=", 'properties.isolation.level' = 'read_committed'", before={0: MANY}, open=True),
    _copied("poison", "job_fails", before={0: ("no json at all",)}),
    _copied("model", "model_waits", query=ANSWERS, before={0: MANY}, files={"judge": MODEL}),
    _grows("grows", "nothing_passes", "\nHAVING COUNT(*) > 1"),
)
"""Each silent for another reason. Seven of them have nothing wrong in them but what they read."""
NO_SLOT = _copied("no-slot", "no_slot", before={0: FEW}, options={"parallelism.default": "64"})
"""Submitted last, and cancelled: it takes every slot that is free."""

QUIET: Sequence[Pipeline] = (
    _windowed("open-window", "window_open", before={0: rows(5, at="2026-01-01T10:00:01Z")}),
    _copied(
        "clock-window",
        "window_open",
        query=BY_CLOCK,
        before={0: MANY},
        files={"payments": table("payments", columns=", clock AS PROCTIME()", topic="clock-window-payments")},
    ),
    _copied("nothing-new", "starts_at_end", start="latest-offset", before={0: FEW}),
    _copied("new-topic", "empty_topic"),
    _copied("expired", "expired_records", before={0: MANY}, deleted=True),
    _copied("few", "few_rows", query=FILTER, before={0: FEW}),
    _copied(
        "next-checkpoint",
        "next_checkpoint",
        before={0: MANY},
        into=EXACTLY_ONCE % "next",
        options={"execution.checkpointing.interval": "55 s"},
    ),
    _copied(
        "none-rejected",
        "nothing_passes",
        query=TWO_RESULTS,
        before={0: MANY},
        files={"rejected": sink("none-rejected-rejected").replace("TABLE results", "TABLE rejected")},
        others={"none-rejected-rejected": 1},
    ),
    _copied("flows", "flows", before={0: MANY}),
    _grows("grows-and-flows", "flows", ""),
    _copied("ended", "ended", query="-- kind: bounded\n" + COPY, more=", 'scan.bounded.mode' = 'latest-offset'", before={0: FEW}),
)
"""Each quiet for a good reason: none may be called a problem."""
