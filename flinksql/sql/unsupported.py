"""Statements that a bundle cannot hold, each with the reason and what to write instead."""

from collections.abc import Mapping
from types import MappingProxyType

_SHOWS = "only shows something and leaves nothing behind: run it in a SQL client"
_QUERY = "a query alone sends its rows nowhere: write INSERT INTO a table of the bundle, or CREATE VIEW ... AS"
_CHANGE = "is not tracked: change the CREATE statement in its file, and `up` brings the change to Flink"
_ROWS = "changes rows in place, which a streaming job cannot do: write INSERT INTO"
_SESSION = "changes a session, and no session outlives its statement"
_PLAN = "keeps a plan in a file on the gateway's machine: write the INSERT itself"
_JAR = (
    "put the jar of a function into the bundle's folder and name it in CREATE FUNCTION ... USING JAR 'jars/udf.jar'; "
    "connectors and formats stand under `jars:` in bundle.yaml, by their Maven coordinates"
)
_SET = "write EXECUTE STATEMENT SET BEGIN INSERT ...; INSERT ...; END in one file: the other form spreads over several calls"

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "SELECT": _QUERY,
        "WITH": _QUERY,
        "VALUES": _QUERY,
        "TABLE": _QUERY,
        "(": _QUERY,
        "DROP": "DROP is what removing the file does: delete the file of the CREATE statement instead",
        "ALTER": f"ALTER {_CHANGE}",
        "SET": f"SET {_SESSION}: write the option in the header of the job's file, or under `options:` in bundle.yaml for all jobs",
        "RESET": f"RESET {_SESSION}: remove the line",
        "USE": f"USE {_SESSION}: leave it out, all objects of a bundle are in the default catalog and database",
        "ADD": f"ADD JAR {_SESSION}: {_JAR}",
        "REMOVE": "REMOVE JAR is not supported by the SQL Gateway: take the jar out of the CREATE FUNCTION that names it",
        "LOAD": f"LOAD MODULE {_SESSION}: remove the line, Flink's own functions are always there",
        "UNLOAD": f"UNLOAD MODULE {_SESSION}: remove the line, Flink's own functions are always there",
        "BEGIN": _SET,
        "STATEMENT": _SET,
        "END": "END belongs to EXECUTE STATEMENT SET BEGIN ... END, all in one file",
        "COMPILE": f"COMPILE PLAN {_PLAN}",
        "EXPLAIN": f"EXPLAIN {_SHOWS}",
        "SHOW": f"SHOW {_SHOWS}",
        "DESCRIBE": f"DESCRIBE {_SHOWS}",
        "DESC": f"DESC {_SHOWS}",
        "UPDATE": f"UPDATE {_ROWS}",
        "DELETE": f"DELETE {_ROWS}",
        "TRUNCATE": f"TRUNCATE {_ROWS}",
        "MERGE": f"MERGE {_ROWS}",
        "ANALYZE": "ANALYZE writes statistics into a catalog once, which cannot be tracked: run it in a SQL client",
        "REPLACE": "REPLACE TABLE ... AS makes a table and starts a job at once: write CREATE TABLE and INSERT INTO in two files",
        "COMMIT": "COMMIT ends a transaction, which Flink SQL does not have: remove it",
        "CALL": "CALL runs a procedure once, which cannot be tracked: run it in a SQL client",
        "STOP": "STOP JOB is what removing the file does: delete the file of the INSERT instead",
        "EXECUTE": "after EXECUTE only STATEMENT SET BEGIN ... END is possible: write a single INSERT without EXECUTE, and no plans",
    }
)

CREATE_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "CATALOG": "CREATE CATALOG lives in the session only: write it under `catalogs:` in bundle.yaml",
        "DATABASE": "CREATE DATABASE lives in the session only: keep the objects of a bundle in the default database",
        "MATERIALIZED": "CREATE MATERIALIZED TABLE starts a job of its own: write CREATE TABLE and INSERT INTO in two files",
        "CONNECTION": "CREATE CONNECTION is not known to Flink 2.1 to 2.3: put the options into the table",
    }
)

EXPECTED = "a statement begins with CREATE TABLE, CREATE VIEW, CREATE MODEL, CREATE FUNCTION, INSERT INTO or EXECUTE STATEMENT SET BEGIN"
OR_REPLACE = "CREATE OR REPLACE fails where the object exists, in spite of its name: write CREATE, replacing is what `up` does"
OR_ALTER = "CREATE OR ALTER is not known to Flink 2.1 to 2.3: write CREATE, changing is what `up` does"
IF_NOT_EXISTS = "IF NOT EXISTS silently keeps an old definition: leave it out, every session of a bundle starts empty"
TABLE_AS = "CREATE TABLE ... AS makes a table and starts a job at once: write CREATE TABLE and INSERT INTO in two files"
EXTERNAL = "is outside default_catalog.default_database: a bundle creates its objects there, write the name alone"
SEVERAL = "a file holds one statement, and this begins a second one: move it to a file of its own"
EMPTY = "the file holds no statement: write one or remove the file"
SET_BEGIN = "after EXECUTE STATEMENT comes SET BEGIN, the INSERTs and END"
UNFINISHED_SET = "each INSERT of a STATEMENT SET ends with `;`, and after the last one comes END"
NO_TARGET = "the name of a table is missing: write INSERT INTO, the table, and then the query"
NO_QUERY = "the query is missing or starts with a word that starts no query: write SELECT, WITH, VALUES or TABLE after the table"
NO_QUERY_OF_VIEW = "the query of a view is missing or starts with a word that starts no query: write SELECT, WITH, VALUES or TABLE after AS"
NO_TABLE_WORD = "{function} takes a table here, which the word TABLE says: write {function}(TABLE {name}, ...)"
EMPTY_SET = "this STATEMENT SET is empty: write INSERTs between BEGIN and END, each with `;` at its end"
HASH = "`#` begins no comment in Flink SQL: write `--`"
INTO = "after INSERT comes INTO or OVERWRITE, and then the table"
NO_FROM = "this query names columns and reads no table, so its FROM is missing: write FROM and the table after the last column"
NOT_UNDERSTOOD = (
    "this query could not be understood from here on, and no table that it reads was found: look for a missing comma, operator or FROM"
)
ENDS_BY_ITSELF = "this job reads no table, so it ends by itself: say so with the line `-- kind: bounded` at the top of the file"
PYTHON_FUNCTION = (
    "a Python function needs a Python with PyFlink beside every TaskManager, which this project's Flink does not have: "
    "write the function in Java (LANGUAGE JAVA USING JAR), or do it in SQL"
)
HEADER_OF_JOB = "is an option of jobs, and this statement creates a catalog object: remove the line"
