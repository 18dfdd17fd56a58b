"""Statements with one mistake each, and where it is.

`¦` stands before the place that a message must name; it is taken out before the statement is used. All share one small closure.
"""

from dataclasses import dataclass

from flinksql.statement import Definition, Kind, Statement

MARK = "¦"
KAFKA = "'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = '127.0.0.1:1', 'format' = 'json'"
_BAD_FORMAT = KAFKA.replace("'json'", f"{MARK}'jsonn'")
CLOSURE = {
    "src": f"""CREATE TABLE src (
    id BIGINT, v STRING, n INT, pt AS PROCTIME(), ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ({KAFKA}, 'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset')""",
    "snk": f"CREATE TABLE snk (id BIGINT, v STRING) WITH ({KAFKA})",
    "other": f"CREATE TABLE other (id BIGINT, n INT) WITH ({KAFKA})",
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
    Mistake(name="updates into a sink", marked="INSERT INTO ¦snk\nSELECT COUNT(*), v FROM src GROUP BY v\n", says="update"),
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
)
