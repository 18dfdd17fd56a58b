"""Statements with one mistake each, and where it is.

`¦` stands before the place that a message must name; it is taken out before the statement is used. All share one small closure.
"""

from dataclasses import dataclass

from flinksql.statement import Definition, Kind, Statement

MARK = "¦"
KAFKA = "'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = '127.0.0.1:1', 'format' = 'json'"
_AVRO = KAFKA.replace("'json'", f"{MARK}'avro'")
_KEYED = KAFKA.replace("'format'", "'value.format'") + ",\n'key.format' = 'raw', 'key.fields' = 'id'"
_BAD_FORMAT = KAFKA.replace("'json'", f"{MARK}'jsonn'")
CLOSURE = {
    "src": f"""CREATE TABLE src (
    id BIGINT, v STRING, n INT, pt AS PROCTIME(), ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ({KAFKA}, 'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset')""",
    "snk": f"CREATE TABLE snk (id BIGINT, v STRING) WITH ({KAFKA})",
    "other": f"CREATE TABLE other (id BIGINT, n INT) WITH ({KAFKA})",
    "keyed": """CREATE TABLE keyed (id BIGINT, v STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (
    'connector' = 'upsert-kafka', 'topic' = 'k', 'properties.bootstrap.servers' = '127.0.0.1:1',
    'key.format' = 'json', 'value.format' = 'json')""",
    "pair": """CREATE TABLE pair (id BIGINT, v STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (id, v) NOT ENFORCED) WITH (
    'connector' = 'upsert-kafka', 'topic' = 'p', 'properties.bootstrap.servers' = '127.0.0.1:1',
    'key.format' = 'json', 'value.format' = 'json')""",
    "shown": "CREATE TABLE shown (id BIGINT, n INT) WITH ('connector' = 'print')",
    "m": """CREATE MODEL m INPUT (prompt STRING) OUTPUT (content STRING) WITH (
    'provider' = 'openai', 'endpoint' = 'http://127.0.0.1:1/v1/chat/completions', 'api-key' = 'k', 'model' = 'x')""",
}


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A statement with a mistake. `marked` has the mark before the place, `says` is a part of the message."""

    name: str
    marked: str
    says: str

    @property
    def text(self) -> str:
        """The statement without the mark."""
        return self.marked.replace(MARK, "")

    @property
    def place(self) -> tuple[int, int]:
        """Line and column of the mistake, from 1."""
        before = self.marked[: self.marked.index(MARK)]
        return before.count("\n") + 1, len(before) - before.rfind("\n")

    @property
    def definition(self) -> Definition:
        """The statement with the closure that all share."""
        kind = Kind.CATALOG_OBJECT if self.text.lstrip().startswith("CREATE") else Kind.JOB
        closure = [Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"sql/{name}.sql") for name, text in CLOSURE.items()]
        statement = Statement(name="it", kind=kind, text=self.text, file="sql/it.sql")
        return Definition(statement=statement, closure=tuple(closure), job_name="errors/it")


MISTAKES = (
    Mistake(name="unknown column", marked="-- remark\nINSERT INTO snk\nSELECT id, ¦vv FROM src\n", says="'vv' not found"),
    Mistake(
        name="unknown column in a set",
        marked="EXECUTE STATEMENT SET BEGIN\nINSERT INTO snk SELECT id, v FROM src;\nINSERT INTO other SELECT id, ¦vv FROM src;\nEND;\n",
        says="'vv' not found",
    ),
    Mistake(name="unknown function", marked="INSERT INTO snk\nSELECT id, ¦SHOUT(v) FROM src\n", says="SHOUT"),
    Mistake(name="types of an operator", marked="INSERT INTO snk\nSELECT id, ¦v + ts FROM src\n", says="Cannot apply '+'"),
    Mistake(name="column that is not grouped", marked="INSERT INTO snk\nSELECT id, ¦v FROM src GROUP BY id\n", says="not being grouped"),
    Mistake(name="misspelt keyword", marked="INSERT INTO snk\nSELECT id, v\n¦FRM src\n", says="did you mean FROM instead of FRM?"),
    Mistake(name="reserved word", marked="INSERT INTO snk\nSELECT id, ¦value FROM src\n", says="value"),
    Mistake(name="sink type", marked="INSERT INTO snk\nSELECT\n    ¦v,\n    v\nFROM src\n", says="do not fit table 'snk'"),
    Mistake(
        name="sink type of the second column",
        marked="INSERT INTO snk\nSELECT id, ¦ts IS NULL AS x FROM src\n",
        says="do not fit table 'snk'",
    ),
    Mistake(name="number of sink columns", marked="INSERT INTO ¦snk\nSELECT id FROM src\n", says="do not fit table 'snk'"),
    Mistake(
        name="sink type in a set",
        marked="EXECUTE STATEMENT SET BEGIN\nINSERT INTO snk SELECT id, v FROM src;\nINSERT INTO other\nSELECT id,\n  ¦v FROM src;\nEND\n",
        says="do not fit table 'other'",
    ),
    Mistake(name="updates into a sink", marked="INSERT INTO ¦snk\nSELECT COUNT(*), v FROM src GROUP BY v\n", says="takes only new rows"),
    Mistake(
        name="updates into a model",
        marked="INSERT INTO snk\nSELECT c, content FROM ¦ML_PREDICT((SELECT COUNT(*) c, v FROM src GROUP BY v), MODEL m, DESCRIPTOR(v))\n",
        says="rows that never change",
    ),
    Mistake(
        name="type of a descriptor",
        marked="INSERT INTO snk\nSELECT id, content FROM ML_PREDICT(TABLE src, MODEL m, DESCRIPTOR(¦n))\n",
        says="INT",
    ),
    Mistake(
        name="unknown column of a descriptor",
        marked="INSERT INTO snk\nSELECT id, content\nFROM ML_PREDICT(TABLE src, MODEL m, DESCRIPTOR(¦zz))\n",
        says="'zz'",
    ),
    Mistake(
        name="setting of a call",
        marked="INSERT INTO snk\nSELECT id, content FROM ML_PREDICT(TABLE src, MODEL m, DESCRIPTOR(v), MAP['timeout', ¦'soon'])\n",
        says="'timeout'",
    ),
    Mistake(
        name="window over no time",
        marked="INSERT INTO snk\nSELECT 1, v\nFROM TABLE(TUMBLE(TABLE src, DESCRIPTOR(¦n), INTERVAL '1' MINUTE)) GROUP BY v, window_end\n",
        says="time",
    ),
    Mistake(
        name="option of a hint",
        marked="INSERT INTO snk\nSELECT id, v FROM src /*+ OPTIONS(¦'scan.startup.mod' = 'earliest-offset') */\n",
        says="Did you mean 'scan.startup.mode'?",
    ),
    Mistake(name="unknown connector", marked="CREATE TABLE t (id BIGINT)\nWITH ('connector' = ¦'kafkaa')\n", says="Did you mean 'kafka'?"),
    Mistake(name="unknown format", marked=f"CREATE TABLE t (id BIGINT)\nWITH ({_BAD_FORMAT})\n", says="'jsonn'"),
    Mistake(
        name="unknown option", marked=f"CREATE TABLE t (id BIGINT)\nWITH ({KAFKA}, ¦'sink.paralelism' = '2')\n", says="sink.parallelism"
    ),
    Mistake(
        name="missing option",
        marked="CREATE TABLE t (id BIGINT)\n¦WITH ('connector' = 'kafka', 'format' = 'json')\n",
        says="properties.bootstrap.servers",
    ),
    Mistake(
        name="value of an option",
        marked=f"CREATE TABLE t (id BIGINT)\nWITH ({KAFKA}, 'properties.group.id' = 'g',\n 'scan.startup.mode' = ¦'erliest')\n",
        says="scan.startup.mode",
    ),
    Mistake(
        name="model provider",
        marked="CREATE MODEL s INPUT (p STRING) OUTPUT (c STRING)\nWITH ('provider' = ¦'openia', 'endpoint' = 'x')\n",
        says="Did you mean 'openai'?",
    ),
    Mistake(
        name="value of a model's option",
        marked=CLOSURE["m"].replace("MODEL m", "MODEL s").replace("'x')", "'x',\n    'temperature' = ¦'hot')"),
        says="temperature",
    ),
    Mistake(
        name="endpoint of a model",
        marked=CLOSURE["m"]
        .replace("MODEL m", "MODEL s")
        .replace("'http://127.0.0.1:1/v1/chat/completions'", "¦'http://127.0.0.1:1/v1/nothing'"),
        says="endpoint",
    ),
    Mistake(
        name="output of a model",
        marked=CLOSURE["m"].replace("MODEL m", "MODEL s").replace("content STRING", "¦content INT"),
        says="should be STRING",
    ),
    Mistake(name="column that is there twice", marked=f"CREATE TABLE t (\n    id BIGINT,\n    ¦id STRING\n) WITH ({KAFKA})\n", says="id"),
    Mistake(
        name="watermark of no column",
        marked=f"CREATE TABLE t (id BIGINT, ts TIMESTAMP(3),\n    WATERMARK FOR ¦tt AS tt - INTERVAL '1' SECOND) WITH ({KAFKA})\n",
        says="tt",
    ),
    Mistake(name="unknown type", marked=f"CREATE TABLE t (\n    id ¦BIGINTT\n) WITH ({KAFKA})\n", says="BIGINTT"),
    Mistake(name="unknown column of a view", marked="CREATE VIEW w AS\nSELECT id,\n    ¦vv\nFROM src\n", says="'vv' not found"),
    Mistake(name="misspelt FROM", marked="INSERT INTO snk\nSELECT id, v ¦FORM src\n", says="did you mean FROM instead of FORM?"),
    Mistake(
        name="misspelt GROUP", marked="INSERT INTO snk SELECT 1, v FROM src\n¦GRUP BY v, id\n", says="did you mean GROUP instead of GRUP?"
    ),
    Mistake(
        name="misspelt JOIN",
        marked="INSERT INTO snk SELECT a.id, a.v FROM src a\n¦JION src b ON a.id = b.id\n",
        says="did you mean JOIN instead of JION?",
    ),
    Mistake(
        name="misspelt WHERE behind a join",
        marked="INSERT INTO snk SELECT a.id, a.v FROM src a JOIN src AS b ON a.id = b.id\n¦WHRE a.n > 1\n",
        says="did you mean WHERE instead of WHRE?",
    ),
    Mistake(
        name="misspelt AND",
        marked="INSERT INTO snk SELECT id, v FROM src WHERE n > 1\n  ¦ADN n < 5\n",
        says="did you mean AND instead of ADN?",
    ),
    Mistake(
        name="misspelt UNION",
        marked="INSERT INTO snk SELECT id, v FROM src\n¦UNOIN ALL SELECT id, v FROM src\n",
        says="did you mean UNION instead of UNOIN?",
    ),
    Mistake(
        name="misspelt FROM in the second INSERT of a set",
        marked="EXECUTE STATEMENT SET BEGIN\nINSERT INTO snk SELECT id, v FROM src;\nINSERT INTO other SELECT id, n ¦FRMO src;\nEND;\n",
        says="did you mean FROM instead of FRMO?",
    ),
    Mistake(
        name="misspelt WITH of a table", marked="CREATE TABLE t (id BIGINT)\n¦WTIH ('connector' = 'blackhole')\n", says="did you mean WITH"
    ),
    Mistake(
        name="comma before FROM",
        marked="INSERT INTO snk SELECT id,\n  v¦,\nFROM src\n",
        says="nothing follows this comma",
    ),
    Mistake(
        name="comma after the last column",
        marked="CREATE TABLE t (id BIGINT¦,\n) WITH ('connector' = 'blackhole')\n",
        says="remove the comma",
    ),
    Mistake(
        name="comma missing between columns", marked="INSERT INTO snk SELECT id v ¦n FROM src\n", says="a comma or an operator is missing"
    ),
    Mistake(
        name="comma missing between options",
        marked="CREATE TABLE t (id BIGINT) WITH ('connector' = 'datagen'\n  ¦'rows-per-second' = '1')\n",
        says="a comma is missing",
    ),
    Mistake(name="reserved word as an alias", marked="INSERT INTO snk SELECT id, v AS ¦end FROM src\n", says="goes in backticks: `end`"),
    Mistake(
        name="argument too many", marked="INSERT INTO snk SELECT id, SUBSTRING(v, 1, 2¦, 3) FROM src\n", says="takes no more arguments"
    ),
    Mistake(name="misspelt function", marked="INSERT INTO snk SELECT id, ¦CONCT(v, 'x') FROM src\n", says="Did you mean CONCAT?"),
    Mistake(
        name="misspelt type",
        marked="CREATE TABLE t (\n    tags ARRAY<¦STRIN>\n) WITH ('connector' = 'blackhole')\n",
        says="Did you mean STRING?",
    ),
    Mistake(name="misspelt type of a cast", marked="INSERT INTO snk SELECT id, CAST(n AS ¦STRNG) FROM src\n", says="Did you mean STRING?"),
    Mistake(
        name="updates of a join into a sink",
        marked="INSERT INTO ¦snk SELECT a.id, a.v FROM src a LEFT JOIN src b ON a.id = b.id\n",
        says="'connector' = 'upsert-kafka' with PRIMARY KEY",
    ),
    Mistake(
        name="updates into a sink of a set",
        marked="EXECUTE STATEMENT SET BEGIN\nINSERT INTO snk SELECT id, v FROM src;\n"
        "INSERT INTO ¦other SELECT COUNT(*), n FROM src GROUP BY n;\nEND;\n",
        says="takes only new rows",
    ),
    Mistake(
        name="lookup at processing time",
        marked="INSERT INTO snk SELECT a.id, b.v FROM src a\nJOIN keyed ¦FOR SYSTEM_TIME AS OF a.pt AS b ON a.id = b.id\n",
        says="Join at event time",
    ),
    Mistake(
        name="versions without a key",
        marked="INSERT INTO snk SELECT a.id, b.v FROM src a\nJOIN src ¦FOR SYSTEM_TIME AS OF a.ts AS b ON a.id = b.id\n",
        says="add PRIMARY KEY (...) NOT ENFORCED",
    ),
    Mistake(
        name="versions without a time",
        marked="INSERT INTO snk SELECT a.id, b.v FROM src a\nJOIN keyed ¦FOR SYSTEM_TIME AS OF a.ts AS b ON a.id = b.id\n",
        says="add a WATERMARK",
    ),
    Mistake(
        name="hop that does not divide its size",
        marked="INSERT INTO other SELECT COUNT(*), n\nFROM TABLE(¦HOP(TABLE src, DESCRIPTOR(ts), "
        "INTERVAL '7' SECOND, INTERVAL '1' MINUTE))\n"
        "GROUP BY n, window_start, window_end\n",
        says="integral multiple",
    ),
    Mistake(
        name="unknown column of a window",
        marked="INSERT INTO other SELECT COUNT(*), n\nFROM TABLE(TUMBLE(TABLE src, DESCRIPTOR(¦tt), INTERVAL '1' MINUTE))\n"
        "GROUP BY n, window_start, window_end\n",
        says="'tt'",
    ),
    Mistake(
        name="misspelt option hint",
        marked="INSERT INTO snk SELECT id, v FROM src /*+ ¦OPTION('scan.startup.mode' = 'earliest-offset') */\n",
        says="Did you mean 'OPTIONS'?",
    ),
    Mistake(
        name="hint of no alias",
        marked="INSERT INTO other SELECT /*+ STATE_TTL(¦'zz' = '1d') */ COUNT(*), n FROM src s GROUP BY n\n",
        says="no table or alias",
    ),
    Mistake(name="sort without end", marked="INSERT INTO snk SELECT id, v FROM src\n¦ORDER BY n\n", says="add LIMIT"),
    Mistake(name="overwriting", marked="INSERT ¦OVERWRITE snk SELECT id, v FROM src\n", says="write INSERT INTO"),
    Mistake(
        name="enforced key",
        marked=f"CREATE TABLE t (id BIGINT, ¦PRIMARY KEY (id)) WITH ({KAFKA})\n",
        says="write PRIMARY KEY (...) NOT ENFORCED",
    ),
    Mistake(
        name="watermark of text",
        marked="CREATE TABLE t (id BIGINT, ts STRING,\n  WATERMARK FOR ¦ts AS ts) WITH ('connector' = 'datagen')\n",
        says="event_time AS TO_TIMESTAMP(...)",
    ),
    Mistake(name="table without a connector", marked="CREATE TABLE ¦t (id BIGINT)\n", says="add WITH ('connector'"),
    Mistake(
        name="metadata that is not there",
        marked=f"CREATE TABLE t (id BIGINT, o BIGINT METADATA FROM ¦'ofset' VIRTUAL)\nWITH ({KAFKA}, 'properties.group.id' = 'g')\n",
        says="Did you mean 'offset'?",
    ),
    Mistake(
        name="values of an option are told",
        marked=f"CREATE TABLE t (id BIGINT)\nWITH ({KAFKA}, 'properties.group.id' = 'g',\n 'scan.startup.mode' = ¦'earliest')\n",
        says="It is one of earliest-offset, latest-offset",
    ),
    Mistake(
        name="two columns for one input",
        marked="INSERT INTO snk SELECT id, content FROM ML_PREDICT(TABLE src, MODEL m,\n  ¦DESCRIPTOR(v, n))\n",
        says="joined by CONCAT",
    ),
    Mistake(
        name="model without its word",
        marked="INSERT INTO snk SELECT id, content FROM ML_PREDICT(TABLE src, ¦mm, DESCRIPTOR(v))\n",
        says="write MODEL before it",
    ),
    Mistake(
        name="model with two outputs",
        marked="CREATE MODEL s INPUT (p STRING) ¦OUTPUT (a STRING, b DOUBLE)\nWITH ('provider' = 'openai', "
        "'endpoint' = 'http://127.0.0.1:1/v1/chat/completions', 'api-key' = 'k', 'model' = 'x')",
        says="by JSON_VALUE",
    ),
    Mistake(name="class of a function", marked="CREATE FUNCTION f AS ¦'com.example.Nothing'\n", says="com.example.Nothing was not found"),
    Mistake(
        name="jar of a function",
        marked="CREATE FUNCTION f AS 'com.example.Nothing' USING JAR ¦'file:///nowhere/f.jar'\n",
        says="/nowhere/f.jar was not found",
    ),
    Mistake(name="class that is no function", marked="CREATE FUNCTION f AS ¦'java.lang.String'\n", says="does not extend from"),
    Mistake(
        name="sink type by a list of columns",
        marked="INSERT INTO snk (v, id) SELECT v, ¦ts IS NULL FROM src\n",
        says="do not fit table 'snk'",
    ),
    Mistake(
        name="sink type behind a common table expression",
        marked="INSERT INTO snk WITH q AS (SELECT n, v FROM src)\nSELECT CAST(n AS BIGINT), ¦n FROM q WHERE n IS NULL\n",
        says="do not fit table 'snk'",
    ),
    Mistake(
        name="table where a value is expected",
        marked="INSERT INTO other SELECT COUNT(*), n\nFROM TABLE(¦TUMBEL(TABLE src, DESCRIPTOR(ts), INTERVAL '1' MINUTE))\n"
        "GROUP BY n, window_start\n",
        says="is the function's name right?",
    ),
    Mistake(
        name="object of another catalog",
        marked="INSERT INTO snk SELECT id, v FROM ¦lake.sales.t\n",
        says="describe this one by CREATE TABLE",
    ),
    Mistake(
        name="number of an interval without quotes",
        marked="INSERT INTO other SELECT COUNT(*), n\nFROM TABLE(TUMBLE(TABLE src, DESCRIPTOR(ts), ¦INTERVAL 1 MINUTE))\n"
        "GROUP BY n, window_start, window_end\n",
        says="write INTERVAL '1' MINUTE",
    ),
    Mistake(
        name="time of a window without its word",
        marked="INSERT INTO other SELECT COUNT(*), n\nFROM TABLE(TUMBLE(TABLE src, ¦ts, INTERVAL '1' MINUTE))\n"
        "GROUP BY n, window_start, window_end\n",
        says="write DESCRIPTOR(ts)",
    ),
    Mistake(name="case without its end", marked="INSERT INTO snk SELECT id, CASE WHEN n > 1 THEN v\n¦FROM src\n", says="has no END"),
    Mistake(
        name="queries of different widths",
        marked="INSERT INTO snk SELECT id, v FROM src\nUNION ALL SELECT ¦id, v, n FROM src\n",
        says="the same number of columns",
    ),
    Mistake(name="join without a condition", marked="INSERT INTO snk SELECT a.id, a.v FROM src a ¦JOIN src b\n", says="Add ON"),
    Mistake(
        name="join of the newest version as others have it",
        marked="INSERT INTO snk SELECT a.id, a.v FROM src a\n¦ASOF JOIN src b MATCH_CONDITION b.ts <= a.ts ON a.id = b.id\n",
        says="no ASOF JOIN",
    ),
    Mistake(name="emit of another system", marked="INSERT INTO snk SELECT id, v FROM src\n¦EMIT CHANGES\n", says="no EMIT CHANGES"),
    Mistake(name="grouping by all", marked="INSERT INTO other SELECT id, MAX(n) FROM src\n¦GROUP BY ALL\n", says="no GROUP BY ALL"),
    Mistake(name="all columns but some", marked="INSERT INTO snk SELECT ¦* EXCEPT (n, pt, ts) FROM src\n", says="name the columns"),
    Mistake(
        name="query with the word table",
        marked="INSERT INTO other SELECT COUNT(*), n\n"
        "FROM ¦TUMBLE(TABLE (SELECT * FROM src WHERE n > 0), DESCRIPTOR(ts), INTERVAL '1' MINUTE)\nGROUP BY n, window_start, window_end\n",
        says="without the word TABLE",
    ),
    Mistake(name="like without case", marked="INSERT INTO snk SELECT id, v FROM src\nWHERE ¦v ILIKE 'a%'\n", says="no ILIKE"),
    Mistake(
        name="two windows of OVER",
        marked="INSERT INTO other SELECT id,\n  SUM(n) OVER (PARTITION BY v ORDER BY ts) + SUM(n) ¦OVER (ORDER BY ts)\nFROM src\n",
        says="must be the same",
    ),
    Mistake(
        name="optional variable behind a greedy one",
        marked="INSERT INTO snk SELECT id, v FROM src MATCH_RECOGNIZE (PARTITION BY id ORDER BY ts MEASURES LAST(C.v) AS v\n"
        "¦PATTERN (A+ B*? C) DEFINE A AS A.n > 0, B AS B.n = 0, C AS C.n < 0)\n",
        says="make the greedy one reluctant",
    ),
    Mistake(
        name="part of a key after FOR SYSTEM_TIME",
        marked="INSERT INTO snk SELECT a.id, b.v FROM src a\nJOIN pair ¦FOR SYSTEM_TIME AS OF a.ts AS b ON a.id = b.id\n",
        says="the whole primary key",
    ),
    Mistake(
        name="updates into a sink with a parallelism of its own",
        marked="INSERT INTO shown /*+ OPTIONS(¦'sink.parallelism' = '1') */\nSELECT id, MAX(n) FROM src GROUP BY id\n",
        says="overtake each other",
    ),
    Mistake(
        name="format whose jar is missing",
        marked=f"CREATE TABLE t (id BIGINT)\nWITH ({_AVRO})\n",
        says="flink-sql-avro, in a version for this Flink, under `jars:`",
    ),
    Mistake(
        name="format of files whose jar is missing",
        marked="CREATE TABLE t (id BIGINT)\nWITH ('connector' = 'filesystem', 'path' = 'file:///nowhere', 'format' = ¦'parquet')\n",
        says="flink-sql-parquet, in a version for this Flink, under `jars:`",
    ),
    Mistake(
        name="sink that cannot be read either",
        marked=f"CREATE TABLE t (id BIGINT)\nWITH ({_KEYED}, 'sink.partitioner' = ¦'round-robin')\n",
        says="round-robin",
    ),
)
