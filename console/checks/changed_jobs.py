"""Whether an `up` would change a running job: then every change is judged before the first is made, as plain `pulumi up` does it.

Pulumi checks a resource when its dependencies are made, so a job's refusal would come after the views below it were changed. A preview
checks all of them and touches nothing; without a changed job it is spared.
"""

import json
from collections.abc import Mapping
from typing import Any

from console.driver.backend import FileBackend
from console.project import Project
from flinksql.errors import FlinkSqlError
from flinksql.sql import definition_hash
from flinksql.statement import Kind
from settings import SettingsError


def changes_a_job(project: Project, backend: FileBackend | None) -> bool:
    """Tell whether a job that the state knows has another definition now. A state that cannot be read here may hold one."""
    if backend is None:
        return True
    recorded = _recorded(backend)
    if not recorded:
        return False
    wanted = _wanted(project)
    return any(name in wanted and wanted[name] != digest for name, digest in recorded.items())


def _recorded(backend: FileBackend) -> dict[str, str]:
    """Return the definition hash of each job by its job name."""
    try:
        checkpoint = json.loads(backend.checkpoint.read_text(encoding="utf-8"))
        resources = checkpoint["checkpoint"]["latest"]["resources"] or []
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    outputs = (resource.get("outputs") or {} for resource in resources)
    return {each["job_name"]: each["definition_hash"] for each in outputs if _is_job(each)}


def _is_job(outputs: Mapping[str, Any]) -> bool:
    names = (outputs.get("job_name"), outputs.get("definition_hash"))
    return outputs.get("kind") == Kind.JOB and all(isinstance(each, str) for each in names)


def _wanted(project: Project) -> dict[str, str]:
    """Return what the program is about to declare; nothing where it cannot be read, for the program says why."""
    from platforms.pipeline import definitions  # noqa: PLC0415  # loads Pulumi, which only a run of the engine needs
    from platforms.program import checked_bundle  # noqa: PLC0415

    try:
        settings = project.settings()
        made = definitions(settings, checked_bundle(settings, project.stack), project.stack)
    except (SettingsError, FlinkSqlError):
        return {}
    return {one.job_name: definition_hash(one) for one in made.values() if one.statement.kind is Kind.JOB}
