"""Edits of jobs of more kinds, each with the truth: what comes out after it, beside a job that was always the new one."""

from dataclasses import replace
from typing import Any

from flinksql.verdict import Restore
from tests.verdict.edit import Truth, kept, remarked, reset, unknown
from tests.verdict.pipelines import (
    ANSWERED,
    APPROVED,
    BELONGING,
    BEST,
    CHAINED,
    COUNTED,
    HOPS,
    JOINED,
    KEYED,
    LISTED,
    NEAR,
    NEWEST,
    OTHER,
    PROMPTED,
    RISING,
    RUNNING,
    SESSIONS,
    SETS,
    SOURCE,
    STEPS,
    SUMMARISED,
    SUMMED,
    TAGGED,
    TWICE,
    TWO_MODELS,
    UNITED,
    UNNESTED,
    VIEWED,
    WAITING,
    WINDOW_BEST,
    WINDOW_JOINED,
)
from tests.verdict.scenarios import MODEL, Scenario

_STRICT = Restore.STRICT


def _job(scenario: Scenario, *changes: tuple[str, str]) -> dict[str, Any]:
    """Return the job with texts replaced, each of which must be there."""
    job = scenario.job
    for before, after in changes:
        assert before in job, before
        job = job.replace(before, after)
    return {"job": job}


def _table(text: str, *changes: tuple[str, str]) -> dict[str, Any]:
    """Return a table with texts replaced, each of which must be there."""
    name = text.split()[2].strip("`")
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return {"objects": {name: text}}


_COMPARING = SOURCE.replace("v INT,", "big AS (id > 3), v INT,")
_WATERMARKED = SOURCE.replace("v INT, w INT, ts TIMESTAMP(3),", "ts TIMESTAMP(3),").replace(
    "WATERMARK FOR ts AS ts", "WATERMARK FOR ts AS CASE WHEN id < 3 THEN ts ELSE ts END, v INT, w INT"
)

JOIN_EDITS = (
    kept("join: a function on a joined column", JOINED, **_job(JOINED, ("b.t,", "UPPER(b.t),"))),
    kept(
        "join: another name of the key in a query below",
        JOINED,
        **_job(JOINED, ("FROM source a", "FROM (SELECT id, k AS kk, v FROM source) a"), ("a.k", "a.kk")),
    ),
    kept(
        "join: another name of the table",
        JOINED,
        objects={"rides": OTHER.replace("TABLE other", "TABLE rides")},
        **_job(JOINED, ("JOIN other", "JOIN rides")),
    ),
    kept("join: a comment on a column", JOINED, **_table(SOURCE, ("v INT", "v INT COMMENT 'the value'"))),
    kept("join: INTEGER for INT", JOINED, **_table(SOURCE, ("v INT", "v INTEGER"))),
    kept("join: a column more that nobody reads", JOINED, **_table(OTHER, ("v INT", "extra BIGINT, v INT"))),
    reset("join: a condition after it", JOINED, Truth.LOOPS, **_job(JOINED, ("b.id + 6", "b.id + 6 WHERE a.v + b.v > 0"))),
    unknown("join: a condition before it", JOINED, Truth.GOES_ON, _STRICT, **_job(JOINED, ("b.id + 6", "b.id + 6 WHERE a.v > 0"))),
    unknown("join: another condition between the sides", JOINED, Truth.WRONG, **_job(JOINED, ("b.id + 6", "b.id + 4"))),
    unknown("join: a column more of one side", JOINED, Truth.LOOPS, **_job(JOINED, ("a.v FROM", "a.v + b.w FROM"))),
    unknown("join: another column of one side", JOINED, Truth.WRONG, **_job(JOINED, ("b.t,", "b.u,"))),
    unknown("join: a wider type in one side", JOINED, Truth.LOOPS, **_table(SOURCE, ("v INT", "v BIGINT"))),
    reset("join: the sides exchanged", JOINED, Truth.LOOPS, **_job(JOINED, ("source a JOIN other b", "other b JOIN source a"))),
    reset("join: one key less", JOINED, Truth.LOOPS, **_job(JOINED, ("a.k = b.k AND ", ""))),
    unknown(
        "join: a time to live",
        JOINED,
        Truth.GOES_ON,
        truths={"2.1": Truth.LOOPS},
        **_job(JOINED, ("SELECT a.id", "SELECT /*+ STATE_TTL('a' = '1d') */ a.id")),
    ),
    remarked("interval join: wider", NEAR, Truth.GOES_ON, **_job(NEAR, ("'8'", "'20'"))),
    remarked(
        "interval join: wider to the other side",
        NEAR,
        **_job(NEAR, ("BETWEEN b.ts AND", "BETWEEN b.ts - INTERVAL '3' SECOND AND")),
    ),
    reset("interval join: narrower", NEAR, Truth.GOES_ON, **_job(NEAR, ("'8'", "'3'"))),
    kept("interval join: a function after it", NEAR, **_job(NEAR, ("b.t,", "LOWER(b.t),"))),
    unknown("interval join: another column of one side", NEAR, Truth.WRONG, **_job(NEAR, ("b.t,", "b.u,"))),
    kept("semi-join: a column's function after it", BELONGING, **_job(BELONGING, ("id, t, v", "id, UPPER(t), v"))),
    unknown(
        "semi-join: a condition within", BELONGING, Truth.GOES_ON, _STRICT, **_job(BELONGING, ("FROM other", "FROM other WHERE v > 0"))
    ),
    kept("union: a column more that nobody reads", UNITED, **_table(SOURCE, ("v INT", "extra INT, v INT"))),
    unknown("union: a condition in a branch", UNITED, Truth.WRONG, _STRICT, **_job(UNITED, ("v > 2", "v > 4"))),
    reset(
        "union: the branches exchanged",
        UNITED,
        Truth.WRONG,
        **_job(
            UNITED,
            (
                "SELECT k, v FROM source UNION ALL SELECT k, v FROM other WHERE v > 2",
                "SELECT k, v FROM other WHERE v > 2 UNION ALL SELECT k, v FROM source",
            ),
        ),
    ),
    kept("window join: a function after it", WINDOW_JOINED, **_job(WINDOW_JOINED, ("b.t,", "UPPER(b.t),"))),
    reset("window join: longer windows", WINDOW_JOINED, Truth.WRONG, **_job(WINDOW_JOINED, ("'20'", "'30'"))),
    unknown("window join: another column of one side", WINDOW_JOINED, Truth.WRONG, **_job(WINDOW_JOINED, ("b.t,", "b.u,"))),
)

ROW_EDITS = (
    kept("over: a function on the result", RUNNING, **_job(RUNNING, ("SUM(v) OVER", "1 + SUM(v) OVER"))),
    kept("over: a column more that nobody reads", RUNNING, **_table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("over: a comment on the key", RUNNING, **_table(SOURCE, ("k STRING", "k STRING COMMENT 'the key'"))),
    reset("over: more rows", RUNNING, Truth.GOES_ON, **_job(RUNNING, ("2 PRECEDING", "3 PRECEDING"))),
    reset("over: another aggregate", RUNNING, Truth.LOOPS, **_job(RUNNING, ("SUM(v)", "MAX(v)"))),
    reset("over: another key", RUNNING, Truth.LOOPS, **_job(RUNNING, ("PARTITION BY k", "PARTITION BY v"))),
    unknown(
        "over: another column under the same name",
        RUNNING,
        Truth.WRONG,
        **_job(RUNNING, ("FROM source", "FROM (SELECT id, t, k, ts, w AS v FROM source)")),
    ),
    remarked("top-n: more ranks", BEST, Truth.GOES_ON, **_job(BEST, ("n <= 3", "n <= 5"))),
    reset("top-n: fewer ranks", BEST, Truth.GOES_ON, **_job(BEST, ("n <= 3", "n <= 2"))),
    reset("top-n: only the first", BEST, Truth.GOES_ON, **_job(BEST, ("n <= 3", "n <= 1"))),
    reset("top-n: the other order", BEST, Truth.GOES_ON, **_job(BEST, ("v DESC", "v ASC"))),
    reset("top-n: another key", BEST, Truth.REFUSED, **_job(BEST, ("PARTITION BY k", "PARTITION BY id"))),
    unknown(
        "top-n: another column under the same name",
        BEST,
        Truth.GOES_ON,
        **_job(BEST, ("FROM source)", "FROM (SELECT k, -v AS v FROM source))")),
    ),
    kept("top-n: a condition after it", BEST, **_job(BEST, ("n <= 3", "n <= 3 AND v > 0"))),
    kept("top-n: a column more that nobody reads", BEST, **_table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("newest row: a condition after it", NEWEST, **_job(NEWEST, ("n = 1", "n = 1 AND v > 0"))),
    unknown("newest row: the oldest instead", NEWEST, Truth.WRONG, **_job(NEWEST, ("ts DESC", "ts ASC"))),
    unknown("newest row: a column more", NEWEST, Truth.LOOPS, **_job(NEWEST, ("SELECT k, v FROM", "SELECT k, v + w FROM"))),
    kept("unnest: a function on an element", UNNESTED, **_job(UNNESTED, ("tag, v", "UPPER(tag), v"))),
    kept("unnest: a condition on elements", UNNESTED, **_job(UNNESTED, ("AS x (tag)", "AS x (tag) WHERE tag <> 'zzz'"))),
    kept("unnest: a column more before it", UNNESTED, **_table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("unnest and sum: a comment", TAGGED, **_table(SOURCE, ("v INT", "v INT COMMENT 'x'"))),
    unknown(
        "unnest and sum: a condition on elements",
        TAGGED,
        Truth.GOES_ON,
        _STRICT,
        **_job(TAGGED, ("AS x (tag)", "AS x (tag) WHERE tag <> 'zzz'")),
    ),
    remarked("pattern: a longer limit", RISING, Truth.GOES_ON, **_job(RISING, ("'30'", "'60'"))),
    kept("pattern: a function after it", RISING, **_job(RISING, ("bid, bt", "bid, UPPER(bt)"))),
    reset("pattern: another definition", RISING, Truth.GOES_ON, **_job(RISING, ("B.v > A.v", "B.v > A.v + 100"))),
    reset("pattern: another measure", RISING, Truth.GOES_ON, **_job(RISING, ("A.v AS av", "A.w AS av"))),
    reset("pattern: one step more", RISING, Truth.WRONG, **_job(RISING, ("(A B)", "(A C B)"), ("DEFINE A", "DEFINE C AS C.v > 1, A"))),
)

WINDOW_EDITS = (
    reset("sessions: a longer gap", SESSIONS, Truth.GOES_ON, **_job(SESSIONS, ("'10'", "'30'"))),
    kept("sessions: a function on the sum", SESSIONS, **_job(SESSIONS, ("SUM(v)", "ABS(SUM(v))"))),
    kept("sessions: a column more that nobody reads", SESSIONS, **_table(SOURCE, ("v INT", "extra INT, v INT"))),
    reset("sessions: another aggregate", SESSIONS, Truth.GOES_ON, **_job(SESSIONS, ("SUM(v)", "MAX(v)"))),
    reset("hops: a longer window", HOPS, Truth.WRONG, **_job(HOPS, ("'20'", "'30'"))),
    reset("hops: a shorter step", HOPS, Truth.WRONG, **_job(HOPS, ("'10'", "'5'"))),
    kept("hops: a condition after it", HOPS, **_job(HOPS, ("window_end", "window_end HAVING SUM(v) > 0"))),
    kept("hops: INTEGER for INT", HOPS, **_table(SOURCE, ("v INT", "v INTEGER"))),
    reset("steps: a shorter step", STEPS, Truth.WRONG, **_job(STEPS, ("'10'", "'5'"))),
    kept(
        "steps: another name of the key",
        STEPS,
        **_job(STEPS, ("TABLE source", "TABLE renamed"), ("k,", "kk,")),
        objects={"renamed": "CREATE VIEW renamed AS SELECT id, k AS kk, v, ts FROM source"},
    ),
    reset("window ranks: more of them", WINDOW_BEST, Truth.WRONG, **_job(WINDOW_BEST, ("n <= 2", "n <= 4"))),
    reset("window ranks: the other order", WINDOW_BEST, Truth.WRONG, **_job(WINDOW_BEST, ("ORDER BY v", "ORDER BY v DESC"))),
    kept("window ranks: a function after them", WINDOW_BEST, **_job(WINDOW_BEST, ("id, t, v", "id, UPPER(t), v"))),
)

SUM_EDITS = (
    kept("sum: a column more that nobody reads", SUMMED, **_table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("sum: INTEGER for INT", SUMMED, **_table(SOURCE, ("v INT", "v INTEGER"))),
    kept("sum: a comment on its column", SUMMED, **_table(SOURCE, ("v INT", "v INT COMMENT 'x'"))),
    kept(
        "sum: another name of the table",
        SUMMED,
        objects={"rides": SOURCE.replace("TABLE source", "TABLE rides")},
        **_job(SUMMED, ("source", "rides")),
    ),
    kept(
        "sum: another name of the key",
        SUMMED,
        **_job(SUMMED, ("k, SUM(v) FROM source GROUP BY k", "kk, SUM(v) FROM (SELECT k AS kk, v FROM source) GROUP BY kk")),
    ),
    kept("sum: the columns in another order", SUMMED, **_table(SOURCE, ("v INT, w INT,", "w INT, v INT,"))),
    kept("sum: a computed column more", SUMMED, **_table(SOURCE, ("v INT,", "v INT, big AS (id > 3),"))),
    unknown(
        "sum: a narrower type after a comparison",
        replace(SUMMED, objects={**SUMMED.objects, "source": _COMPARING}),
        Truth.LOOPS,
        **_table(_COMPARING, ("v INT", "v SMALLINT")),
    ),
    unknown(
        "sum: a narrower type after a comparison in the watermark",
        replace(SUMMED, objects={**SUMMED.objects, "source": _WATERMARKED}),
        Truth.LOOPS,
        **_table(_WATERMARKED, ("v INT", "v SMALLINT")),
    ),
    reset("sum: a field of its column", SUMMED, Truth.WRONG, **_job(SUMMED, ("SUM(v)", "SUM(r.d * 2)"))),
    unknown(
        "sum: the key from elsewhere",
        SUMMED,
        Truth.WRONG,
        **_job(SUMMED, ("k, SUM(v) FROM source", "k, SUM(v) FROM (SELECT u AS k, v FROM source)")),
    ),
    unknown(
        "sum: what becomes of malformed records",
        SUMMED,
        Truth.GOES_ON,
        _STRICT,
        **_table(SOURCE, ("'json'", "'json', 'json.ignore-parse-errors' = 'true'")),
    ),
    unknown(
        "sum: a column from the record's key",
        SUMMED,
        Truth.WRONG,
        _STRICT,
        **_table(SOURCE, ("'json'", "'json', 'key.format' = 'raw', 'key.fields' = 'k', 'value.fields-include' = 'EXCEPT_KEY'")),
    ),
    remarked(
        "sum: another primary key of the sink",
        SUMMED,
        Truth.GOES_ON,
        **_table(KEYED, ("n BIGINT, PRIMARY KEY (k)", "n BIGINT NOT NULL, PRIMARY KEY (k, n)")),
    ),
    kept(
        "sum by a view: another name in the view",
        VIEWED,
        objects={"below": "CREATE VIEW below AS SELECT k AS term, v AS amount FROM source WHERE id > 0"},
        **_job(VIEWED, ("word", "term")),
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
    reset("grouping sets: one set more", SETS, Truth.GOES_ON, **_job(SETS, ("((k), ())", "((k), (k, w), ())"))),
    unknown("grouping sets: a function on the sum", SETS, Truth.GOES_ON, **_job(SETS, ("SUM(v)", "ABS(SUM(v))"))),
    reset(
        "distinct: a condition after it",
        COUNTED,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        **_job(COUNTED, ("GROUP BY k", "GROUP BY k HAVING COUNT(DISTINCT v) FILTER (WHERE w > 20) > -1")),
    ),
    unknown("distinct: another filter", COUNTED, Truth.WRONG, **_job(COUNTED, ("w > 20", "w > 40"))),
    reset("distinct: another column", COUNTED, Truth.WRONG, **_job(COUNTED, ("DISTINCT v", "DISTINCT id"))),
    unknown("list: another separator", LISTED, Truth.WRONG, **_job(LISTED, ("','", "';'"))),
    reset(
        "list: a function on the list",
        LISTED,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        **_job(LISTED, ("LISTAGG(t, ',')", "UPPER(LISTAGG(t, ','))")),
    ),
    unknown(
        "chain: a condition between two aggregates",
        CHAINED,
        Truth.WRONG,
        _STRICT,
        **_job(CHAINED, ("GROUP BY k)", "GROUP BY k HAVING COUNT(*) > 1)")),
    ),
    kept("chain: a column more that nobody reads", CHAINED, **_table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("two inserts: a condition in the one without state", TWICE, **_job(TWICE, ("v > 2", "v > 3"))),
    unknown(
        "two inserts: a condition in the one with state",
        TWICE,
        Truth.GOES_ON,
        _STRICT,
        **_job(TWICE, ("v) FROM source GROUP", "v) FROM source WHERE v > 0 GROUP")),
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

ANSWER_EDITS = (
    unknown("count of answers: another prompt", ANSWERED, Truth.WRONG, _STRICT, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}),
    unknown(
        "count of answers: another temperature",
        ANSWERED,
        Truth.GOES_ON,
        _STRICT,
        objects={"echo": MODEL.replace("'m',", "'m', 'temperature' = '0.5',")},
    ),
    reset(
        "count of answers: a condition after it",
        ANSWERED,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        **_job(ANSWERED, ("GROUP BY content", "GROUP BY content HAVING COUNT(*) > 0")),
    ),
    unknown("count by an answer: another prompt", APPROVED, Truth.WRONG, _STRICT, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}),
    unknown("count by an answer: another condition", APPROVED, Truth.WRONG, _STRICT, **_job(APPROVED, ("'Be brief.%'", "'Be%t1%'"))),
    kept("summary of windows: another prompt", SUMMARISED, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}),
    reset("summary of windows: a longer window", SUMMARISED, Truth.WRONG, **_job(SUMMARISED, ("'20'", "'30'"))),
    kept("summary of windows: a column more that nobody reads", SUMMARISED, **_table(SOURCE, ("v INT", "extra INT, v INT"))),
    unknown(
        "waiting: two columns exchanged",
        WAITING,
        Truth.WRONG,
        **_job(WAITING, ("SELECT id, k, t, u FROM source", "SELECT id, k, u, t FROM source")),
    ),
    kept(
        "waiting: a column renamed",
        WAITING,
        **_job(
            WAITING,
            ("SELECT id, k, t, u FROM source", "SELECT id, k, t AS t2, u FROM source"),
            ("DESCRIPTOR(t)", "DESCRIPTOR(t2)"),
            ("id, t, u, content", "id, t2, u, content"),
        ),
    ),
    unknown(
        "waiting: another column under the old name",
        WAITING,
        Truth.WRONG,
        **_job(WAITING, ("SELECT id, k, t, u FROM source", "SELECT id, t AS k, k AS t, u FROM source")),
    ),
    reset(
        "waiting: a column added",
        WAITING,
        Truth.LOOPS,
        **_job(WAITING, ("SELECT id, k, t, u FROM source", "SELECT id, k, t, u, w FROM source")),
    ),
    reset(
        "waiting: a column dropped",
        WAITING,
        Truth.REFUSED,
        **_job(WAITING, ("SELECT id, k, t, u FROM source", "SELECT id, t, u FROM source")),
    ),
    remarked("waiting: another column asked", WAITING, Truth.GOES_ON, **_job(WAITING, ("DESCRIPTOR(t)", "DESCRIPTOR(u)"))),
    kept("waiting: another prompt", WAITING, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}),
    kept("waiting: a condition after", WAITING, job=f"{WAITING.job} WHERE content <> ''"),
    remarked("waiting: the words of a prompt by CONCAT", PROMPTED, **_job(PROMPTED, ("'trip in '", "'a trip within '"))),
    unknown(
        "waiting: another column in a prompt by CONCAT",
        PROMPTED,
        Truth.WRONG,
        **_job(PROMPTED, ("CONCAT('trip in ', t)", "CONCAT('trip in ', u)")),
    ),
    unknown(
        "waiting: two models exchanged",
        TWO_MODELS,
        Truth.WRONG,
        **_job(TWO_MODELS, ("MODEL echo", "MODEL x"), ("MODEL twin", "MODEL echo"), ("MODEL x", "MODEL twin")),
    ),
    unknown(
        "waiting: another model",
        WAITING,
        Truth.GOES_ON,
        objects={"third": MODEL.replace("MODEL echo", "MODEL third").replace("'m'", "'third'")},
        **_job(WAITING, ("MODEL echo", "MODEL third")),
    ),
    kept(
        "waiting: another name of the model",
        WAITING,
        objects={"third": MODEL.replace("MODEL echo", "MODEL third")},
        **_job(WAITING, ("MODEL echo", "MODEL third")),
    ),
    kept("waiting: a comment on a column", WAITING, **_table(SOURCE, ("t STRING", "t STRING COMMENT 'text'"))),
)

FURTHER_EDITS = (*JOIN_EDITS, *ROW_EDITS, *WINDOW_EDITS, *SUM_EDITS, *ANSWER_EDITS)
