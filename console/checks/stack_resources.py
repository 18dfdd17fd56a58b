"""What the stack's state has, for checks that run without the engine."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from components.stack_state import IDENTITY_TYPE
from console.driver.backend import file_backend
from console.process_environment import process_environment
from console.project import Project
from console.toolchain.backend_url import backend_url


def recorded_resources(project: Project) -> tuple[tuple[str, Mapping[str, Any]], ...] | None:
    """Return type and outputs of each resource; nothing before the first `up`, None where the state is not in a folder here."""
    backend = file_backend(backend_url(project, process_environment()), project.stack)
    if backend is None:
        return None
    try:
        latest = json.loads(backend.checkpoint.read_text(encoding="utf-8"))["checkpoint"].get("latest") or {}
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple((str(one.get("type", "")), one.get("outputs") or {}) for one in latest.get("resources") or ())


def stack_id_in(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Return the id by which the stack marks its objects; before the first `up` a text that no object bears."""
    identity = next((outputs for kind, outputs in resources if kind == IDENTITY_TYPE), {})
    return str(identity.get("stack_id") or "none yet")
