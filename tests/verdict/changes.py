"""Changes of a scenario's texts, each of which must be there."""

from typing import Any

from tests.verdict.scenarios import Scenario


def job(scenario: Scenario, *changes: tuple[str, str]) -> dict[str, Any]:
    """Return the job with texts replaced."""
    return {"job": _replaced(scenario.job, changes)}


def table(text: str, *changes: tuple[str, str]) -> dict[str, Any]:
    """Return a table with texts replaced."""
    return {"objects": {text.split()[2].strip("`"): _replaced(text, changes)}}


def _replaced(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return text
