"""Edits of OVER, Top-N, deduplication, UNNEST and patterns, each with its truth: what it makes beside a job that was always the new one."""

from flinksql.statements.compatibility import Restore
from tests.verdict.changes import job, table
from tests.verdict.edit import Truth, kept, remarked, reset, unknown
from tests.verdict.further_pipelines import BUILT, LAGGED, RANGED
from tests.verdict.pipelines import BEST, NEWEST, RISING, RUNNING, SOURCE, TAGGED, UNNESTED

_STRICT = Restore.STRICT

ROW_EDITS = (
    kept("over: a function on the result", RUNNING, **job(RUNNING, ("SUM(v) OVER", "1 + SUM(v) OVER"))),
    kept("over: a column more that nobody reads", RUNNING, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("over: a comment on the key", RUNNING, **table(SOURCE, ("k STRING", "k STRING COMMENT 'the key'"))),
    reset("over: more rows", RUNNING, Truth.GOES_ON, **job(RUNNING, ("2 PRECEDING", "3 PRECEDING"))),
    reset("over: another aggregate", RUNNING, Truth.LOOPS, **job(RUNNING, ("SUM(v)", "MAX(v)"))),
    reset("over: another key", RUNNING, Truth.LOOPS, **job(RUNNING, ("PARTITION BY k", "PARTITION BY v"))),
    unknown(
        "over: another column under the same name",
        RUNNING,
        Truth.WRONG,
        **job(RUNNING, ("FROM source", "FROM (SELECT id, t, k, ts, w AS v FROM source)")),
    ),
    remarked("top-n: more ranks", BEST, Truth.GOES_ON, **job(BEST, ("n <= 3", "n <= 5"))),
    reset("top-n: fewer ranks", BEST, Truth.GOES_ON, **job(BEST, ("n <= 3", "n <= 2"))),
    reset("top-n: only the first", BEST, Truth.GOES_ON, **job(BEST, ("n <= 3", "n <= 1"))),
    reset("top-n: the other order", BEST, Truth.GOES_ON, **job(BEST, ("v DESC", "v ASC"))),
    reset("top-n: another key", BEST, Truth.REFUSED, **job(BEST, ("PARTITION BY k", "PARTITION BY id"))),
    unknown(
        "top-n: another column under the same name",
        BEST,
        Truth.GOES_ON,
        **job(BEST, ("FROM source)", "FROM (SELECT k, -v AS v FROM source))")),
    ),
    kept("top-n: a condition after it", BEST, **job(BEST, ("n <= 3", "n <= 3 AND v > 0"))),
    kept("top-n: a column more that nobody reads", BEST, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("newest row: a condition after it", NEWEST, **job(NEWEST, ("n = 1", "n = 1 AND v > 0"))),
    unknown("newest row: the oldest instead", NEWEST, Truth.WRONG, **job(NEWEST, ("ts DESC", "ts ASC"))),
    unknown("newest row: a column more", NEWEST, Truth.LOOPS, **job(NEWEST, ("SELECT k, v FROM", "SELECT k, v + w FROM"))),
    kept("unnest: a function on an element", UNNESTED, **job(UNNESTED, ("tag, v", "UPPER(tag), v"))),
    kept("unnest: a condition on elements", UNNESTED, **job(UNNESTED, ("AS x (tag)", "AS x (tag) WHERE tag <> 'zzz'"))),
    kept("unnest: a column more before it", UNNESTED, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("unnest and sum: a comment", TAGGED, **table(SOURCE, ("v INT", "v INT COMMENT 'x'"))),
    unknown(
        "unnest and sum: a condition on elements",
        TAGGED,
        Truth.GOES_ON,
        _STRICT,
        **job(TAGGED, ("AS x (tag)", "AS x (tag) WHERE tag <> 'zzz'")),
    ),
    remarked("pattern: a longer limit", RISING, Truth.GOES_ON, **job(RISING, ("'30'", "'60'"))),
    kept("pattern: a function after it", RISING, **job(RISING, ("bid, bt", "bid, UPPER(bt)"))),
    reset("pattern: another definition", RISING, Truth.GOES_ON, **job(RISING, ("B.v > A.v", "B.v > A.v + 100"))),
    reset("pattern: another measure", RISING, Truth.GOES_ON, **job(RISING, ("A.v AS av", "A.w AS av"))),
    reset("pattern: one step more", RISING, Truth.WRONG, **job(RISING, ("(A B)", "(A C B)"), ("DEFINE A", "DEFINE C AS C.v > 1, A"))),
)

FRAME_EDITS = (
    reset("over: a longer range", RANGED, Truth.GOES_ON, **job(RANGED, ("'6'", "'9'"))),
    unknown(
        "over: a range in other words", RANGED, Truth.GOES_ON, **job(RANGED, ("INTERVAL '6' SECOND", "INTERVAL '0:06' MINUTE TO SECOND"))
    ),
    reset("over: two rows back instead of one", LAGGED, Truth.GOES_ON, **job(LAGGED, ("LAG(v, 1)", "LAG(v, 2)"))),
    reset("over: all rows", RUNNING, Truth.LOOPS, **job(RUNNING, ("2 PRECEDING", "UNBOUNDED PRECEDING"))),
    reset("top-n: a second column in the order", BEST, Truth.LOOPS, **job(BEST, ("v DESC", "v DESC, id"))),
    unknown("unnest: another array of the same type", BUILT, Truth.GOES_ON, **job(BUILT, ("ARRAY[k, t]", "ARRAY[k, u]"))),
    kept("unnest: a function on the sum of elements", BUILT, **job(BUILT, ("SUM(v)", "SUM(v) + 0"))),
    unknown("pattern: going on after the last row", RISING, Truth.GOES_ON, **job(RISING, ("TO NEXT ROW", "PAST LAST ROW"))),
    reset(
        "pattern: a step that may be left out",
        RISING,
        Truth.GOES_ON,
        **job(RISING, ("(A B)", "(A C? B)"), ("DEFINE A", "DEFINE C AS C.v > 90, A")),
    ),
    reset(
        "pattern: other names of its steps",
        RISING,
        Truth.LOOPS,
        **job(RISING, ("(A B)", "(X B)"), ("A.v", "X.v"), ("DEFINE A", "DEFINE X")),
    ),
    unknown("pattern: another key", RISING, Truth.GOES_ON, **job(RISING, ("PARTITION BY k", "PARTITION BY t"))),
)
