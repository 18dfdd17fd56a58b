"""More jobs that are edited: versioned tables, legacy windows, mini-batches, several readers of one topic, lanes of one model."""

from dataclasses import replace

from tests.verdict.pipelines import KEYED, MORE_ROWS, OTHER, RANKED, ROWS, SOURCE, SUMMED, WAITING, compared_with
from tests.verdict.scenarios import MODEL, Scenario, Shape

VERSIONS = """CREATE VIEW versions AS SELECT k, w, v, ts FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS n FROM other) WHERE n = 1"""
PRICED = compared_with(
    "INSERT INTO `rows` SELECT a.id, a.t, b.w FROM source a LEFT JOIN versions FOR SYSTEM_TIME AS OF a.ts AS b ON a.k = b.k",
    source=SOURCE,
    other=OTHER,
    versions=VERSIONS,
    rows=ROWS,
)
MISSING = compared_with(
    "INSERT INTO keyed SELECT k, COUNT(*) FROM source WHERE NOT EXISTS (SELECT 1 FROM other WHERE other.id = source.id + 3) GROUP BY k",
    source=SOURCE,
    other=OTHER,
    keyed=KEYED,
)
RANGED = compared_with(
    "INSERT INTO `rows` SELECT id, t, SUM(v) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '6' SECOND PRECEDING AND CURRENT ROW) "
    "FROM source",
    source=SOURCE,
    rows=ROWS,
)
LAGGED = compared_with(
    "INSERT INTO `rows` SELECT id, t, LAG(v, 1) OVER (PARTITION BY k ORDER BY ts) FROM source",
    source=SOURCE,
    rows=ROWS,
)
BUILT = compared_with(
    "INSERT INTO keyed SELECT word, SUM(v) FROM source CROSS JOIN UNNEST(ARRAY[k, t]) AS x (word) WHERE word = k GROUP BY word",
    source=SOURCE,
    keyed=KEYED,
)
LEGACY = compared_with(
    "INSERT INTO `rows` SELECT MIN(id), k, SUM(v) FROM source GROUP BY k, TUMBLE(ts, INTERVAL '20' SECOND)",
    source=SOURCE,
    rows=ROWS,
)
SHIFTED = compared_with(
    "INSERT INTO `rows` SELECT MIN(id), k, SUM(v) FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '20' SECOND)) "
    "GROUP BY k, window_start, window_end",
    source=SOURCE,
    rows=ROWS,
)
BATCHED = replace(
    SUMMED,
    job="INSERT INTO keyed SELECT k, SUM(v) FROM source WHERE id > 0 GROUP BY k",
    options={
        "table.exec.mini-batch.enabled": "true",
        "table.exec.mini-batch.allow-latency": "1 s",
        "table.exec.mini-batch.size": "100",
    },
)
DOUBLED = replace(SUMMED, objects={**SUMMED.objects, "source": SOURCE.replace("v INT,", "v AS w * 2,")})
WEIGHED = replace(SUMMED, job="INSERT INTO keyed SELECT k, SUM(CASE WHEN v > 3 THEN v ELSE 0 END) FROM source GROUP BY k HAVING SUM(v) > 0")
FIRST_VALUES = replace(SUMMED, job="INSERT INTO keyed SELECT k, FIRST_VALUE(v) FROM source GROUP BY k")
PAIRS = compared_with(
    "INSERT INTO ranked SELECT k, MOD(id, 3), CAST(SUM(v) AS INT) FROM source GROUP BY k, MOD(id, 3)",
    source=SOURCE,
    ranked=RANKED,
)
COMMON = compared_with(
    "INSERT INTO keyed WITH small AS (SELECT k, v FROM source WHERE v < 100) SELECT k, SUM(v) FROM small GROUP BY k",
    source=SOURCE,
    keyed=KEYED,
)
_TWIN = SOURCE.replace("TABLE source", "TABLE twin")
TWO_READERS = compared_with(
    "INSERT INTO `rows` SELECT id, CONCAT('one ', t), v FROM source UNION ALL SELECT id, CONCAT('two ', t), v FROM twin",
    source=SOURCE,
    twin=_TWIN,
    rows=ROWS,
)
TWO_COPIES = compared_with(
    """EXECUTE STATEMENT SET BEGIN
INSERT INTO `rows` SELECT id, t, v FROM source;
INSERT INTO more_rows SELECT id, u, w FROM twin;
END""",
    source=SOURCE,
    twin=_TWIN,
    rows=ROWS,
    more_rows=MORE_ROWS,
)
LANES = Scenario(
    objects={"source": SOURCE, "answers": WAITING.objects["answers"], "more_rows": MORE_ROWS, "echo": MODEL},
    job="""EXECUTE STATEMENT SET BEGIN
INSERT INTO answers SELECT id, t, u, content FROM ML_PREDICT((SELECT id, t, u FROM source WHERE MOD(id, 2) = 0), MODEL echo, DESCRIPTOR(t));
INSERT INTO more_rows SELECT id, content, id FROM ML_PREDICT((SELECT id, t, u FROM source WHERE MOD(id, 2) = 1), MODEL echo, DESCRIPTOR(t));
END""",
    shape=Shape.WAITING,
)
SIFTED = replace(
    WAITING,
    job="INSERT INTO answers SELECT id, t, u, content "
    "FROM ML_PREDICT((SELECT id, t, u FROM source WHERE v > 0), MODEL echo, DESCRIPTOR(t))",
)
JOINED_WORDS = replace(
    WAITING,
    job="INSERT INTO answers SELECT id, t, u, content "
    "FROM ML_PREDICT((SELECT id, t, u, CONCAT_WS(' and ', t, u) AS q FROM source), MODEL echo, DESCRIPTOR(q))",
)
