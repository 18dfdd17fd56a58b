"""The whole comment, no longer than a forge takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.comment.plan import Plan
from console.comment.sections import Limits, changes, evaluation, files, forecasts, headline, log_of, problems, tests
from console.comment.sql_diff import FileDiff

MOST = 60_000
"""Characters of a comment. GitHub refuses one above 65,536, and counts some twice."""
_SHRINK = (1.0, 0.5, 0.25, 0.1, 0.02)
_FILE_NAMES = 4_000
"""Characters kept for the names of files that do not fit."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a comment is made of. `tests` and `evaluation` are None where none was given; `log` is the preview's standard error."""

    stack: str
    plan: Plan
    log: str = ""
    tests: Sequence[Mapping[str, Any]] | None = None
    evaluation: Mapping[str, Any] | None = None
    diffs: Sequence[FileDiff] = field(default=())


def marker(stack: str) -> str:
    """Return the line, hidden in the comment, by which a later run finds the comment to replace."""
    safe = "".join(letter for letter in stack if letter.isalnum() or letter in "._-")
    return f"<!-- console comment: {safe} -->"


def render(material: Material, most: int = MOST) -> str:
    """Return the comment as Markdown, at most `most` characters: long lists, texts and diffs are cut, and what was cut is named."""
    text = ""
    for factor in _SHRINK:
        text = _without_files(material, Limits().shrunk(factor))
        if len(text) + _FILE_NAMES <= most:
            break
    shown = files(material.diffs, max(0, most - len(text) - _FILE_NAMES))
    whole = f"{text}\n\n{shown}\n" if shown and len(text) + len(shown) + 3 <= most else f"{text}\n"
    return whole if len(whole) <= most else f"{marker(material.stack)}\n{headline(material.stack, material.plan)}\n"


def _without_files(material: Material, limits: Limits) -> str:
    plan = material.plan
    parts = [
        f"{marker(material.stack)}\n{headline(material.stack, plan)}",
        "" if plan.ended else log_of(material.log, limits),
        problems(material.stack, plan, limits),
        changes(plan, limits),
        forecasts(plan),
        "" if material.tests is None else tests(material.tests, limits),
        "" if material.evaluation is None else evaluation(material.evaluation),
    ]
    return "\n\n".join(part for part in parts if part)
