"""Updates told apart from deletions and insertions, where a test asks for it.

What a sink's file holds of an update is the row before and the row after. The kinds are those of the INSERT's own query, run once more by
itself over the same rows; the rows stay those that the statement wrote.
"""

from collections.abc import Sequence
from dataclasses import replace

from flinksql.errors import JobFailedError, TransientError
from flinksql.flink.gateway import RefusedError
from flinksql.testing.changes import DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, Change
from flinksql.testing.execution import Execution, Prepared
from flinksql.testing.flink import SETTINGS
from flinksql.testing.inserts import inserts_of

_KINDS = {"INSERT": INSERT, "UPDATE_BEFORE": UPDATE_BEFORE, "UPDATE_AFTER": UPDATE_AFTER, "DELETE": DELETE}
_WRITTEN = {UPDATE_BEFORE: DELETE, UPDATE_AFTER: INSERT}


def with_kinds(execution: Execution, prepared: Prepared, table: str, changes: Sequence[Change]) -> list[Change]:
    """Return the changes with Flink's own kinds. Raises JobFailedError where they cannot be had."""
    sql = prepared.script.target.rendered.sql
    inserts = [one for one in inserts_of(sql) if one.table == table]
    if len(inserts) != 1:
        raise JobFailedError(f"{table} is written by {len(inserts)} INSERTs: write `+I` and `-D` in the test, or expect `final`")
    query = sql[inserts[0].start : inserts[0].end]
    settings = {**prepared.definition.options, **SETTINGS}
    with execution.session(prepared) as session:
        try:
            kinds = [_KINDS[kind] for kind in session.execute(query, settings).kinds]
        except (RefusedError, TransientError) as error:
            raise JobFailedError(f"the kinds of the changes of {table} cannot be had: {error}") from error
    if [_WRITTEN.get(kind, kind) for kind in kinds] != [one.kind for one in changes]:
        raise JobFailedError(
            f"the changes of {table} came in another order in two runs, so that their kinds are not known: expect `final`, "
            "or write `+I` and `-D`"
        )
    return [replace(one, kind=kind) for one, kind in zip(changes, kinds, strict=True)]
