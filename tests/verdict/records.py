"""The records that trials send, and what is made of the records that come out."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

BEFORE = range(1, 7)
AFTER = range(7, 13)
ELSEWHERE = range(101, 107)
"""Sent to another topic at the time of `AFTER`."""
OPENING = -30
"""Opens a window that is over with `BEFORE`: its result tells that those were taken in."""
CLOSING = 600
"""Closes the windows of all others."""
OTHERS = "z"
"""The key of records that only move the time."""


def record(number: int) -> bytes:
    """Return the record of a number: `v` is the number, `w` ten times that, its key `a` if odd, else `b`, its time counts seconds."""
    minutes, seconds = divmod(number + 3600, 60)
    hours, minutes = divmod(minutes, 60)
    key = OTHERS if number in {OPENING, CLOSING} else "ba"[number % 2]
    time = f"2026-01-01 {hours:02}:{minutes:02}:{seconds:02}"
    more = {"t": f"t{number}", "u": f"u{number}", "tags": [key, f"n{number}"], "r": {"c": key, "d": number}}
    return json.dumps({"id": number, "k": key, "v": number, "w": 10 * number, "ts": time, **more}).encode()


def ids_of(values: Iterable[bytes]) -> Counter[int]:
    """Count each id in rows as they are, or as Debezium has them."""
    rows = (_json(value) for value in values)
    return Counter(int(str(row.get("after", row)["id"])) for row in rows)  # type: ignore[index]


def totals_of(values: Iterable[bytes]) -> dict[str, int]:
    """Return the last total of each key, with the end of its window where there is one: `a` or `a 00:20`."""
    found: dict[str, int] = {}
    for row in map(_json, values):
        if row and row["k"] != OTHERS:
            end = f" {str(row['ends'])[14:19]}" if "ends" in row else ""
            found[f"{row['k']}{end}"] = int(str(row["total"]))
    return found


def sums(numbers: Sequence[int], suffix: str = "") -> dict[str, int]:
    """Return the sum of the values of each key."""
    return {
        f"a{suffix}": sum(number for number in numbers if number % 2),
        f"b{suffix}": sum(number for number in numbers if not number % 2),
    }


def _json(value: bytes) -> Mapping[str, object]:
    try:
        row = json.loads(value or b"{}")
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}
