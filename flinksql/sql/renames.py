"""Renamed files: a job keeps its state under the name by which Flink knows it."""

from collections.abc import Sequence

from flinksql.errors import StatementError
from flinksql.sql.entry import Entry
from flinksql.statement import Kind

KEY = "renamed_from"


def rename_problems(entries: Sequence[Entry]) -> list[StatementError]:
    """Return an error for each `renamed_from` that cannot be meant: of a statement without state, or a name that another one has."""
    named = {entry.name for entry in entries}
    claimed: dict[str, str] = {}
    problems = []
    for entry in entries:
        former = entry.references.header.policy.renamed_from
        if not former:
            continue
        problem = _problem(entry, former, named, claimed.setdefault(former, entry.name))
        if problem:
            offset = entry.references.header.offsets[KEY]
            problems.append(entry.problem(offset, problem))
    return problems


def _problem(entry: Entry, former: str, named: set[str], first: str) -> str:
    if entry.statement.kind is Kind.BOUNDED_JOB:
        return f"a bounded job has no state that a new name could lose: remove `{KEY}`"
    if former == entry.name:
        return f"`{KEY}` is the name that the file had before: remove the line, or give the former name"
    if former in named:
        return f"there is a file for {former} as well, so {entry.name} cannot continue its job: remove `{KEY}`, or that file"
    if first != entry.name:
        return f"{first} was renamed from {former} too: a job can continue under one name only"
    return ""
