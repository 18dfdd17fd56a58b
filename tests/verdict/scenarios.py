"""The jobs that are edited: small pipelines over Kafka whose results show whether state was gone on from.

All read records `{"id", "k", "v", "w", "ts"}` (see `records.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

WITH_KAFKA = "'connector' = 'kafka', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json'"
SOURCE = f"""CREATE TABLE source (
    id BIGINT, k STRING, v INT, w INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ({WITH_KAFKA}, 'topic' = '${{prefix}}-in', 'properties.group.id' = '${{prefix}}', 'scan.startup.mode' = 'earliest-offset')"""
TIMED = SOURCE.replace("v INT,", "v INT, arrived AS PROCTIME(),")
EXACT = f"""CREATE TABLE exact (id BIGINT, k STRING)
WITH ({WITH_KAFKA}, 'topic' = '${{prefix}}-in', 'properties.group.id' = '${{prefix}}', 'scan.startup.mode' = 'earliest-offset')"""
SINK = f"CREATE TABLE sink (id BIGINT, text STRING) WITH ({WITH_KAFKA}, 'topic' = '${{prefix}}-out')"
TOTALS = """CREATE TABLE totals (k STRING, total BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (
    'connector' = 'upsert-kafka', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'topic' = '${prefix}-out',
    'key.format' = 'json', 'value.format' = 'json')"""
WINDOWS = f"CREATE TABLE windows (k STRING, ends TIMESTAMP(3), total BIGINT) WITH ({WITH_KAFKA}, 'topic' = '${{prefix}}-out')"
MODEL = """CREATE MODEL echo INPUT (prompt STRING) OUTPUT (content STRING) WITH (
    'provider' = 'openai', 'endpoint' = '${model_endpoint}', 'api-key' = 'none', 'model' = 'm', 'system-prompt' = 'Be brief.')"""

COPY = "INSERT INTO sink SELECT id, k FROM source WHERE v > 0"
STRAIGHT = "INSERT INTO sink SELECT * FROM exact"
SUM = "INSERT INTO totals SELECT k, SUM(v) FROM source GROUP BY k"
WINDOW = """INSERT INTO windows
SELECT k, window_end, SUM(v) FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '20' SECOND)) GROUP BY k, window_start, window_end"""
ASK = "INSERT INTO sink SELECT id, content FROM ML_PREDICT((SELECT id, k FROM source), MODEL echo, DESCRIPTOR(k))"
FIRST = "INSERT INTO sink SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY arrived) AS n FROM source) WHERE n = 1"


class Shape(StrEnum):
    """How results show what became of the state."""

    IDENTITIES = "identities"
    """Each record comes out once, recognisable by its id."""
    REPEATS = "repeats"
    """Each record comes out once although it is sent twice."""
    TOTALS = "totals"
    """The total of each key comes out with each record."""
    COMPARED = "compared"
    """What comes out after the edit is what comes out of a job that was always the new one."""
    WAITING = "waiting"
    """The same for all that comes out: the old job's rows wait for a model's answer until the edit is made."""
    WINDOWS = "windows"
    """The total of each key and window comes out when the window is over."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A job before an edit: catalog objects by name in the order of their dependencies, the job's text and its options."""

    objects: Mapping[str, str]
    job: str
    shape: Shape
    options: Mapping[str, str] = field(default_factory=dict)


COPYING = Scenario(objects={"source": SOURCE, "sink": SINK}, job=COPY, shape=Shape.IDENTITIES)
PASSING = Scenario(objects={"exact": EXACT, "sink": SINK}, job=STRAIGHT, shape=Shape.IDENTITIES)
SUMMING = Scenario(objects={"source": SOURCE, "totals": TOTALS}, job=SUM, shape=Shape.TOTALS)
WINDOWED = Scenario(objects={"source": SOURCE, "windows": WINDOWS}, job=WINDOW, shape=Shape.WINDOWS)
ASKING = Scenario(objects={"source": SOURCE, "sink": SINK, "echo": MODEL}, job=ASK, shape=Shape.IDENTITIES)
DEDUPLICATING = Scenario(objects={"source": TIMED, "sink": SINK}, job=FIRST, shape=Shape.REPEATS)
