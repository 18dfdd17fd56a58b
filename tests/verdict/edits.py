"""The edits, each with the truth: what Flink does with it when it is given the savepoint, and what the verdict must say.

The truth was observed on real Flink, every line, by `tests/embedded/test_state_verdicts.py`, which observes it again.
"""

from dataclasses import replace

from flinksql.statements.compatibility import Restore
from tests.verdict.aggregate_edits import AGGREGATE_EDITS, EXPRESSION_EDITS
from tests.verdict.answer_edits import ANSWER_EDITS, LANE_EDITS
from tests.verdict.definition_edits import OPTION_EDITS, ORDER_EDITS, TABLE_EDITS, TEXT_EDITS
from tests.verdict.edit import Truth, kept, remarked, reset, unknown
from tests.verdict.join_edits import JOIN_EDITS, TABLE_JOIN_EDITS
from tests.verdict.rare_edits import RARE_EDITS
from tests.verdict.records import AFTER, BEFORE, sums
from tests.verdict.row_edits import FRAME_EDITS, ROW_EDITS
from tests.verdict.scenarios import (
    ASK,
    ASKING,
    COPY,
    COPYING,
    DEDUPLICATING,
    FIRST,
    MODEL,
    PASSING,
    SINK,
    SOURCE,
    STRAIGHT,
    SUM,
    SUMMING,
    TOTALS,
    WINDOW,
    WINDOWED,
    WINDOWS,
)
from tests.verdict.window_edits import SHAPE_EDITS, WINDOW_EDITS

_TWO_SINKS = """EXECUTE STATEMENT SET BEGIN
INSERT INTO sink SELECT id, k FROM source WHERE v > 0;
INSERT INTO other SELECT id, k FROM source WHERE v > 0;
END"""
_OTHER_SINK = SINK.replace("TABLE sink", "TABLE other").replace("-out'", "-other'")
_TRANSACTIONS = "'sink.delivery-guarantee' = 'exactly-once', 'properties.transaction.timeout.ms' = '60000'"
_EXACTLY_ONCE = SINK.replace("-out'", f"-out', {_TRANSACTIONS}, 'sink.transactional-id-prefix' = '${{prefix}}'")
_OTHER_TRANSACTIONS = _EXACTLY_ONCE.replace("= '${prefix}'", "= '${prefix}-2'")
_TRANSACTING = replace(COPYING, objects={"source": SOURCE, "sink": _EXACTLY_ONCE})
_COLUMNS = "id BIGINT, k STRING, v INT, w INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts"
_RAW_SOURCE = SOURCE.replace(_COLUMNS, "payload STRING").replace("json", "raw")
_RAW_COPY = "INSERT INTO sink SELECT CAST(JSON_VALUE(payload, '$.id') AS BIGINT), JSON_VALUE(payload, '$.k') FROM source"
_HALVES = {**sums(range(1, 10), " 00:10"), **sums(range(10, 13), " 00:20")}
_HOPS = {**sums(range(1, 10), " 00:10"), **sums(range(1, 13), " 00:20"), **sums(range(10, 13), " 00:30")}

COPY_EDITS = (
    kept("an upper case function in the projection", COPYING, job=COPY.replace("id, k", "id, UPPER(k)")),
    kept("an alias", COPYING, job=COPY.replace("id, k", "id AS number, k AS word")),
    kept("another condition", COPYING, job=COPY.replace("v > 0", "v > -5")),
    kept("a first condition where an operator for it is", replace(COPYING, job=COPY.replace(" WHERE v > 0", "")), job=COPY),
    reset(
        "a first condition where no operator for it is", PASSING, Truth.REFUSED, Restore.IGNORE_UNCLAIMED, job=f"{STRAIGHT} WHERE id > 0"
    ),
    kept("the source's consumer group", COPYING, objects={"source": SOURCE.replace("'${prefix}',", "'${prefix}-2',")}),
    kept("the source's start", COPYING, objects={"source": SOURCE.replace("earliest", "latest")}),
    kept("a hint with another start", COPYING, job=COPY.replace("source", "source /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */")),
    reset(
        "a hint with another topic", COPYING, Truth.WRONG, job=COPY.replace("source", "source /*+ OPTIONS('topic' = '${prefix}-more') */")
    ),
    reset("the source's topic", COPYING, Truth.WRONG, objects={"source": SOURCE.replace("-in'", "-more'")}),
    kept("a column more in the source", COPYING, objects={"source": SOURCE.replace("v INT,", "v INT, extra STRING,")}),
    kept(
        "the source's columns in another order", COPYING, objects={"source": SOURCE.replace("id BIGINT, k STRING,", "k STRING, id BIGINT,")}
    ),
    kept(
        "a JSON option of the source", COPYING, objects={"source": SOURCE.replace("'json'", "'json', 'json.ignore-parse-errors' = 'true'")}
    ),
    kept("the sink's topic", COPYING, objects={"sink": SINK.replace("-out'", "-other'")}),
    kept(
        "the sink's table",
        COPYING,
        objects={"drain": SINK.replace("TABLE sink", "TABLE drain")},
        job=COPY.replace("INTO sink", "INTO drain"),
    ),
    kept("a column's name in the sink", COPYING, objects={"sink": SINK.replace("text STRING", "word STRING")}),
    kept(
        "a JSON option of the sink",
        COPYING,
        objects={"sink": SINK.replace("'json'", "'json', 'json.encode.decimal-as-plain-number' = 'true'")},
    ),
    kept("the source's format", COPYING, objects={"source": _RAW_SOURCE}, job=_RAW_COPY),
    unknown("the sink's format to one of updates", COPYING, Truth.GOES_ON, objects={"sink": SINK.replace("'json'", "'debezium-json'")}),
    unknown("a hint at the sink", COPYING, Truth.GOES_ON, job=COPY.replace("sink", "sink /*+ OPTIONS('sink.partitioner' = 'fixed') */")),
    kept("transactions in the sink", COPYING, objects={"sink": _EXACTLY_ONCE}),
    kept("no transactions in the sink", _TRANSACTING, objects={"sink": SINK}),
    kept("other transactions in the sink", _TRANSACTING, objects={"sink": _OTHER_TRANSACTIONS}),
    kept("another parallelism", COPYING, options={"parallelism.default": "2"}),
    kept("another checkpoint interval", COPYING, options={"execution.checkpointing.interval": "2 s"}),
    reset(
        "a second sink in a statement set",
        COPYING,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        objects={"other": _OTHER_SINK},
        job=_TWO_SINKS,
        copies=2,
    ),
    reset(
        "a sink without state",
        COPYING,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        objects={"sink": "CREATE TABLE sink (id BIGINT, text STRING) WITH ('connector' = 'blackhole')"},
    ),
)

GATHERING_EDITS = (
    reset(
        "MIN instead of MAX",
        replace(SUMMING, job=SUM.replace("SUM", "MAX")),
        Truth.WRONG,
        job=SUM.replace("SUM", "MIN"),
        totals={"a": 1, "b": 2},
    ),
    reset("COUNT instead of SUM", SUMMING, Truth.REFUSED, job=SUM.replace("SUM(v)", "COUNT(v)"), totals={"a": 6, "b": 6}),
    reset("one aggregate more", SUMMING, Truth.LOOPS, job=SUM.replace("SUM(v)", "SUM(v) + COUNT(*)"), totals={"a": 42, "b": 48}),
    reset("another key", SUMMING, Truth.REFUSED, job="INSERT INTO totals SELECT CAST(id AS STRING), SUM(v) FROM source GROUP BY id"),
    reset(
        "another key of the same type", SUMMING, Truth.WRONG, job="INSERT INTO totals SELECT UPPER(k), SUM(v) FROM source GROUP BY UPPER(k)"
    ),
    kept("a condition on the groups", SUMMING, job=f"{SUM} HAVING SUM(v) > -1"),
    kept("a function on the aggregate", SUMMING, job=SUM.replace("SUM(v)", "ABS(SUM(v))")),
    kept("an alias of the aggregate", SUMMING, job=SUM.replace("SUM(v)", "SUM(v) AS s")),
    unknown(
        "a condition before the aggregate",
        SUMMING,
        Truth.WRONG,
        Restore.STRICT,
        job=SUM.replace("FROM source", "FROM source WHERE v > 3"),
        totals=sums([4, 5, *BEFORE[5:], *AFTER]),
    ),
    reset(
        "another expression in the aggregate", SUMMING, Truth.WRONG, job=SUM.replace("SUM(v)", "SUM(v * 10)"), totals={"a": 360, "b": 420}
    ),
    unknown("the type of the aggregate's column", SUMMING, Truth.LOOPS, objects={"source": SOURCE.replace("v INT", "v SMALLINT")}),
    unknown("the type of the key", SUMMING, Truth.LOOPS, objects={"source": SOURCE.replace("k STRING", "k VARCHAR(9)")}),
    unknown(
        "a time to live of the state",
        SUMMING,
        Truth.GOES_ON,
        job=SUM.replace("SELECT k", "SELECT /*+ STATE_TTL('source' = '1d') */ k"),
        truths={"2.1": Truth.LOOPS},
    ),
    unknown(
        "another column summed under the old name",
        SUMMING,
        Truth.WRONG,
        job="INSERT INTO totals SELECT k, SUM(v) FROM (SELECT k, w AS v FROM source) GROUP BY k",
        totals={"a": 360, "b": 420},
    ),
    kept(
        "the sink's table of the aggregate",
        SUMMING,
        objects={"sums": TOTALS.replace("TABLE totals", "TABLE sums")},
        job=SUM.replace("INTO totals", "INTO sums"),
    ),
    reset("a longer window", WINDOWED, Truth.WRONG, job=WINDOW.replace("'20'", "'30'"), totals=sums([*BEFORE, *AFTER], " 00:30")),
    reset("a shorter window", WINDOWED, Truth.WRONG, job=WINDOW.replace("'20'", "'10'"), totals=_HALVES),
    reset(
        "a hopping window",
        WINDOWED,
        Truth.LOOPS,
        job=WINDOW.replace("TUMBLE(TABLE source, DESCRIPTOR(ts), ", "HOP(TABLE source, DESCRIPTOR(ts), INTERVAL '10' SECOND, "),
        totals=_HOPS,
    ),
    reset(
        "MIN instead of SUM in the window",
        WINDOWED,
        Truth.WRONG,
        job=WINDOW.replace("SUM(v)", "MIN(v)"),
        totals={"a 00:20": 1, "b 00:20": 2},
    ),
    reset(
        "two aggregates in the other order",
        replace(WINDOWED, job=WINDOW.replace("SUM(v)", "SUM(v) + MAX(v)")),
        Truth.WRONG,
        job=WINDOW.replace("SUM(v)", "MAX(v) + SUM(v)"),
        totals={"a 00:20": 47, "b 00:20": 54},
    ),
    unknown(
        "a condition before the window",
        WINDOWED,
        Truth.WRONG,
        Restore.STRICT,
        job=WINDOW.replace(" GROUP BY", " WHERE v > 3 GROUP BY"),
        totals=sums([4, 5, *BEFORE[5:], *AFTER], " 00:20"),
    ),
    unknown(
        "another watermark before the window",
        WINDOWED,
        Truth.GOES_ON,
        Restore.STRICT,
        objects={"source": SOURCE.replace("AS ts\n", "AS ts - INTERVAL '1' SECOND\n")},
    ),
    kept("a condition after the window", WINDOWED, job=f"{WINDOW} HAVING SUM(v) > 0"),
    kept("the window's sink topic", WINDOWED, objects={"windows": WINDOWS.replace("-out'", "-other'")}),
    reset("another key of the rows that are first", DEDUPLICATING, Truth.LOOPS, job=FIRST.replace("PARTITION BY id", "PARTITION BY k")),
    kept("a projection of the rows that are first", DEDUPLICATING, job=FIRST.replace("SELECT id, k", "SELECT id, UPPER(k)")),
)

MODEL_EDITS = (
    kept("the prompt", ASKING, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}),
    kept("the temperature", ASKING, objects={"echo": MODEL.replace("'m',", "'m', 'temperature' = '0.5',")}),
    kept("a setting of the call", ASKING, job=ASK.replace("DESCRIPTOR(k)", "DESCRIPTOR(k), MAP['timeout', '90 s']")),
    remarked("a condition before the model", ASKING, Truth.GOES_ON, job=ASK.replace("FROM source", "FROM source WHERE v > 0")),
    kept("a condition after the model", ASKING, job=f"{ASK} WHERE content <> ''"),
    reset("a column more into the model", ASKING, Truth.LOOPS, job=ASK.replace("SELECT id, k", "SELECT id, k, v")),
    reset(
        "a column that is never NULL into the model",
        ASKING,
        Truth.LOOPS,
        job=ASK.replace("SELECT id, k", "SELECT id, COALESCE(k, '') AS k"),
    ),
    kept(
        "another name of a column into the model",
        ASKING,
        job=ASK.replace("SELECT id, k", "SELECT id, k AS word").replace("DESCRIPTOR(k)", "DESCRIPTOR(word)"),
    ),
    reset("without the model", ASKING, Truth.REFUSED, Restore.IGNORE_UNCLAIMED, job=COPY.replace(" WHERE v > 0", "")),
    reset("with a model", replace(ASKING, job=COPY.replace(" WHERE v > 0", "")), Truth.REFUSED, Restore.IGNORE_UNCLAIMED, job=ASK),
)

EDITS = (
    *COPY_EDITS,
    *GATHERING_EDITS,
    *MODEL_EDITS,
    *JOIN_EDITS,
    *ROW_EDITS,
    *WINDOW_EDITS,
    *AGGREGATE_EDITS,
    *ANSWER_EDITS,
    *TABLE_JOIN_EDITS,
    *FRAME_EDITS,
    *SHAPE_EDITS,
    *EXPRESSION_EDITS,
    *LANE_EDITS,
    *TABLE_EDITS,
    *TEXT_EDITS,
    *OPTION_EDITS,
    *ORDER_EDITS,
    *RARE_EDITS,
)
