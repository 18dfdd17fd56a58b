"""The planner's own account of a job, which `COMPILE PLAN` writes to a file where the SQL Gateway runs, and how it comes back from there.

Two ways. In a folder that this machine shares with the gateway the file is read and removed. From any other gateway it is read by the
gateway itself: a query over the file that runs within the gateway's process (`execution.target: local`), not on the cluster. The file holds
no option of a table or model and so no key (`table.plan.compile.catalog-objects`), and it is emptied when it was read.
"""

import uuid
from collections.abc import Mapping
from pathlib import Path

from flinksql.errors import FlinkSqlError, PermanentError, StatementError
from flinksql.flink.gateway import GatewaySession
from flinksql.statements.compatibility import PlanError
from flinksql.statements.proof import compile_plan
from flinksql.statements.script import Script

CATALOG_OBJECTS = "table.plan.compile.catalog-objects"
WITHOUT_OPTIONS = "SCHEMA"
"""Names and columns of tables and models; their options, and so the keys in them, are left out."""
_REMOTE_FOLDER = "/tmp/flinksql-plans"  # noqa: S108 - a folder of the gateway's own machine, a name of its own for each file
_IN_THE_GATEWAY = {"execution.target": "local", "execution.runtime-mode": "batch", "parallelism.default": "1"}
_FILE = "plan.json"
_LINES_OF = "SELECT line FROM "
_OVERWRITE = "INSERT OVERWRITE "
_NO_LINE = " WHERE line = ''"


def compiled_plan(session: GatewaySession, script: Script, configuration: Mapping[str, str], folder: Path | None) -> str:
    """Return what COMPILE PLAN wrote about a job whose closure is defined in the session. `folder` is shared with the gateway, if any is.

    Raises PlanError when the file cannot be had, StatementError in the file that is wrong, or TransientError.
    """
    configuration = {**configuration, CATALOG_OBJECTS: WITHOUT_OPTIONS}
    name = uuid.uuid4().hex
    if folder is None:
        return _through_gateway(session, script, configuration, name)
    path = folder / name / _FILE
    try:
        _compiled(session, script, f"file://{path}".replace("'", "''"), configuration)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanError(f"the SQL Gateway compiled the plan, and the file cannot be read from here: {error.strerror}") from error
    finally:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            path.parent.rmdir()


def _through_gateway(session: GatewaySession, script: Script, configuration: Mapping[str, str], name: str) -> str:
    folder = f"file://{_REMOTE_FOLDER}/{name}"
    _compiled(session, script, f"{folder}/{_FILE}", configuration)
    table = f"`flinksql plan {name}`"
    lines = _LINES_OF + table
    options = f"'connector' = 'filesystem', 'path' = '{folder}', 'format' = 'raw', 'source.path.regex-pattern' = '.*/{_FILE}'"
    try:
        session.configure(f"CREATE TEMPORARY TABLE {table} (line STRING) WITH ({options})")
        rows = session.execute(lines, _IN_THE_GATEWAY).rows
    except PermanentError as error:
        raise PlanError(f"the SQL Gateway compiled the plan, and cannot read it back: {error}") from error
    finally:
        _emptied(session, _OVERWRITE + table + " " + lines + _NO_LINE)
    return "\n".join(str(row[0]) for row in rows)


def _compiled(session: GatewaySession, script: Script, uri: str, configuration: Mapping[str, str]) -> None:
    try:
        compile_plan(session, script, uri, configuration)
    except StatementError as error:
        # What EXPLAIN took cannot be wrong in itself: some operators only cannot be compiled.
        raise PlanError(f"Flink cannot compile this job's plan: {error.problem}") from error


def _emptied(session: GatewaySession, overwriting: str) -> None:
    """Leave nothing of the plan in the file. Trouble is ignored: what it holds is no secret, and the gateway's folder goes with it."""
    try:
        session.execute(overwriting, _IN_THE_GATEWAY)
    except FlinkSqlError:
        return
