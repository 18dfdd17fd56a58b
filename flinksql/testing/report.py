"""Outcomes as people read them: each difference at its place in the test's file, with the nearest row beside it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flinksql.testing.running import Finding, Outcome

_INDENT = "    "
_WIDEST = 60
"""Characters of a value in a table; a longer one is told below it, around the place where the two part."""
_AROUND = 20


def describe(outcome: Outcome) -> list[str]:
    """Return the lines that say what is wrong with a test; none for one that passed."""
    lines: list[str] = []
    for finding in outcome.findings:
        place = str(finding.position)
        lines.append(finding.message if finding.message.startswith(place) else f"{place}: {finding.message}")
        lines += [_INDENT + line for line in _difference(finding)]
    return lines


def summary(outcomes: Sequence[Outcome], seconds: float) -> str:
    """Return how many tests ended how, in one line."""
    counts = {verdict: sum(one.verdict == verdict for one in outcomes) for verdict in ("passed", "failed", "broken")}
    parts = [f"{count} {verdict}" for verdict, count in counts.items() if count or verdict == "passed"]
    return f"{', '.join(parts)} in {seconds:.1f} s"


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome for scripts."""
    return {
        "test": outcome.test.id,
        "file": outcome.test.shown,
        "line": outcome.test.position().line,
        "statements": list(outcome.statements),
        "verdict": str(outcome.verdict),
        "seconds": round(outcome.seconds, 3),
        "findings": [
            {
                "file": one.position.file,
                "line": one.position.line,
                "column": one.position.column,
                "table": one.table,
                "message": one.message,
                "expected": one.difference.expected if one.difference else None,
                "came": one.difference.came if one.difference else None,
            }
            for one in outcome.findings
        ],
    }


def row_text(row: Mapping[str, Any]) -> str:
    """Return a row in one line."""
    return json.dumps(dict(row), ensure_ascii=False, default=str)


def _difference(finding: Finding) -> list[str]:
    one = finding.difference
    if one is None:
        return []
    if one.columns:
        return [*_table(one.columns), *_partings(one.columns), f"came: {row_text(one.came or {})}"]
    lines = [f"- {row_text(one.expected)}"] if one.expected is not None else []
    return [*lines, *([f"+ {row_text(one.came)}"] if one.came is not None else [])]


def _table(columns: Mapping[str, tuple[Any, Any]]) -> list[str]:
    rows = [("column", "expected", "came")]
    rows += [(name, _short(expected), _short(came)) for name, (expected, came) in columns.items()]
    widths = [max(len(row[index]) for row in rows) for index in range(2)]
    return [f"{name:<{widths[0]}}  {expected:<{widths[1]}}  {came}" for name, expected, came in rows]


def _partings(columns: Mapping[str, tuple[Any, Any]]) -> list[str]:
    """Return, for long values, the texts around the first place where they differ."""
    lines: list[str] = []
    for name, (expected, came) in columns.items():
        first, second = _text(expected), _text(came)
        if max(len(first), len(second)) <= _WIDEST:
            continue
        place = next((index for index, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
        begin = max(0, place - _AROUND)
        part = slice(begin, place + _AROUND)
        lines.append(f"{name} differs at character {place + 1}: {first[part]!r} expected, {second[part]!r} came")
    return lines


def _short(value: object) -> str:
    text = _text(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
