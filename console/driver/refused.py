"""What a preview refuses, statement by statement: the engine tells it as one error of the program."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from platforms.run_watch import Problem

_PLACE = re.compile(r"(?P<file>[^\s:][^\n:]*):\d+:\d+: ")
_STATE = re.compile(r"does not keep its state: (?P<verdict>.+?)\.\n  If that is meant, ", re.DOTALL)


def refusals_in(text: str, statements: Collection[str]) -> list[Problem]:
    """Return the refusals of an error of the program. Each begins with its place, and its other lines are indented.

    A refusal belongs to the statement that is called as its file is, if there is one.
    """
    parts: list[list[str]] = []
    for line in text.splitlines():
        if not parts or (_PLACE.match(line) and _PLACE.match(parts[-1][0])):
            parts.append([])
        parts[-1].append(line)
    return [_refused("\n".join(lines), statements) for lines in parts]


def begins_with_its_file(problem: Problem) -> bool:
    """Return whether a message begins with its place, in a file that is called as what the problem is of."""
    place = _PLACE.match(problem.message)
    return place is not None and PurePosixPath(place["file"]).stem == problem.resource


def _refused(text: str, statements: Collection[str]) -> Problem:
    place, state = _PLACE.match(text), _STATE.search(text)
    name = PurePosixPath(place["file"]).stem if place else ""
    return Problem(message=text, resource=name if name in statements else "", verdict=state["verdict"] if state else "")
