"""The result of a check, on the screen and for scripts."""

import json
from typing import Any

from console.screen import Screen
from flinksql.data_checks import Result, Verdict

_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.UNKNOWN: "bold yellow"}


def show_result(screen: Screen, result: Result) -> None:
    """Write how a check ended; of one that failed, its meaning and the first rows."""
    screen.out.print(line_of(result), style=_STYLES[result.verdict], highlight=False, soft_wrap=True, markup=False)
    lines: list[str] = []
    if result.verdict is not Verdict.PASSED:
        lines += [f"{result.check.position}: {result.reason or result.check.meaning or 'the query gave rows'}"]
    lines += [json.dumps(row, ensure_ascii=False, default=str) for row in result.shown]
    if result.rows and len(result.shown) < result.rows:
        lines.append(f"... and {result.rows - len(result.shown):,} more")
    for line in lines:
        screen.out.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)


def line_of(result: Result) -> str:
    """Return a result in one line."""
    parts = [f"{result.verdict} {result.check.name}"]
    if result.rows:
        parts.append(f"{'at least ' if result.at_least else ''}{result.rows:,} {'row' if result.rows == 1 else 'rows'}")
    if result.read is not None:
        parts.append(f"{result.read:,} records read")
    return f"{parts[0]} ({', '.join([*parts[1:], f'{result.seconds:.1f} s'])})"


def as_json(result: Result) -> dict[str, Any]:
    """Return a result for scripts."""
    position = result.check.position
    return {
        "check": result.check.name,
        "file": position.file,
        "line": position.line,
        "verdict": str(result.verdict),
        "at": result.at,
        "seconds": round(result.seconds, 3),
        "rows": result.rows,
        "atLeast": result.at_least,
        "recordsRead": result.read,
        "reason": result.reason,
        "shown": list(result.shown),
    }
