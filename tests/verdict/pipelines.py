"""Jobs of more kinds that are edited: joins, ranks, OVER, patterns, windows of all sorts, several INSERTs, a model before and after.

What they make after an edit is compared with what a job makes that was always the new one. They read the records of `records.py`.
"""

from tests.verdict.scenarios import MODEL, WITH_KAFKA, Scenario, Shape

_READ = "'properties.group.id' = '${prefix}', 'scan.startup.mode' = 'earliest-offset'"
_COLUMNS = """id BIGINT, k STRING, v INT, w INT, ts TIMESTAMP(3), t STRING, u STRING, tags ARRAY<STRING>, r ROW<c STRING, d INT>,
    WATERMARK FOR ts AS ts"""
SOURCE = f"CREATE TABLE source (\n    {_COLUMNS}\n) WITH ({WITH_KAFKA}, 'topic' = '${{prefix}}-in', {_READ})"
OTHER = f"CREATE TABLE other (\n    {_COLUMNS}\n) WITH ({WITH_KAFKA}, 'topic' = '${{prefix}}-more', {_READ})"
ROWS = f"CREATE TABLE `rows` (id BIGINT, t STRING, n BIGINT) WITH ({WITH_KAFKA}, 'topic' = '${{prefix}}-out')"
MORE_ROWS = f"CREATE TABLE more_rows (id BIGINT, t STRING, n BIGINT) WITH ({WITH_KAFKA}, 'topic' = '${{prefix}}-other')"
KEYED = """CREATE TABLE keyed (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (
    'connector' = 'upsert-kafka', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'topic' = '${prefix}-out',
    'key.format' = 'json', 'value.format' = 'json')"""
RANKED = KEYED.replace("keyed (k STRING, n BIGINT, PRIMARY KEY (k)", "ranked (k STRING, n BIGINT, v INT, PRIMARY KEY (k, n)")
SECOND_MODEL = MODEL.replace("MODEL echo", "MODEL twin").replace("'m'", "'second'")

_TABLES = {"source": SOURCE, "other": OTHER, "rows": ROWS}
_KEYED = {"source": SOURCE, "keyed": KEYED}


def compared_with(job: str, **objects: str) -> Scenario:
    """Return a scenario whose results are compared with those of a job that was always the new one."""
    return Scenario(objects=objects, job=job, shape=Shape.COMPARED)


JOINED = compared_with("INSERT INTO `rows` SELECT a.id, b.t, a.v FROM source a JOIN other b ON a.k = b.k AND a.id = b.id + 6", **_TABLES)
NEAR = compared_with(
    "INSERT INTO `rows` SELECT a.id, b.t, a.v FROM source a JOIN other b ON a.k = b.k AND a.ts BETWEEN b.ts AND b.ts + INTERVAL '8' SECOND",
    **_TABLES,
)
BELONGING = compared_with("INSERT INTO `rows` SELECT id, t, v FROM source WHERE id - 6 IN (SELECT id FROM other)", **_TABLES)
UNITED = compared_with(
    "INSERT INTO keyed SELECT k, COUNT(*) FROM (SELECT k, v FROM source UNION ALL SELECT k, v FROM other WHERE v > 2) GROUP BY k",
    **_KEYED,
    other=OTHER,
)
RUNNING = compared_with(
    "INSERT INTO `rows` SELECT id, t, SUM(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM source",
    source=SOURCE,
    rows=ROWS,
)
BEST = compared_with(
    "INSERT INTO ranked SELECT k, n, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n FROM source) WHERE n <= 3",
    source=SOURCE,
    ranked=RANKED,
)
NEWEST = compared_with(
    "INSERT INTO keyed SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS n FROM source) WHERE n = 1",
    **_KEYED,
)
SESSIONS = compared_with(
    "INSERT INTO `rows` SELECT MIN(id), k, SUM(v) FROM TABLE(SESSION(TABLE source PARTITION BY k, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "
    "GROUP BY k, window_start, window_end",
    source=SOURCE,
    rows=ROWS,
)
HOPS = compared_with(
    "INSERT INTO `rows` SELECT MIN(id), k, SUM(v) "
    "FROM TABLE(HOP(TABLE source, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) "
    "GROUP BY k, window_start, window_end",
    source=SOURCE,
    rows=ROWS,
)
STEPS = compared_with(
    "INSERT INTO `rows` SELECT MIN(id), k, COUNT(DISTINCT v) "
    "FROM TABLE(CUMULATE(TABLE source, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) GROUP BY k, window_start, window_end",
    source=SOURCE,
    rows=ROWS,
)
_TUMBLED = "SELECT * FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '20' SECOND))"
WINDOW_BEST = compared_with(
    f"INSERT INTO `rows` SELECT id, t, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY v) AS n "  # noqa: S608
    f"FROM ({_TUMBLED})) WHERE n <= 2",
    source=SOURCE,
    rows=ROWS,
)
WINDOW_JOINED = compared_with(
    f"INSERT INTO `rows` SELECT a.id, b.t, a.v FROM ({_TUMBLED}) a JOIN ({_TUMBLED.replace('source', 'other')}) b "  # noqa: S608
    "ON a.k = b.k AND a.window_start = b.window_start AND a.window_end = b.window_end",
    **_TABLES,
)
UNNESTED = compared_with("INSERT INTO `rows` SELECT id, tag, v FROM source CROSS JOIN UNNEST(tags) AS x (tag)", source=SOURCE, rows=ROWS)
TAGGED = compared_with("INSERT INTO keyed SELECT tag, SUM(v) FROM source CROSS JOIN UNNEST(tags) AS x (tag) GROUP BY tag", **_KEYED)
SETS = compared_with(
    "INSERT INTO keyed SELECT COALESCE(k, 'all'), SUM(v) FROM source GROUP BY GROUPING SETS ((k), ())",
    **_KEYED,
)
TWICE = compared_with(
    """EXECUTE STATEMENT SET BEGIN
INSERT INTO keyed SELECT k, SUM(v) FROM source GROUP BY k;
INSERT INTO more_rows SELECT id, t, w FROM source WHERE v > 2;
END""",
    **_KEYED,
    more_rows=MORE_ROWS,
)
CHAINED = compared_with(
    "INSERT INTO keyed SELECT CAST(n AS STRING), COUNT(*) FROM (SELECT k, COUNT(*) AS n FROM source GROUP BY k) GROUP BY n",
    **_KEYED,
)
COUNTED = compared_with("INSERT INTO keyed SELECT k, COUNT(DISTINCT v) FILTER (WHERE w > 20) FROM source GROUP BY k", **_KEYED)
SUMMED = compared_with("INSERT INTO keyed SELECT k, SUM(v) FROM source GROUP BY k", **_KEYED)
VIEWED = compared_with(
    "INSERT INTO keyed SELECT word, SUM(amount) FROM below GROUP BY word",
    **_KEYED,
    below="CREATE VIEW below AS SELECT k AS word, v AS amount FROM source WHERE id > 0",
)
LISTED = compared_with("INSERT INTO texts SELECT k, LISTAGG(t, ',') FROM source GROUP BY k", source=SOURCE, texts=KEYED.replace(
    "keyed (k STRING, n BIGINT", "texts (k STRING, n STRING"
))  # fmt: skip
RISING = compared_with(
    """INSERT INTO `rows` SELECT bid, bt, av FROM source MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts
    MEASURES A.v AS av, B.id AS bid, B.t AS bt ONE ROW PER MATCH AFTER MATCH SKIP TO NEXT ROW
    PATTERN (A B) WITHIN INTERVAL '30' SECOND DEFINE A AS A.v > 0, B AS B.v > A.v) AS m""",
    source=SOURCE,
    rows=ROWS,
)
_ASKED = "ML_PREDICT((SELECT id, k, t, u FROM source), MODEL echo, DESCRIPTOR(t))"
ANSWERED = compared_with(
    "INSERT INTO keyed SELECT content, COUNT(*) FROM ML_PREDICT((SELECT id, k FROM source), MODEL echo, DESCRIPTOR(k)) GROUP BY content",
    **_KEYED,
    echo=MODEL,
)
APPROVED = compared_with(
    "INSERT INTO keyed SELECT k, COUNT(*) FROM ML_PREDICT((SELECT id, k, t FROM source), MODEL echo, DESCRIPTOR(t)) "
    "WHERE content LIKE 'Be brief.%' GROUP BY k",
    **_KEYED,
    echo=MODEL,
)
SUMMARISED = compared_with(
    "INSERT INTO `rows` SELECT id, content, n FROM ML_PREDICT((SELECT MIN(id) AS id, k, SUM(v) AS n "
    "FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '20' SECOND)) GROUP BY k, window_start, window_end), "
    "MODEL echo, DESCRIPTOR(k))",
    source=SOURCE,
    rows=ROWS,
    echo=MODEL,
)
WAITING = Scenario(
    objects={
        "source": SOURCE,
        "answers": ROWS.replace("`rows` (id BIGINT, t STRING, n BIGINT", "answers (id BIGINT, t STRING, u STRING, a STRING"),
        "echo": MODEL,
    },
    job=f"INSERT INTO answers SELECT id, t, u, content FROM {_ASKED}",  # noqa: S608
    shape=Shape.WAITING,
)
PROMPTED = Scenario(
    objects=WAITING.objects,
    job="INSERT INTO answers SELECT id, t, u, content "
    "FROM ML_PREDICT((SELECT id, t, u, CONCAT('trip in ', t) AS q FROM source), MODEL echo, DESCRIPTOR(q))",
    shape=Shape.WAITING,
)
TWO_MODELS = Scenario(
    objects={**WAITING.objects, "twin": SECOND_MODEL, "more_rows": MORE_ROWS},
    job="""EXECUTE STATEMENT SET BEGIN
INSERT INTO answers SELECT id, t, u, content FROM ML_PREDICT((SELECT id, t, u FROM source), MODEL echo, DESCRIPTOR(t));
INSERT INTO more_rows SELECT id, content, id FROM ML_PREDICT((SELECT id, t, u FROM source), MODEL twin, DESCRIPTOR(t));
END""",
    shape=Shape.WAITING,
)
