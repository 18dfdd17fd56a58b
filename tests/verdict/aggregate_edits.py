"""Edits of unbounded aggregates and of what flows into them, each with its truth beside a job that was always the new one."""

from dataclasses import replace

from flinksql.statements.compatibility import Restore
from tests.verdict.changes import job, table
from tests.verdict.edit import Truth, kept, remarked, reset, unknown
from tests.verdict.further_pipelines import FIRST_VALUES, PAIRS, WEIGHED
from tests.verdict.pipelines import CHAINED, COUNTED, KEYED, LISTED, SETS, SOURCE, SUMMED, TWICE, VIEWED

_STRICT = Restore.STRICT

_COMPARING = SOURCE.replace("v INT,", "big AS (id > 3), v INT,")
_WATERMARKED = SOURCE.replace("v INT, w INT, ts TIMESTAMP(3),", "ts TIMESTAMP(3),").replace(
    "WATERMARK FOR ts AS ts", "WATERMARK FOR ts AS CASE WHEN id < 3 THEN ts ELSE ts END, v INT, w INT"
)

AGGREGATE_EDITS = (
    kept("sum: a column more that nobody reads", SUMMED, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("sum: INTEGER for INT", SUMMED, **table(SOURCE, ("v INT", "v INTEGER"))),
    kept("sum: a comment on its column", SUMMED, **table(SOURCE, ("v INT", "v INT COMMENT 'x'"))),
    kept(
        "sum: another name of the table",
        SUMMED,
        objects={"rides": SOURCE.replace("TABLE source", "TABLE rides")},
        **job(SUMMED, ("source", "rides")),
    ),
    kept(
        "sum: another name of the key",
        SUMMED,
        **job(SUMMED, ("k, SUM(v) FROM source GROUP BY k", "kk, SUM(v) FROM (SELECT k AS kk, v FROM source) GROUP BY kk")),
    ),
    kept("sum: the columns in another order", SUMMED, **table(SOURCE, ("v INT, w INT,", "w INT, v INT,"))),
    kept("sum: a computed column more", SUMMED, **table(SOURCE, ("v INT,", "v INT, big AS (id > 3),"))),
    unknown(
        "sum: a narrower type after a comparison",
        replace(SUMMED, objects={**SUMMED.objects, "source": _COMPARING}),
        Truth.LOOPS,
        **table(_COMPARING, ("v INT", "v SMALLINT")),
    ),
    unknown(
        "sum: a narrower type after a comparison in the watermark",
        replace(SUMMED, objects={**SUMMED.objects, "source": _WATERMARKED}),
        Truth.LOOPS,
        **table(_WATERMARKED, ("v INT", "v SMALLINT")),
    ),
    reset("sum: a field of its column", SUMMED, Truth.WRONG, **job(SUMMED, ("SUM(v)", "SUM(r.d * 2)"))),
    unknown(
        "sum: the key from elsewhere",
        SUMMED,
        Truth.GOES_ON,
        **job(SUMMED, ("k, SUM(v) FROM source", "k, SUM(v) FROM (SELECT u AS k, v FROM source)")),
    ),
    unknown(
        "sum: what becomes of malformed records",
        SUMMED,
        Truth.GOES_ON,
        _STRICT,
        **table(SOURCE, ("'json'", "'json', 'json.ignore-parse-errors' = 'true'")),
    ),
    unknown(
        "sum: a column from the record's key",
        SUMMED,
        Truth.LOOPS,
        _STRICT,
        **table(SOURCE, ("'json'", "'json', 'key.format' = 'raw', 'key.fields' = 'k', 'value.fields-include' = 'EXCEPT_KEY'")),
    ),
    remarked(
        "sum: another primary key of the sink",
        SUMMED,
        Truth.GOES_ON,
        **table(KEYED, ("n BIGINT, PRIMARY KEY (k)", "n BIGINT NOT NULL, PRIMARY KEY (k, n)")),
    ),
    kept(
        "sum by a view: another name in the view",
        VIEWED,
        objects={"below": "CREATE VIEW below AS SELECT k AS term, v AS amount FROM source WHERE id > 0"},
        **job(VIEWED, ("word", "term")),
    ),
    unknown(
        "sum by a view: its condition",
        VIEWED,
        Truth.WRONG,
        _STRICT,
        objects={"below": "CREATE VIEW below AS SELECT k AS word, v AS amount FROM source WHERE id > 4"},
    ),
    unknown(
        "sum by a view: another column",
        VIEWED,
        Truth.WRONG,
        objects={"below": "CREATE VIEW below AS SELECT k AS word, w AS amount FROM source WHERE id > 0"},
    ),
    reset("grouping sets: one set more", SETS, Truth.LOOPS, **job(SETS, ("((k), ())", "((k), (k, w), ())"))),
    unknown("grouping sets: a function on the sum", SETS, Truth.GOES_ON, **job(SETS, ("SUM(v)", "ABS(SUM(v))"))),
    reset(
        "distinct: a condition after it",
        COUNTED,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        **job(COUNTED, ("GROUP BY k", "GROUP BY k HAVING COUNT(DISTINCT v) FILTER (WHERE w > 20) > -1")),
    ),
    unknown("distinct: another filter", COUNTED, Truth.WRONG, **job(COUNTED, ("w > 20", "w > 40"))),
    reset("distinct: another column", COUNTED, Truth.LOOPS, **job(COUNTED, ("DISTINCT v", "DISTINCT id"))),
    unknown("list: another separator", LISTED, Truth.WRONG, **job(LISTED, ("','", "';'"))),
    reset(
        "list: a function on the list",
        LISTED,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        **job(LISTED, ("LISTAGG(t, ',')", "UPPER(LISTAGG(t, ','))")),
    ),
    unknown(
        "chain: a condition between two aggregates",
        CHAINED,
        Truth.GOES_ON,
        _STRICT,
        **job(CHAINED, ("GROUP BY k)", "GROUP BY k HAVING COUNT(*) > 1)")),
    ),
    kept("chain: a column more that nobody reads", CHAINED, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("two inserts: a condition in the one without state", TWICE, **job(TWICE, ("v > 2", "v > 3"))),
    unknown(
        "two inserts: a condition in the one with state",
        TWICE,
        Truth.GOES_ON,
        _STRICT,
        **job(TWICE, ("v) FROM source GROUP", "v) FROM source WHERE v > 0 GROUP")),
    ),
    reset(
        "two inserts: in the other order",
        TWICE,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        job="""EXECUTE STATEMENT SET BEGIN
INSERT INTO more_rows SELECT id, t, w FROM source WHERE v > 2;
INSERT INTO keyed SELECT k, SUM(v) FROM source GROUP BY k;
END""",
    ),
)

EXPRESSION_EDITS = (
    unknown("sum: a constant in a CASE", WEIGHED, Truth.WRONG, **job(WEIGHED, ("v > 3", "v > 5"))),
    kept("sum: a constant in HAVING", WEIGHED, **job(WEIGHED, ("SUM(v) > 0", "SUM(v) > 1"))),
    reset(
        "sum: a function on the key after it",
        SUMMED,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        **job(SUMMED, ("SELECT k, SUM(v)", "SELECT UPPER(k), SUM(v)")),
    ),
    reset("sum: the last value instead of the first", FIRST_VALUES, Truth.LOOPS, **job(FIRST_VALUES, ("FIRST_VALUE", "LAST_VALUE"))),
    reset("sum: two keys in another order", PAIRS, Truth.LOOPS, **job(PAIRS, ("BY k, MOD(id, 3)", "BY MOD(id, 3), k"))),
    unknown("sum: another divisor in a key", PAIRS, Truth.WRONG, **job(PAIRS, ("MOD(id, 3)", "MOD(id, 4)"))),
    kept("grouping sets: in another order", SETS, **job(SETS, ("((k), ())", "((), (k))"))),
    kept("grouping sets: as a rollup", SETS, **job(SETS, ("GROUPING SETS ((k), ())", "ROLLUP (k)"))),
    reset("distinct: no filter", COUNTED, Truth.WRONG, **job(COUNTED, (" FILTER (WHERE w > 20)", ""))),
    kept("chain: another name between two aggregates", CHAINED, **job(CHAINED, ("AS n", "AS m"), ("CAST(n", "CAST(m"), ("BY n", "BY m"))),
)
