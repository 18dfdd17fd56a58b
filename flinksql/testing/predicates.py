"""Conditions in SQL over the rows that came."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flinksql.errors import PermanentError
from flinksql.flink.gateway import RefusedError
from flinksql.sql.names import quoted
from flinksql.testing.changes import Change
from flinksql.testing.execution import Execution
from flinksql.testing.flink import SETTINGS
from flinksql.testing.replacement import Replaced, source
from flinksql.testing.tables import Table

ROWS = "rows_that_came"


def broken_rows(execution: Execution, sink: Replaced, rows: Sequence[Change], condition: str, folder: Path) -> list[dict[str, Any]]:
    """Return the rows for which a condition is not true. Raises PermanentError where Flink cannot evaluate it."""
    if not rows:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "rows.json"
    lines = (json.dumps(dict(one.row), default=str, ensure_ascii=False) for one in rows)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    table = Table(name=ROWS, columns=sink.table.columns)
    with execution.flink.client(execution.seconds).session() as session:
        try:
            for sql in source(table, {}, file, controlled=False).ddl:
                session.configure(sql)
            answer = session.execute(f"SELECT * FROM {quoted(ROWS)} WHERE ({condition}\n) IS NOT TRUE", SETTINGS)  # noqa: S608  # of the test's author
        except RefusedError as error:
            raise PermanentError(f"the condition {condition!r} is refused: {error}") from error
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
