"""What every test of a bad situation looks at: how the command ended, what it said, and that it left nothing half-done."""

import io
import os
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import yaml

from console.app import main
from console.driver.backend import FileBackend
from console.project import open_project
from console.session import Session
from embedded.data_folder import DataFolder
from embedded.processes import marked
from tests.support.project import NAMESPACE, Finished, ProjectCopy

CLOSED = "http://127.0.0.1:9"
"""Nobody listens on the port for discarding."""

NO_NETWORK: Mapping[str, str] = {
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), CLOSED),
    "PIP_INDEX_URL": f"{CLOSED}/simple",
    "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_RETRIES": "0",
}
"""An environment in which every way out of this machine ends at a proxy that is not there."""


def quiet_project(folder: Path, **values: str | int | bool) -> ProjectCopy:
    """Give a copy with ports of its own for a command that must not start anything. It needs no `down`."""
    place = folder / "project"
    place.mkdir()
    copy = ProjectCopy(place)
    copy.configure_free_ports()
    copy.configure(**values)
    return copy


def refused(finished: Finished, *said: str, code: int = 1) -> None:
    """Require the exit code and the words, and that no traceback and no defect of ours is in what was printed."""
    assert finished.code == code, f"ended with {finished.code}:\n{finished.said}"
    # Tables break their lines.
    unbroken = f"{finished.said}\n{' '.join(finished.said.split())}"
    for words in said:
        assert words in unbroken, f"{words!r} is not in:\n{finished.said}"
    for noise in ("Traceback", "defect", "grpc", "stderr:", "CommandError", 'File "'):
        assert noise not in finished.said, f"{noise!r} is in:\n{finished.said}"


def run_here(copy: ProjectCopy, *arguments: str) -> Finished:
    """Run a command that must be refused before the engine starts, in this process: a second less for each of many situations."""
    out, err = io.StringIO(), io.StringIO()
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, copy.environment))
        stack.enter_context(patch.object(sys, "argv", ["console", "--stack", copy.stack, *arguments]))
        stack.enter_context(patch("signal.signal"))
        stack.enter_context(patch("console.session.open_project", lambda name: open_project(name, copy.folder)))
        stack.enter_context(patch("components.parameters.PROJECT_FOLDER", copy.folder))
        stack.enter_context(patch.object(Session, "driver", side_effect=AssertionError("the run began")))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        code = main()
    return Finished(code=int(code), output=out.getvalue(), errors=err.getvalue())


IDENTITY = "stack:Identity"


def nothing_was_made(copy: ProjectCopy) -> None:
    """Require that no process of the data folder runs and that the stack's state has no resource of ours."""
    assert processes(copy) == []
    assert resources(copy) == []


def processes(copy: ProjectCopy, data: Path | None = None) -> Sequence[str]:
    """Return the services that run in the copy's data folder."""
    return sorted(one.service for one in marked(DataFolder(root=(data or copy.data).resolve())))


def resources(copy: ProjectCopy) -> Sequence[str]:
    """Return what the stack's state says to exist: not the engine's own resources, nor who the stack is, which stands nowhere else."""
    state = FileBackend(folder=copy.state, stack=copy.stack).state()
    found = state.resources if state else ()
    return sorted(one.name for one in found if one.custom and not one.kind.startswith("pulumi:") and not one.kind.endswith(IDENTITY))


def setting(copy: ProjectCopy, key: str) -> str:
    """Return the value of a key in the copy's stack file."""
    content = yaml.safe_load((copy.folder / f"Pulumi.{copy.stack}.yaml").read_text(encoding="utf-8"))
    return str(content["config"][NAMESPACE + key])


@contextmanager
def listening_on(port: int) -> Iterator[str]:
    """Hold a port; gives the words by which this process is named as the holder."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        yield f"(pid {os.getpid()})"
