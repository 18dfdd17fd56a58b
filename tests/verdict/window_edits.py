"""Edits of sessions, hops, cumulating windows and ranks in windows, each with its truth beside a job that was always the new one."""

from flinksql.statements.compatibility import Restore
from tests.verdict.changes import job, table
from tests.verdict.edit import Truth, kept, reset
from tests.verdict.further_pipelines import LEGACY, SHIFTED
from tests.verdict.pipelines import HOPS, SESSIONS, SOURCE, STEPS, WINDOW_BEST

WINDOW_EDITS = (
    reset("sessions: a longer gap", SESSIONS, Truth.GOES_ON, **job(SESSIONS, ("'10'", "'30'"))),
    kept("sessions: a function on the sum", SESSIONS, **job(SESSIONS, ("SUM(v)", "ABS(SUM(v))"))),
    kept("sessions: a column more that nobody reads", SESSIONS, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    reset("sessions: another aggregate", SESSIONS, Truth.GOES_ON, **job(SESSIONS, ("SUM(v)", "MAX(v)"))),
    reset("hops: a longer window", HOPS, Truth.GOES_ON, **job(HOPS, ("'20'", "'30'"))),
    reset("hops: a shorter step", HOPS, Truth.WRONG, **job(HOPS, ("'10'", "'5'"))),
    kept("hops: a condition after it", HOPS, **job(HOPS, ("window_end", "window_end HAVING SUM(v) > 0"))),
    kept("hops: INTEGER for INT", HOPS, **table(SOURCE, ("v INT", "v INTEGER"))),
    reset("steps: a shorter step", STEPS, Truth.GOES_ON, **job(STEPS, ("'10'", "'5'"))),
    kept(
        "steps: another name of the key",
        STEPS,
        **job(STEPS, ("TABLE source", "TABLE renamed"), ("k,", "kk,")),
        objects={"renamed": "CREATE VIEW renamed AS SELECT id, k AS kk, v, ts FROM source"},
    ),
    reset("window ranks: more of them", WINDOW_BEST, Truth.WRONG, **job(WINDOW_BEST, ("n <= 2", "n <= 4"))),
    reset("window ranks: the other order", WINDOW_BEST, Truth.GOES_ON, **job(WINDOW_BEST, ("ORDER BY v", "ORDER BY v DESC"))),
    kept("window ranks: a function after them", WINDOW_BEST, **job(WINDOW_BEST, ("id, t, v", "id, UPPER(t), v"))),
)

SHAPE_EDITS = (
    reset("windows: shifted", SHIFTED, Truth.WRONG, **job(SHIFTED, ("'20' SECOND", "'20' SECOND, INTERVAL '5' SECOND"))),
    kept("windows: their size in other words", SHIFTED, **job(SHIFTED, ("INTERVAL '20' SECOND", "INTERVAL '0:20' MINUTE TO SECOND"))),
    reset(
        "windows: sessions instead",
        SHIFTED,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        **job(SHIFTED, ("TUMBLE(TABLE source", "SESSION(TABLE source PARTITION BY k")),
    ),
    reset("steps: hops instead", STEPS, Truth.LOOPS, **job(STEPS, ("CUMULATE", "HOP"))),
    reset("steps: all values instead of distinct ones", STEPS, Truth.LOOPS, **job(STEPS, ("COUNT(DISTINCT v)", "COUNT(v)"))),
    reset(
        "sessions: by another key",
        SESSIONS,
        Truth.WRONG,
        **job(SESSIONS, ("PARTITION BY k", "PARTITION BY t"), ("GROUP BY k", "GROUP BY t"), (", k, SUM", ", t, SUM")),
    ),
    reset("legacy windows: longer", LEGACY, Truth.WRONG, **job(LEGACY, ("'20'", "'30'"))),
    kept("legacy windows: a function on the sum", LEGACY, **job(LEGACY, ("SUM(v)", "ABS(SUM(v))"))),
    kept("legacy windows: a column more that nobody reads", LEGACY, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    reset("legacy windows: the newer form", LEGACY, Truth.REFUSED, Restore.IGNORE_UNCLAIMED, job=SHIFTED.job),
)
