"""Edits of tables, views, options and of the order of what a job reads and writes, each with its truth."""

from dataclasses import replace

from flinksql.statements.compatibility import Restore
from tests.verdict.changes import job, table
from tests.verdict.edit import Truth, kept, remarked, reset, unknown
from tests.verdict.further_pipelines import BATCHED, COMMON, DOUBLED, TWO_COPIES, TWO_READERS
from tests.verdict.pipelines import BEST, RANKED, SOURCE, SUMMED, UNNESTED, VIEWED
from tests.verdict.scenarios import COPY, COPYING, WINDOWED
from tests.verdict.scenarios import SOURCE as PLAIN_SOURCE

_STRICT = Restore.STRICT
_WITH_OFFSET = SOURCE.replace("v INT,", "place BIGINT METADATA FROM 'offset', v INT,")

TABLE_EDITS = (
    unknown(
        "computed column: another factor under a sum",
        DOUBLED,
        Truth.WRONG,
        **table(DOUBLED.objects["source"], ("w * 2", "w * 3")),
    ),
    kept("source: a metadata column that nobody reads", SUMMED, objects={"source": _WITH_OFFSET}),
    kept(
        "source: another type of a metadata column that nobody reads",
        replace(SUMMED, objects={**SUMMED.objects, "source": _WITH_OFFSET}),
        **table(_WITH_OFFSET, ("place BIGINT METADATA FROM 'offset'", "place INT METADATA FROM 'partition'")),
    ),
    unknown(
        "source: other metadata under a sum",
        replace(SUMMED, objects={**SUMMED.objects, "source": SOURCE.replace("v INT,", "v BIGINT METADATA FROM 'partition',")}),
        Truth.WRONG,
        **table(SOURCE, ("v INT,", "v BIGINT METADATA FROM 'offset',")),
    ),
    unknown(
        "source: only committed records",
        SUMMED,
        Truth.GOES_ON,
        _STRICT,
        **table(SOURCE, ("'json',", "'json', 'properties.isolation.level' = 'read_uncommitted',")),
    ),
    kept(
        "source: an idle time-out without windows",
        COPYING,
        **table(PLAIN_SOURCE, ("'json',", "'json', 'scan.watermark.idle-timeout' = '9s',")),
    ),
    unknown(
        "source: an idle time-out before windows",
        WINDOWED,
        Truth.GOES_ON,
        _STRICT,
        **table(PLAIN_SOURCE, ("'json',", "'json', 'scan.watermark.idle-timeout' = '9s',")),
    ),
    unknown(
        "source: another watermark before windows",
        WINDOWED,
        Truth.GOES_ON,
        _STRICT,
        **table(PLAIN_SOURCE, ("WATERMARK FOR ts AS ts", "WATERMARK FOR ts AS ts - INTERVAL '1' SECOND")),
    ),
    kept("source: another watermark without windows", COPYING, **table(PLAIN_SOURCE, ("AS ts", "AS ts - INTERVAL '1' SECOND"))),
    unknown("source: its parallelism", COPYING, Truth.GOES_ON, **table(PLAIN_SOURCE, ("'json',", "'json', 'scan.parallelism' = '1',"))),
    kept("sink: partitions in turn", UNNESTED, **table(UNNESTED.objects["rows"], ("'json'", "'json', 'sink.partitioner' = 'round-robin'"))),
    remarked("sink: the columns of its primary key in another order", BEST, Truth.GOES_ON, **table(RANKED, ("KEY (k, n)", "KEY (n, k)"))),
    kept("sink: its columns named in another order", COPYING, job=COPY.replace("sink SELECT id, k", "sink (text, id) SELECT k, id")),
)

TEXT_EDITS = (
    kept(
        "text: another name of a view",
        VIEWED,
        objects={"beneath": VIEWED.objects["below"].replace("VIEW below", "VIEW beneath")},
        **job(VIEWED, ("FROM below", "FROM beneath")),
    ),
    kept(
        "text: a view written into the query",
        VIEWED,
        job="INSERT INTO keyed SELECT word, SUM(amount) FROM (SELECT k AS word, v AS amount FROM source WHERE id > 0) GROUP BY word",
    ),
    kept("text: a statement set of one", SUMMED, job=f"EXECUTE STATEMENT SET BEGIN\n{SUMMED.job};\nEND"),
    kept("text: another name in WITH", COMMON, **job(COMMON, ("small", "little"))),
    unknown("text: a constant in WITH", COMMON, Truth.GOES_ON, _STRICT, **job(COMMON, ("100", "90"))),
    unknown("text: the same condition in other words", COMMON, Truth.GOES_ON, _STRICT, **job(COMMON, ("v < 100", "v <= 99"))),
)

OPTION_EDITS = (
    reset("option: small batches", SUMMED, Truth.REFUSED, options=dict(BATCHED.options)),
    unknown("option: another time zone", SUMMED, Truth.GOES_ON, options={"table.local-time-zone": "Asia/Tokyo"}),
    unknown("option: an idle time-out of sources", WINDOWED, Truth.GOES_ON, options={"table.exec.source.idle-timeout": "9 s"}),
    unknown("option: larger batches", BATCHED, Truth.GOES_ON, options={"table.exec.mini-batch.size": "200"}),
    reset("option: one phase instead of two", BATCHED, Truth.REFUSED, options={"table.optimizer.agg-phase-strategy": "ONE_PHASE"}),
    unknown("option: distinct values in buckets", BATCHED, Truth.GOES_ON, options={"table.optimizer.distinct-agg.split.enabled": "true"}),
    kept("batches: a column more that nobody reads", BATCHED, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    kept("batches: the columns in another order", BATCHED, **table(SOURCE, ("v INT, w INT,", "w INT, v INT,"))),
    unknown(
        "batches: another column under the same name",
        BATCHED,
        Truth.WRONG,
        **job(BATCHED, ("FROM source", "FROM (SELECT id, k, w AS v FROM source)")),
    ),
    reset("batches: another aggregate", BATCHED, Truth.WRONG, **job(BATCHED, ("SUM(v)", "MAX(v)"))),
)

ORDER_EDITS = (
    unknown(
        "readers of one topic: exchanged in a union",
        TWO_READERS,
        Truth.GOES_ON,
        job="INSERT INTO `rows` SELECT id, CONCAT('two ', t), v FROM twin UNION ALL SELECT id, CONCAT('one ', t), v FROM source",
    ),
    unknown(
        "readers of one topic: the tables exchanged",
        TWO_READERS,
        Truth.GOES_ON,
        **job(TWO_READERS, ("FROM source", "FROM x"), ("FROM twin", "FROM source"), ("FROM x", "FROM twin")),
    ),
    kept("readers of one topic: one of them edited", TWO_READERS, **job(TWO_READERS, ("'two '", "'second '"))),
    unknown(
        "readers of one topic: INSERTs in the other order",
        TWO_COPIES,
        Truth.GOES_ON,
        job="""EXECUTE STATEMENT SET BEGIN
INSERT INTO more_rows SELECT id, u, w FROM twin;
INSERT INTO `rows` SELECT id, t, v FROM source;
END""",
    ),
)
