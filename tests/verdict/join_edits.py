"""Edits of joins of all kinds and of unions, each with its truth: what it makes beside a job that was always the new one."""

from flinksql.statements.compatibility import Restore
from tests.verdict.changes import job, table
from tests.verdict.edit import Truth, kept, remarked, reset, unknown
from tests.verdict.further_pipelines import MISSING, PRICED, VERSIONS
from tests.verdict.pipelines import BELONGING, JOINED, NEAR, OTHER, SOURCE, UNITED, WINDOW_JOINED

_STRICT = Restore.STRICT

JOIN_EDITS = (
    kept("join: a function on a joined column", JOINED, **job(JOINED, ("b.t,", "UPPER(b.t),"))),
    kept(
        "join: another name of the key in a query below",
        JOINED,
        **job(JOINED, ("FROM source a", "FROM (SELECT id, k AS kk, v FROM source) a"), ("a.k", "a.kk")),
    ),
    kept(
        "join: another name of the table",
        JOINED,
        objects={"rides": OTHER.replace("TABLE other", "TABLE rides")},
        **job(JOINED, ("JOIN other", "JOIN rides")),
    ),
    kept("join: a comment on a column", JOINED, **table(SOURCE, ("v INT", "v INT COMMENT 'the value'"))),
    kept("join: INTEGER for INT", JOINED, **table(SOURCE, ("v INT", "v INTEGER"))),
    kept("join: a column more that nobody reads", JOINED, **table(OTHER, ("v INT", "extra BIGINT, v INT"))),
    reset("join: a condition after it", JOINED, Truth.LOOPS, **job(JOINED, ("b.id + 6", "b.id + 6 WHERE a.v + b.v > 0"))),
    unknown("join: a condition before it", JOINED, Truth.GOES_ON, _STRICT, **job(JOINED, ("b.id + 6", "b.id + 6 WHERE a.v > 0"))),
    unknown("join: another condition between the sides", JOINED, Truth.WRONG, **job(JOINED, ("b.id + 6", "b.id + 4"))),
    unknown("join: a column more of one side", JOINED, Truth.LOOPS, **job(JOINED, ("a.v FROM", "a.v + b.w FROM"))),
    unknown("join: another column of one side", JOINED, Truth.WRONG, **job(JOINED, ("b.t,", "b.u,"))),
    unknown("join: a wider type in one side", JOINED, Truth.LOOPS, **table(SOURCE, ("v INT", "v BIGINT"))),
    reset("join: the sides exchanged", JOINED, Truth.LOOPS, **job(JOINED, ("source a JOIN other b", "other b JOIN source a"))),
    reset("join: one key less", JOINED, Truth.LOOPS, **job(JOINED, ("a.k = b.k AND ", ""))),
    unknown(
        "join: a time to live",
        JOINED,
        Truth.GOES_ON,
        truths={"2.1": Truth.LOOPS},
        **job(JOINED, ("SELECT a.id", "SELECT /*+ STATE_TTL('a' = '1d') */ a.id")),
    ),
    remarked("interval join: wider", NEAR, Truth.GOES_ON, **job(NEAR, ("'8'", "'20'"))),
    remarked(
        "interval join: wider to the other side",
        NEAR,
        **job(NEAR, ("BETWEEN b.ts AND", "BETWEEN b.ts - INTERVAL '3' SECOND AND")),
    ),
    reset("interval join: narrower", NEAR, Truth.GOES_ON, **job(NEAR, ("'8'", "'3'"))),
    kept("interval join: a function after it", NEAR, **job(NEAR, ("b.t,", "LOWER(b.t),"))),
    unknown("interval join: another column of one side", NEAR, Truth.WRONG, **job(NEAR, ("b.t,", "b.u,"))),
    kept("semi-join: a column's function after it", BELONGING, **job(BELONGING, ("id, t, v", "id, UPPER(t), v"))),
    unknown("semi-join: a condition within", BELONGING, Truth.GOES_ON, _STRICT, **job(BELONGING, ("FROM other", "FROM other WHERE v > 0"))),
    kept("union: a column more that nobody reads", UNITED, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    unknown("union: a condition in a branch", UNITED, Truth.WRONG, _STRICT, **job(UNITED, ("v > 2", "v > 4"))),
    reset(
        "union: the branches exchanged",
        UNITED,
        Truth.WRONG,
        **job(
            UNITED,
            (
                "SELECT k, v FROM source UNION ALL SELECT k, v FROM other WHERE v > 2",
                "SELECT k, v FROM other WHERE v > 2 UNION ALL SELECT k, v FROM source",
            ),
        ),
    ),
    kept("window join: a function after it", WINDOW_JOINED, **job(WINDOW_JOINED, ("b.t,", "UPPER(b.t),"))),
    reset("window join: longer windows", WINDOW_JOINED, Truth.WRONG, **job(WINDOW_JOINED, ("'20'", "'30'"))),
    unknown("window join: another column of one side", WINDOW_JOINED, Truth.WRONG, **job(WINDOW_JOINED, ("b.t,", "b.u,"))),
)

TABLE_JOIN_EDITS = (
    reset(
        "join: its keys in another order",
        JOINED,
        Truth.LOOPS,
        **job(JOINED, ("a.k = b.k AND a.id = b.id + 6", "a.id = b.id + 6 AND a.k = b.k")),
    ),
    kept("versions: a function after the join", PRICED, **job(PRICED, ("a.t,", "UPPER(a.t),"))),
    unknown("versions: another column of them", PRICED, Truth.GOES_ON, **job(PRICED, ("b.w", "b.v"))),
    kept("versions: a column more that nobody reads", PRICED, **table(OTHER, ("v INT", "extra INT, v INT"))),
    unknown("versions: the oldest instead", PRICED, Truth.WRONG, objects={"versions": VERSIONS.replace("DESC", "ASC")}),
    reset("anti-join: a semi-join instead", MISSING, Truth.WRONG, **job(MISSING, ("NOT EXISTS", "EXISTS"))),
    unknown("anti-join: another partner", MISSING, Truth.GOES_ON, **job(MISSING, ("id + 3", "id + 4"))),
)
