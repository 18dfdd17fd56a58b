"""What is wrong with SQL files: found by reading, or by the planner, whose answers were recorded from a real gateway."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from components.endpoints import embedded_endpoints
from components.parameters import load_bundle
from flinksql.errors import BundleError, StatementError
from flinksql.statements.proof import prove
from flinksql.statements.script import script_of
from settings import parse_settings
from tests.cases.errors import MISTAKES
from tests.messages.message import Message
from tests.support.recording import ReplayedSession
from tests.verdict.record import CASES

ANY = "any"
KAFKA = "'connector' = 'kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}', 'format' = 'json'"
TABLES = {
    "trips": f"CREATE TABLE trips (city STRING, fare INT) WITH ({KAFKA.format(topic='trips')}, 'scan.startup.mode' = 'earliest-offset')",
    "sink": "CREATE TABLE sink (c STRING) WITH ('connector' = 'blackhole')",
}
FILES: Mapping[str, Mapping[str, str]] = {
    "misspelt FROM": {"a": "INSERT INTO sink SELECT city FORM trips"},
    "FROM is missing": {"a": "INSERT INTO sink SELECT city trips"},
    "SELECT is missing": {"a": "INSERT INTO sink city FROM trips"},
    "misspelt SELECT": {"a": "INSERT INTO sink SELEC city FROM trips"},
    "the table to write to is missing": {"a": "INSERT INTO SELECT city FROM trips"},
    "misspelt INTO": {"a": "INSERT INOT sink SELECT city FROM trips"},
    "misspelt TABLE": {"a": "CREATE TABEL a (b INT)"},
    "misspelt END": {"a": "EXECUTE STATEMENT SET BEGIN INSERT INTO sink SELECT city FROM trips; EDN;"},
    "misspelt GROUP": {"a": "INSERT INTO sink SELECT city FROM trips GRUP BY city, fare"},
    "job that ends by itself": {"a": "INSERT INTO sink VALUES ('a')"},
    "unknown table": {"a": "INSERT INTO sink SELECT city FROM tripz"},
    "case of a table's name": {"a": "INSERT INTO sink SELECT city FROM Trips"},
    "unknown model": {"a": "INSERT INTO sink SELECT b FROM ML_PREDICT(TABLE trips, MODEL m, DESCRIPTOR(city))"},
    "cycle of views": {"v": "CREATE VIEW v AS SELECT * FROM w", "w": "CREATE VIEW w AS SELECT * FROM v"},
    "created twice": {"a": "CREATE TABLE trips (a INT) WITH ('connector' = 'print')"},
    "a view is written to": {"v": "CREATE VIEW v AS SELECT city FROM trips", "a": "INSERT INTO v SELECT city FROM trips"},
    "two statements": {"a": "INSERT INTO sink SELECT city FROM trips;\nINSERT INTO sink SELECT city FROM trips;"},
    "empty file": {"a": "-- nothing"},
    "SET": {"a": "SET 'table.exec.state.ttl' = '1 h'"},
    "ADD JAR": {"a": "ADD JAR '/x.jar'"},
    "CREATE CATALOG": {"a": "CREATE CATALOG lake WITH ('type' = 'generic_in_memory')"},
    "SELECT alone": {"a": "SELECT city FROM trips"},
    "DROP": {"a": "DROP TABLE trips"},
    "BEGIN STATEMENT SET": {"a": "BEGIN STATEMENT SET; INSERT INTO sink SELECT city FROM trips; END;"},
    "IF NOT EXISTS": {"a": "CREATE TABLE IF NOT EXISTS a (b INT)"},
    "OR REPLACE": {"a": "CREATE OR REPLACE TABLE a (b INT)"},
    "CREATE TABLE AS": {"a": "CREATE TABLE a WITH ('connector' = 'print') AS SELECT city FROM trips"},
    "Python function": {"f": "CREATE FUNCTION f AS 'm.f' LANGUAGE PYTHON"},
    "double quotes": {"a": 'INSERT INTO sink SELECT "city" FROM trips'},
    "no-break space": {"a": "INSERT INTO sink SELECT\u00a0city FROM trips"},
    "zero-width space": {"a": "INSERT INTO sink SELECT \u200bcity FROM trips"},
    "full-width comma": {"a": "INSERT INTO sink SELECT CONCAT(city\uff0c'x') FROM trips"},
    "typographic quotes": {"a": "INSERT INTO sink SELECT city FROM trips WHERE city = \u2018x\u2019"},
    "text without its end": {"a": "INSERT INTO sink SELECT 'it\\'s' FROM trips"},
    "comment without its end": {"a": "INSERT INTO sink SELECT city /* all FROM trips"},
    "parenthesis without its end": {"a": "INSERT INTO sink SELECT CONCAT(city, 'x' FROM trips"},
    "unknown parameter": {"a": "CREATE TABLE a (b INT) WITH ('connector' = '${conector}')"},
    "unknown secret": {"a": "CREATE TABLE a (b INT) WITH ('connector' = 'print', 'k' = '${secret:TOKEN}')"},
    "malformed option": {"a": "CREATE TABLE a (b INT) WITH (connector = 'print')"},
    "misspelt header": {"a": "-- paralelism: 2\nINSERT INTO sink SELECT city FROM trips"},
    "value of a header": {"a": "-- parallelism: many\nINSERT INTO sink SELECT city FROM trips"},
    "misspelt option of Flink": {"a": "-- table.exec.state.tll: 1 h\nINSERT INTO sink SELECT city FROM trips"},
    "option of the platform": {"a": "-- execution.runtime-mode: batch\nINSERT INTO sink SELECT city FROM trips"},
    "option in a block comment": {"a": "/* parallelism: 2 */ INSERT INTO sink SELECT city FROM trips"},
    "topics that collide": {
        "a": f"CREATE TABLE a (b INT) WITH ({KAFKA.format(topic='x.y')})",
        "b": f"CREATE TABLE b (b INT) WITH ({KAFKA.format(topic='x_y')})",
    },
    "name of a topic": {"a": f"CREATE TABLE a (b INT) WITH ({KAFKA.format(topic='no topic!')})"},
    "source without a group": {
        "b": f"CREATE TABLE b (c STRING) WITH ({KAFKA.format(topic='x')})",
        "a": "INSERT INTO sink SELECT c FROM b",
    },
    "metadata that is not there": {"a": f"CREATE TABLE a (o BIGINT METADATA FROM 'ofset') WITH ({KAFKA.format(topic='x')})"},
}


def read() -> Iterator[Message]:
    """Return the message for each bundle that is wrong, as the program tells it before the first resource."""
    settings = parse_settings({"ports.sqlGateway": "1024"})
    for situation, files in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**TABLES, **files}.items():
                (Path(folder) / f"{name}.sql").write_text(text, encoding="utf-8")
            try:
                load_bundle(settings, embedded_endpoints(settings), Path(folder))
            except BundleError as error:
                yield Message(situation=situation, command="preview, up", platform=ANY, text=str(error))


def planned() -> Iterator[Message]:
    """Return the message for each statement that the planner refuses."""
    recorded = json.loads((CASES / "errors" / "recorded-2.2.json").read_text(encoding="utf-8"))
    for mistake in MISTAKES:
        script = script_of(mistake.definition, {})
        session = ReplayedSession(recorded[mistake.name])
        try:
            script.replay(session)
            prove(session, script)
        except StatementError as error:
            yield Message(situation=mistake.name, command="preview, up", platform=ANY, text=str(error))
