"""What the stack's state has, for checks that run without the engine."""

import json

from console.driver.backend import file_backend
from console.process_environment import process_environment
from console.project import Project
from console.toolchain.backend_url import backend_url
from platforms.state import Recorded, StackOnDisk


def recorded_resources(project: Project) -> Recorded | None:
    """Return type and outputs of each resource; nothing before the first `up`, None where the state is not in a folder here."""
    backend = file_backend(backend_url(project, process_environment()), project.stack)
    if backend is None:
        return None
    try:
        latest = json.loads(backend.checkpoint.read_text(encoding="utf-8"))["checkpoint"].get("latest") or {}
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple((str(one.get("type", "")), one.get("outputs") or {}) for one in latest.get("resources") or ())


def on_disk(project: Project) -> StackOnDisk:
    """Return the stack as its platform is told of it."""
    return StackOnDisk(name=project.stack, data_folder=project.data_folder, recorded=lambda: recorded_resources(project))
