"""What a run measured: shown at its end, and appended to the file that FLINK_REVIEWS_FAULT_TABLE names."""

import json
import os
from pathlib import Path

TABLE = "FLINK_REVIEWS_FAULT_TABLE"
MEASURED: list[dict[str, object]] = []


def note(what: str, **values: object) -> None:
    """Keep one row; numbers are rounded to tenths."""
    row: dict[str, object] = {"what": what} | {key: round(value, 1) if isinstance(value, float) else value for key, value in values.items()}
    MEASURED.append(row)
    table = os.environ.get(TABLE)
    if table:
        with Path(table).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
