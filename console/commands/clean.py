"""`clean`: remove what can be made again, and nothing that a stack still knows."""

import shutil
from pathlib import Path

import typer
from rich.markup import escape

from console.driver.backend import FileBackend, file_backend
from console.errors import ConsoleError
from console.process_environment import process_environment
from console.project import PROJECT, Project, open_project
from console.session import Session
from console.stack_outputs import stack_state
from console.toolchain.backend_url import backend_url, former_backend_url
from embedded.data_folder import DataFolder
from embedded.processes import marked
from platforms.state import StackState

REMOVED = (
    "approvals",
    "archives",
    "archives-of-tests",
    "artifacts",
    "bin",
    "certificates",
    "charts",
    "checks",
    "configuration",
    "evaluations",
    "flink",
    "history",
    "java",
    "kafka",
    "locks",
    "logs",
    "pulumi",
    "run",
    "salt",
    "secrets",
    "sql-tests",
    "temporary",
    "toolchain",
    "version",
)
"""What the project makes in a data folder and makes again. Not the ledger of answers, which were paid for, and nothing of a user's own."""

_ENGINE = "pulumi:"


def clean(context: typer.Context) -> None:
    """Remove downloads, logs and data of stacks that are down. Refused while any stack has resources. Paid answers are kept."""
    session: Session = context.obj
    projects = [open_project(stack) for stack in _stacks(session.project().root)]
    _refuse_living([problem for project in projects for problem in _living(project)])
    folders = sorted({project.data_folder for project in projects})
    for folder in folders:
        for name in REMOVED:
            _remove(folder / name)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    kept = [str(folder / "answers") for folder in folders if (folder / "answers").is_dir()]
    session.screen.out.print("Removed: downloads, logs, data of the stacks. Kept: the stacks' state and settings.", highlight=False)
    for place in kept:
        session.screen.out.print(
            f"Kept: {escape(place)}, the model's answers, which are not paid for again. Remove it yourself if you do not want them.",
            highlight=False,
            soft_wrap=True,
        )


def _stacks(root: Path) -> list[str]:
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in root.glob("Pulumi.*.yaml"))


def _living(project: Project) -> list[str]:
    """Say what the stack still has; each a line."""
    found = [f"stack {name} has {count}" for name, state in _states(project).items() if (count := _count(state))]
    running = sorted({one.service or "a process" for one in marked(DataFolder(root=project.data_folder))})
    if running:
        found.append(f"{project.data_folder} has running processes: {', '.join(running)}")
    return found


def _states(project: Project) -> dict[str, StackState | None]:
    """Read the state of the stack, and of every other of this project that lies in the same folders. None where it cannot be read."""
    given = process_environment()
    urls = {backend_url(project, given), former_backend_url(project)}
    backends = [backend for url in sorted(urls) if (backend := file_backend(url, project.stack))]
    states: dict[str, StackState | None] = {}
    for backend in backends:
        for file in (backend.folder / ".pulumi" / "stacks" / PROJECT).glob("*.json"):
            found = FileBackend(folder=backend.folder, stack=file.stem).state()
            if states.get(file.stem) is None or _count(found):
                states[file.stem] = found
    if file_backend(backend_url(project, given), project.stack) is None:
        state = stack_state(project)
        if state is not None:
            states[project.stack] = state
    return states


def _count(state: StackState | None) -> str:
    if state is None:
        return "a state that cannot be read"
    number = sum(one.custom and not one.kind.startswith(_ENGINE) for one in state.resources)
    return f"{number} resources" if number > 1 else "1 resource" if number else ""


def _refuse_living(problems: list[str]) -> None:
    if problems:
        raise ConsoleError(
            "nothing was removed: " + "; ".join(dict.fromkeys(problems)),
            advice="end each with `python -m console --stack <stack> down`, then run `clean` again",
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    if path.exists():
        raise ConsoleError(f"{path} cannot be removed", advice="look who owns it, remove it by hand and run `clean` again")
