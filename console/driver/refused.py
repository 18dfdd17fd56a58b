"""What a preview refuses, statement by statement: the engine tells it as one error of the program."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

from platforms.run_watch import Problem

_PLACE = re.compile(r"(?P<file>[^\s:][^\n:]*):\d+:\d+: ")
_STATE = re.compile(r"does not keep its state: (?P<verdict>.+?)\.\n  If that is meant, ", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """One refusal. `verdict` is what would become of the job's state, where that is why."""

    problem: Problem
    verdict: str = ""


def refusals_in(text: str, statements: Collection[str]) -> list[Refused]:
    """Return the refusals of an error of the program. Each begins with its place, and its other lines are indented.

    A refusal belongs to the statement that is called as its file is, if there is one.
    """
    parts: list[list[str]] = []
    for line in text.splitlines():
        if not parts or (_PLACE.match(line) and _PLACE.match(parts[-1][0])):
            parts.append([])
        parts[-1].append(line)
    return [_refused("\n".join(lines), statements) for lines in parts]


def _refused(text: str, statements: Collection[str]) -> Refused:
    place, state = _PLACE.match(text), _STATE.search(text)
    name = PurePosixPath(place["file"]).stem if place else ""
    problem = Problem(message=text, resource=name if name in statements else "")
    return Refused(problem=problem, verdict=state["verdict"] if state else "")
