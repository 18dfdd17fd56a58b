"""How the planner is made to look at a statement without running it.

`CREATE` alone accepts unknown connectors, providers and options; they are found out when something is planned that uses the object.
EXPLAIN opens no connection, neither to Kafka nor to a model (measured on 2.1 and 2.2).
"""

import re
from collections.abc import Mapping

from flinksql.flink.gateway import GatewaySession, RefusedError
from flinksql.sql import ObjectKind, Reference, read_references, tokenise
from flinksql.statement import Kind
from flinksql.statements.script import Script

EXPLAIN = "EXPLAIN\n"
"""On a line of its own, so that columns stay what they are in the statement."""


def explain(session: GatewaySession, script: Script, configuration: Mapping[str, str] | None = None) -> str:
    """Return the planner's text on a job whose closure is defined in the session. Raises StatementError in the file that is wrong."""
    sql = EXPLAIN + _explainable(script.target.rendered.sql)
    return _plan(session, script, sql, lines_before=EXPLAIN.count("\n"), configuration=configuration)


EXPLAIN_OPERATORS = "EXPLAIN JSON_EXECUTION_PLAN\n"
"""Adds the stream graph: every operator that runs, with its neighbours and its parallelism."""


def explained_plan(session: GatewaySession, script: Script, configuration: Mapping[str, str]) -> str:
    """Return the planner's text on a job whose closure is defined in the session, operators included. Raises StatementError."""
    sql = EXPLAIN_OPERATORS + _explainable(script.target.rendered.sql)
    return _plan(session, script, sql, lines_before=EXPLAIN_OPERATORS.count("\n"), configuration=configuration)


def compile_plan(session: GatewaySession, script: Script, uri: str, configuration: Mapping[str, str]) -> None:
    """Have the planner write its account of a job to a file of the gateway's machine. Nothing runs. Raises StatementError."""
    head = f"COMPILE PLAN '{uri}' FOR\n"
    sql = head + _explainable(script.target.rendered.sql)
    _plan(session, script, sql, lines_before=head.count("\n"), configuration=configuration)


def prove(session: GatewaySession, script: Script, configuration: Mapping[str, str] | None = None) -> str:
    """Plan the script's target in a session in which its closure is defined; `configuration` is that of a job's submission.

    Returns the planner's text on a job, nothing of a catalog object. Raises StatementError in the file that is wrong.
    """
    target = script.target
    if target.statement.kind is not Kind.CATALOG_OBJECT:
        return explain(session, script, configuration)
    script.define(session, target)
    created = read_references(target.rendered).creates
    if created is not None:
        _prove_created(session, script, created)
    return ""


def _prove_created(session: GatewaySession, script: Script, created: Reference) -> None:
    name = _quoted(created)
    match created.kind:
        case ObjectKind.MODEL:
            _plan_lines_of_ours(session, script, _prediction(session, name))
        case ObjectKind.TABLE:
            _prove_table(session, script, name)
        case ObjectKind.VIEW:
            _plan_lines_of_ours(session, script, _everything_of(name))
        case ObjectKind.FUNCTION:
            _prove_function(session, script, name)


def _prove_function(session: GatewaySession, script: Script, name: str) -> None:
    """Plan a call of a function without arguments as a table, for which its class is loaded and nothing of it is run.

    That the call does not fit is no fault of the function: the jobs that call it know its arguments.
    """
    try:
        session.execute(f"{EXPLAIN}{_SELECT_ALL_FROM}LATERAL TABLE({name}())")
    except RefusedError as error:
        if _NO_FUNCTION.search(error.problem.message):
            raise script.explained(error, script.target, lines_before=_NO_LINE_IS_THEIRS) from error


def _prove_table(session: GatewaySession, script: Script, name: str) -> None:
    """Plan reading the table or, where that is refused, writing it: many a table is only a sink.

    A Kafka table without a group id cannot be read and can be written; that it is read all the same is found out by the job that does.
    """
    try:
        session.execute(EXPLAIN + _everything_of(name))
    except RefusedError as unreadable:
        try:
            session.execute(EXPLAIN + _insertion(session, name))
        except RefusedError as unwritable:
            error = unwritable if _ONLY_A_SINK.search(unreadable.problem.message) else unreadable
            raise script.explained(error, script.target, lines_before=_NO_LINE_IS_THEIRS) from error
        if _WRONG_TO_READ.search(unreadable.problem.message):
            raise script.explained(unreadable, script.target, lines_before=_NO_LINE_IS_THEIRS) from unreadable


_WRONG_TO_READ = re.compile(r"\Athere is no metadata|\A'scan\.startup\.")
"""What is wrong with a table whether or not somebody reads it: a writer does not plan its virtual columns, nor where a reader begins."""
_NO_FUNCTION = re.compile(r"\AJava class \S+ was not found|\Ajar resource|does not extend from|\ACannot instantiate")
_ONLY_A_SINK = re.compile(r"can only be used as a sink|group\.id is required when using committed offset")
"""Why a table cannot be read that is meant to be written: that is no mistake, so the mistake is the other one."""
_SELECT_ALL_FROM = "SELECT * FROM "
_INSERT_INTO = "INSERT INTO "
_SELECT = " SELECT "

_NO_LINE_IS_THEIRS = 1_000_000
"""Positions in SQL that we made mean nothing in the file: more lines before than any position can have."""


def _plan_lines_of_ours(session: GatewaySession, script: Script, sql: str) -> None:
    _plan(session, script, EXPLAIN + sql, lines_before=_NO_LINE_IS_THEIRS)


def _plan(session: GatewaySession, script: Script, sql: str, *, lines_before: int, configuration: Mapping[str, str] | None = None) -> str:
    try:
        rows = session.execute(sql, configuration).rows
    except RefusedError as error:
        raise script.explained(error, script.target, lines_before=lines_before) from error
    return "\n".join(str(field) for row in rows for field in row)


def _explainable(sql: str) -> str:
    """Return the statement as EXPLAIN takes it: without the EXECUTE of a statement set, every other character in its place."""
    first = tokenise(sql).tokens[0]
    if not first.is_word("EXECUTE"):
        return sql
    return sql[: first.start] + " " * (first.end - first.start) + sql[first.end :]


def _prediction(session: GatewaySession, name: str) -> str:
    """Return a query that gives the model one row of NULLs of its own input types."""
    columns = session.execute(f"DESCRIBE MODEL {name}")
    inputs = [(str(row[0]), str(row[1])) for row in columns.rows if row[-1] is True]
    casts = ", ".join(f"CAST(NULL AS {kind}) AS {_escaped(column)}" for column, kind in inputs)
    descriptor = ", ".join(_escaped(column) for column, _ in inputs)
    return _everything_of(f"ML_PREDICT((SELECT {casts}), MODEL {name}, DESCRIPTOR({descriptor}))")


def _insertion(session: GatewaySession, name: str) -> str:
    """Return an INSERT of one row of NULLs into the columns that can be written."""
    described = session.execute(f"DESCRIBE {name}")
    extras = described.columns.index("extras") if "extras" in described.columns else None
    written = [row for row in described.rows if extras is None or not _computed(str(row[extras] or ""))]
    casts = ", ".join(f"CAST(NULL AS {row[1]})" for row in written)
    return _INSERT_INTO + name + _SELECT + casts


def _everything_of(source: str) -> str:
    return _SELECT_ALL_FROM + source


def _computed(extras: str) -> bool:
    return extras.startswith("AS ") or extras.endswith("VIRTUAL")


def _quoted(created: Reference) -> str:
    return ".".join(_escaped(part) for part in (*created.name.path, created.name.name))


def _escaped(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
