"""Edits that few people make, each with its truth: what it makes beside a job that was always the new one."""

from flinksql.statements.compatibility import Restore
from tests.verdict.changes import job, table
from tests.verdict.edit import Edit, Truth, kept, remarked, reset, unknown
from tests.verdict.further_pipelines import BATCHED
from tests.verdict.pipelines import HOPS, JOINED, KEYED, NEWEST, RISING, SOURCE, STEPS, SUMMED, TAGGED
from tests.verdict.rare_pipelines import (
    ALL,
    BY_COMPUTED_TIME,
    COMPUTED_TIME,
    FROM_LINES,
    IN_PHASES,
    LARGEST,
    LEFT_NEAR,
    LINES_OF_TEXT,
    LISTED,
    LOWER_VIEW,
    MATERIALISED,
    OLDEST,
    PERCENTILES,
    RANK_UNSEEN,
    SORTED,
    TWO_FRAMES,
    UPPER_VIEW,
    VIEW_OF_VIEW,
    WINDOW_FIRST,
    WINDOWS_OF_ALL,
    WINDOWS_OF_WINDOWS,
)
from tests.verdict.scenarios import Scenario

_STRICT = Restore.STRICT


def _wider(name: str, scenario: Scenario) -> Edit:
    return kept(f"{name}: another parallelism", scenario, options={"parallelism.default": "2"})


RARE_EDITS = (
    _wider("all rows", ALL),
    _wider("sum", SUMMED),
    _wider("batches", BATCHED),
    _wider("join", JOINED),
    _wider("materialised", MATERIALISED),
    kept("materialised: the sink's topic", MATERIALISED, **table(KEYED, ("-out'", "-other'"))),
    unknown("materialised: a function on the count", MATERIALISED, Truth.GOES_ON, **job(MATERIALISED, ("COUNT(*)", "COUNT(*) + 1"))),
    reset("materialised: never", MATERIALISED, Truth.REFUSED, options={"table.exec.sink.upsert-materialize": "NONE"}),
    unknown("percentile: another percentage", PERCENTILES, Truth.WRONG, **job(PERCENTILES, ("0.5", "0.9"))),
    reset("json: with nulls", LISTED, Truth.WRONG, **job(LISTED, ("ABSENT ON", "NULL ON"))),
    remarked("pattern: a shorter limit", RISING, Truth.GOES_ON, **job(RISING, ("'30'", "'1'"))),
    remarked("left interval join: wider", LEFT_NEAR, Truth.GOES_ON, **job(LEFT_NEAR, ("'8'", "'20'"), ("'3'", "'1'"))),
    reset("left interval join: inner instead", LEFT_NEAR, Truth.GOES_ON, **job(LEFT_NEAR, ("LEFT JOIN", "JOIN"))),
    reset("steps: a longer whole", STEPS, Truth.GOES_ON, **job(STEPS, ("'20'", "'40'"))),
    reset("hops: shifted", HOPS, Truth.WRONG, **job(HOPS, ("'20' SECOND", "'20' SECOND, INTERVAL '5' SECOND"))),
    unknown("oldest row by arrival: the newest instead", OLDEST, Truth.LOOPS, **job(OLDEST, ("ASC", "DESC"))),
    unknown("first of a window: the last instead", WINDOW_FIRST, Truth.GOES_ON, **job(WINDOW_FIRST, ("ASC", "DESC"))),
    kept(
        "over: two aggregates exchanged",
        TWO_FRAMES,
        **job(TWO_FRAMES, ("SUM(v) OVER w * 100 + COUNT(v) OVER w", "COUNT(v) OVER w + SUM(v) OVER w * 100")),
    ),
    unknown("view of a view: another column below", VIEW_OF_VIEW, Truth.WRONG, **table(LOWER_VIEW, ("k, v, w", "k, w AS v, v AS w"))),
    unknown("view of a view: a condition below", VIEW_OF_VIEW, Truth.WRONG, _STRICT, **table(LOWER_VIEW, ("id > 0", "id > 3"))),
    kept("view of a view: another column that nobody reads", VIEW_OF_VIEW, **table(LOWER_VIEW, ("w, id", "w + 1 AS w, id"))),
    kept(
        "view of a view: its columns in another order",
        VIEW_OF_VIEW,
        **table(UPPER_VIEW, ("k AS word, v AS amount", "v AS amount, k AS word")),
    ),
    unknown(
        "computed time: some seconds later",
        BY_COMPUTED_TIME,
        Truth.GOES_ON,
        **table(COMPUTED_TIME, ("seen AS ts,", "seen AS ts + INTERVAL '9' SECOND,")),
    ),
    unknown(
        "computed time: another watermark",
        BY_COMPUTED_TIME,
        Truth.GOES_ON,
        _STRICT,
        **table(COMPUTED_TIME, ("AS seen\n", "AS seen - INTERVAL '1' SECOND\n")),
    ),
    kept("newest row: a column more that nobody reads", NEWEST, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    unknown(
        "unnest and sum: rows without elements too",
        TAGGED,
        Truth.GOES_ON,
        **job(TAGGED, ("CROSS JOIN UNNEST(tags) AS x (tag)", "LEFT JOIN UNNEST(tags) AS x (tag) ON TRUE")),
    ),
    unknown("phases: another distinct column", IN_PHASES, Truth.GOES_ON, **job(IN_PHASES, ("DISTINCT v", "DISTINCT w"))),
    kept("phases: a column more that nobody reads", IN_PHASES, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    unknown("top-n: its ranks too", RANK_UNSEEN, Truth.WRONG, **job(RANK_UNSEEN, ("t, v FROM", "t, v + n FROM"))),
    unknown("sum: a column that is never NULL", SUMMED, Truth.GOES_ON, **table(SOURCE, ("v INT", "v INT NOT NULL"))),
    unknown("largest: more rows", LARGEST, Truth.GOES_ON, **job(LARGEST, ("LIMIT 3", "LIMIT 5"))),
    reset("largest: the other order", LARGEST, Truth.GOES_ON, **job(LARGEST, ("DESC", "ASC"))),
    reset("sorted: by a second column too", SORTED, Truth.GOES_ON, **job(SORTED, ("ORDER BY ts", "ORDER BY ts, id"))),
    kept("sorted: a function on a column", SORTED, **job(SORTED, ("t, v", "UPPER(t), v"))),
    reset("windows of all: longer", WINDOWS_OF_ALL, Truth.WRONG, **job(WINDOWS_OF_ALL, ("'20'", "'30'"))),
    kept("windows of all: a function on the sum", WINDOWS_OF_ALL, **job(WINDOWS_OF_ALL, ("SUM(v)", "ABS(SUM(v))"))),
    reset(
        "windows of windows: longer ones below",
        WINDOWS_OF_WINDOWS,
        Truth.GOES_ON,
        objects={"small": WINDOWS_OF_WINDOWS.objects["small"].replace("'5'", "'10'")},
    ),
    reset("source: one topic more", SUMMED, Truth.GOES_ON, **table(SOURCE, ("-in'", "-in;${prefix}-more'"))),
    unknown(
        "lines: the names of two columns exchanged",
        FROM_LINES,
        Truth.WRONG,
        **table(LINES_OF_TEXT, ("c STRING, d STRING", "d STRING, c STRING")),
    ),
    kept(
        "lines: another name of a column",
        FROM_LINES,
        objects={"source": LINES_OF_TEXT.replace("c STRING", "renamed STRING")},
        **job(FROM_LINES, ("(c,", "(renamed,")),
    ),
)
"""A format without names in its records finds fields by the places of the columns."""
