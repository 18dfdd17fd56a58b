"""The columns of a row type, in the two forms in which compiled plans write one.

A type whose text says everything stands as that text: ``ROW<`a` INT, `b` ARRAY<STRING>> NOT NULL``. One that holds a time attribute stands
as an object with `fields`. A type has no comparisons, so brackets can be counted.
"""

import re
from collections.abc import Mapping

from flinksql.statements.compatibility.errors import PlanError

_NAME = re.compile(r"`((?:[^`]|``)*)` ")
_QUOTED = re.compile(r"'(?:[^']|'')*'|`(?:[^`]|``)*`")
_START = "ROW<"


def columns_of(kind: object) -> list[tuple[str, object]]:
    """Return the name and type of each column. Raises PlanError for anything that is no row type."""
    if isinstance(kind, Mapping) and kind.get("type") == "ROW" and isinstance(kind.get("fields"), list):
        try:
            return [(str(field["name"]), field["fieldType"]) for field in kind["fields"]]
        except (KeyError, TypeError) as error:
            raise PlanError("a row type of Flink's compiled plan has an unknown shape") from error
    if not isinstance(kind, str) or not kind.startswith(_START):
        raise PlanError("an operator of Flink's compiled plan has no row type")
    found: list[tuple[str, object]] = []
    place = len(_START)
    while not kind.startswith(">", place):
        name = _NAME.match(kind, place)
        if name is None:
            raise PlanError("a row type of Flink's compiled plan is not understood")
        end = _end(kind, name.end())
        found.append((name[1].replace("``", "`"), kind[name.end() : end]))
        place = end + 2 if kind.startswith(", ", end) else end
    return found


def _end(kind: str, start: int) -> int:
    """Return where the type ends that begins at `start`: at a comma or at the bracket that closes the row."""
    depth = 0
    place = start
    while place < len(kind):
        quoted = _QUOTED.match(kind, place)
        if quoted:
            place = quoted.end()
            continue
        if depth == 0 and kind[place] in ",>":
            return place
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(kind[place], 0)
        place += 1
    raise PlanError("a row type of Flink's compiled plan does not end")
