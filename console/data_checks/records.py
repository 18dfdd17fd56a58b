"""The last result of each check, below the data folder: how it ended and how many rows it found, never the rows themselves."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from console.project import Project
from embedded.data_folder import write_atomically
from flinksql.data_checks import Check, Result, Verdict

FOLDER = "checks"
NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class LastResult:
    """A check and how it last ended: `passed`, `failed`, `unknown` or `not run`. `at` is when it began, in UTC.

    `rows` counts what the query gave, `at_least` says that there are more. `read` are the records that it read.
    """

    name: str
    state: str
    at: str = ""
    rows: int | None = None
    at_least: bool = False
    read: int | None = None
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether it was run and found nothing."""
        return self.state == Verdict.PASSED


def keep(project: Project, result: Result) -> None:
    """Keep a result for `status`. `reason` may quote what Flink says; it is to be free of secrets already."""
    one = LastResult(
        name=result.check.name,
        state=str(result.verdict),
        at=result.at,
        rows=result.rows,
        at_least=result.at_least,
        read=result.read,
        reason=result.reason,
    )
    file = _file(project, one.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, json.dumps(asdict(one)))


def last_results(project: Project, checks: Sequence[Check]) -> tuple[LastResult, ...]:
    """Return the last result of each check."""
    return tuple(_last(_file(project, one.name), one.name) for one in checks)


def forget(project: Project) -> None:
    """Remove the results of a stack that is down: they are about data that may be gone."""
    for file in _folder(project).glob("*.json"):
        file.unlink(missing_ok=True)


def _last(file: Path, name: str) -> LastResult:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return LastResult(**{**told, "name": name})
    except (OSError, ValueError, TypeError):
        return LastResult(name=name, state=NOT_RUN)


def _folder(project: Project) -> Path:
    return project.data_folder / FOLDER / project.stack


def _file(project: Project, name: str) -> Path:
    return _folder(project) / f"{name}.json"
