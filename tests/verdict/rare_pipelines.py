"""Jobs of kinds that are edited seldom: without a key, materialised before the sink, sorted, in several phases, through views of views."""

from dataclasses import replace

from tests.verdict.further_pipelines import BATCHED
from tests.verdict.pipelines import KEYED, OTHER, RANKED, ROWS, SOURCE, compared_with

_TIMED = SOURCE.replace("v INT,", "v INT, arrived AS PROCTIME(),")
ALL = compared_with("INSERT INTO keyed SELECT 'all', SUM(v) FROM source", source=SOURCE, keyed=KEYED)
MATERIALISED = compared_with("INSERT INTO keyed SELECT MAX(k), COUNT(*) FROM source GROUP BY id", source=SOURCE, keyed=KEYED)
PERCENTILES = compared_with(
    "INSERT INTO keyed SELECT k, CAST(PERCENTILE(v, 0.5) AS BIGINT) FROM source GROUP BY k", source=SOURCE, keyed=KEYED
)
LISTED = compared_with(
    "INSERT INTO keyed SELECT k, CHAR_LENGTH(JSON_ARRAYAGG(NULLIF(v, 3) ABSENT ON NULL)) FROM source GROUP BY k", source=SOURCE, keyed=KEYED
)
LEFT_NEAR = compared_with(
    "INSERT INTO `rows` SELECT a.id, b.t, a.v FROM source a LEFT JOIN other b "
    "ON a.k = b.k AND a.ts BETWEEN b.ts + INTERVAL '3' SECOND AND b.ts + INTERVAL '8' SECOND",
    source=SOURCE,
    other=OTHER,
    rows=ROWS,
)
OLDEST = compared_with(
    "INSERT INTO keyed SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY arrived ASC) AS n FROM source) WHERE n = 1",
    source=_TIMED,
    keyed=KEYED,
)
WINDOW_FIRST = compared_with(
    "INSERT INTO `rows` SELECT id, t, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts ASC) AS n "
    "FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '20' SECOND))) WHERE n = 1",
    source=SOURCE,
    rows=ROWS,
)
TWO_FRAMES = compared_with(
    "INSERT INTO `rows` SELECT id, t, SUM(v) OVER w * 100 + COUNT(v) OVER w FROM source "
    "WINDOW w AS (PARTITION BY k ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)",
    source=SOURCE,
    rows=ROWS,
)
LOWER_VIEW = "CREATE VIEW lower_view AS SELECT k, v, w, id FROM source WHERE id > 0"
UPPER_VIEW = "CREATE VIEW upper_view AS SELECT k AS word, v AS amount FROM lower_view"
VIEW_OF_VIEW = compared_with(
    "INSERT INTO keyed SELECT word, SUM(amount) FROM upper_view GROUP BY word",
    source=SOURCE,
    keyed=KEYED,
    lower_view=LOWER_VIEW,
    upper_view=UPPER_VIEW,
)
COMPUTED_TIME = SOURCE.replace("WATERMARK FOR ts AS ts", "seen AS ts, WATERMARK FOR seen AS seen")
BY_COMPUTED_TIME = compared_with(
    "INSERT INTO `rows` SELECT MIN(id), k, SUM(v) FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(seen), INTERVAL '20' SECOND)) "
    "GROUP BY k, window_start, window_end",
    source=COMPUTED_TIME,
    rows=ROWS,
)
IN_PHASES = replace(
    BATCHED,
    job="INSERT INTO keyed SELECT k, COUNT(DISTINCT v) FROM source GROUP BY k",
    options={
        **BATCHED.options,
        "table.optimizer.agg-phase-strategy": "TWO_PHASE",
        "table.optimizer.distinct-agg.split.enabled": "true",
    },
)
RANK_UNSEEN = compared_with(
    "INSERT INTO keyed SELECT t, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n FROM source) WHERE n <= 3",
    source=SOURCE,
    keyed=KEYED,
)
LARGEST = compared_with("INSERT INTO ranked SELECT t, 1, v FROM source ORDER BY v DESC LIMIT 3", source=SOURCE, ranked=RANKED)
SORTED = compared_with("INSERT INTO `rows` SELECT id, t, v FROM source ORDER BY ts", source=SOURCE, rows=ROWS)
WINDOWS_OF_ALL = compared_with(
    "INSERT INTO `rows` SELECT MIN(id), 'all', SUM(v) FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '20' SECOND)) "
    "GROUP BY window_start, window_end",
    source=SOURCE,
    rows=ROWS,
)
WINDOWS_OF_WINDOWS = compared_with(
    "INSERT INTO `rows` SELECT MIN(id), 'all', SUM(n) FROM TABLE(TUMBLE(TABLE small, DESCRIPTOR(seen), INTERVAL '20' SECOND)) "
    "GROUP BY window_start, window_end",
    source=SOURCE,
    rows=ROWS,
    small="CREATE VIEW small AS SELECT MIN(id) AS id, SUM(v) AS n, window_time AS seen "
    "FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, window_time",
)
LINES_OF_TEXT = """CREATE TABLE source (
    a STRING, b STRING, c STRING, d STRING, e STRING, f STRING, g STRING, h STRING, i STRING, j STRING, l STRING
) WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'topic' = '${prefix}-in',
    'properties.group.id' = '${prefix}', 'scan.startup.mode' = 'earliest-offset',
    'format' = 'csv', 'csv.disable-quote-character' = 'true')"""
"""The records are JSON: as lines of CSV, `b` has the key, `c` and `d` have numbers."""
FROM_LINES = compared_with(
    "INSERT INTO keyed SELECT REGEXP_EXTRACT(b, '[abz]\"'), SUM(CAST(REGEXP_EXTRACT(c, '-?[0-9]+') AS INT)) "
    "FROM source GROUP BY REGEXP_EXTRACT(b, '[abz]\"')",
    source=LINES_OF_TEXT,
    keyed=KEYED,
)
