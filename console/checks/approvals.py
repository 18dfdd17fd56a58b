"""Headers and approvals that let more through than somebody may remember."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.names import STATEMENT_TYPE
from components.promotion_history import promotions_of
from components.stack_state import IDENTITY_TYPE
from components.statement_history import entries_of
from console.checks.stack_resources import recorded_resources
from console.project import Project
from platforms.finding import Finding
from settings import Settings

Recorded = Iterable[tuple[str, Mapping[str, Any]]]


def check_approvals(project: Project, settings: Settings) -> list[Finding]:
    """Look for headers that let every change through, and for approvals in the configuration that are used up."""
    recorded = recorded_resources(project) or ()
    found = [
        Finding(subject="approvals", ok=False, what=one, fix="remove the line: `approve` lets one change through", blocks=False)
        for one in open_headers(recorded)
    ]
    spent = sorted(spent_approvals(recorded).intersection(settings.approve))
    if spent:
        what = f"`approve` names changes that were made: {', '.join(spent)}"
        found.append(Finding(subject="approvals", ok=False, what=what, fix=f"remove them from {project.stack_file.name}", blocks=False))
    return found


def open_headers(recorded: Recorded) -> list[str]:
    """Say of each deployed statement whose header lets every change through that it does."""
    statements = [outputs for kind, outputs in recorded if kind == STATEMENT_TYPE]
    return [
        f"{one.get('file')}: `allow_state_reset: true` lets every change of {one.get('name')} through that loses its state"
        for one in statements
        if (one.get("policy") or {}).get("allow_state_reset") is True
    ]


def spent_approvals(recorded: Recorded) -> frozenset[str]:
    """Return the hashes of approved changes that were made."""
    found: set[str] = set()
    for kind, outputs in recorded:
        if kind == STATEMENT_TYPE:
            found |= {entry.approval for entry in entries_of(outputs)}
        if kind == IDENTITY_TYPE:
            found |= {one.override.hash for one in promotions_of(outputs) if one.override}
    return frozenset(found - {""})
