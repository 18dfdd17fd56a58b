"""A project of its own for a test: the sources in another folder, with its own ports and data folder, driven by the command line.

Jars, class data archives and the Pulumi CLI are those of the repository's data folder (links), so that nothing is fetched or made twice.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from embedded.artifacts import fetch_jars, jars_of
from embedded.data_folder import DataFolder
from options.flink_lines import FLINK_LINES
from options.infrastructure import PORT_KEYS
from tests.support.archives import leave_archives, take_archives
from tests.support.ports import free_ports
from tests.support.preloaded import DeclinedError, ForkedCommand, Preloaded

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = (
    "components",
    "platforms",
    "settings",
    "console",
    "options",
    "embedded",
    "flinksql",
    "modelgateway",
    "webproxy",
    "cluster",
    "sql",
    "samples",
    "docker",
    "requirements",
)
FILES = ("__main__.py", "Pulumi.yaml", "pyproject.toml", "requirements.txt")
COPIED = ("bin", "java")
PORTS = tuple(key.removeprefix("ports.") for key in PORT_KEYS.values())
NAMESPACE = "flink-reviews:"
SHARED_STACK = "shared stack"
"""The group of tests that must run in one process, because one stack is started for all of them."""
NO_ARCHIVES: Mapping[str, bool] = {"data__classArchives": False}
"""A stack of one test uses archives (tests.support.archives), and makes none."""
HANG_SECONDS = 900
"""A command that takes longer hangs; the whole suite is allowed sixty minutes on a cold machine."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A command that has ended. `output` is what it wrote to standard output, `errors` what it wrote to the other."""

    code: int
    output: str
    errors: str

    @property
    def said(self) -> str:
        """Both streams, for messages and for searching."""
        return f"{self.output}\n{self.errors}"

    def json(self) -> dict[str, Any]:
        """Return standard output as JSON."""
        found: dict[str, Any] = json.loads(self.output)
        return found


class ProjectCopy:
    """The project in `folder`. `configure` writes the stack file before the first command."""

    def __init__(self, folder: Path, *, stack: str = "local") -> None:
        self.folder = folder
        self.stack = stack
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "FLINK_REVIEWS_"))}
        self.environment |= {"CI": "true", "NO_COLOR": "1", "PYTHONPATH": str(folder)}
        # One for all stacks of the folder: a copy of this object shares it.
        self._preloaded = Preloaded(folder)
        self.place_sources()
        take_downloads(self.data)
        take_archives(DataFolder(root=self.data))

    def place_sources(self) -> None:
        """Copy the project's sources and settings into the folder, which has none."""
        for name in SOURCES:
            # With what is compiled already: a copied source keeps its time, by which Python knows its bytecode again.
            shutil.copytree(REPOSITORY / name, self.folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        for name in (*FILES, *(path.name for path in REPOSITORY.glob("Pulumi.*.yaml"))):
            shutil.copy2(REPOSITORY / name, self.folder / name)

    @property
    def data(self) -> Path:
        """The copy's data folder."""
        return self.folder / ".data"

    @property
    def state(self) -> Path:
        """The folder of the copy's Pulumi state."""
        return self.folder / ".state"

    def configure(self, **values: str | int | bool) -> None:
        """Set configuration keys of the stack; `bundle__parameters__window_seconds` is `bundle.parameters.window_seconds`."""
        file = self.folder / f"Pulumi.{self.stack}.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        config = content.setdefault("config", {})
        for key, value in values.items():
            config[NAMESPACE + key.replace("__", ".")] = str(value).lower() if isinstance(value, bool) else str(value)
        file.write_text(yaml.safe_dump(content), encoding="utf-8")

    def configure_free_ports(self) -> None:
        """Give each service a port that is free now, so that copies and the repository's own stack do not meet."""
        self.configure(**{f"ports__{name}": port for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)})

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """Start a command of the console in a process group of its own."""
        command = [sys.executable, "-m", "console", "--stack", self.stack, *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **more: str) -> Finished:
        """Run a command of the console to its end; all but the first are forks (tests.support.preloaded)."""
        process = self._forked(*arguments, **more) or self.start(*arguments, **more)
        try:
            if isinstance(process, ForkedCommand):
                code, output, errors = process.communicate(HANG_SECONDS)
            else:
                output, errors = process.communicate(timeout=HANG_SECONDS)
                code = process.returncode
        except BaseException:
            # It has a process group of its own: nobody else would end it when it hangs, or when the test run is stopped.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
        leave_archives(DataFolder(root=self.data))
        return Finished(code=code, output=output, errors=errors)

    def close(self) -> None:
        """End what the copy keeps for further commands."""
        self._preloaded.close()

    def _forked(self, *arguments: str, **more: str) -> ForkedCommand | None:
        try:
            return self._preloaded.start(["--stack", self.stack, *arguments], {**self.environment, **more})
        except DeclinedError:
            return None

    def succeed(self, *arguments: str) -> Finished:
        """Run a command that must succeed."""
        finished = self.run(*arguments)
        assert finished.code == 0, f"{' '.join(arguments)} ended with {finished.code}:\n{finished.said}"
        return finished

    def outputs(self) -> Mapping[str, Any]:
        """Return what the last `up` exported."""
        found: Mapping[str, Any] = self.succeed("outputs", "--json").json()
        return found


@contextmanager
def project_copy(folder: Path, **values: str | int | bool) -> Iterator[ProjectCopy]:
    """Give a copy with free ports and these settings; whatever happens, it is down at the end."""
    copy = ProjectCopy(folder)
    copy.configure_free_ports()
    copy.configure(**{**NO_ARCHIVES, **values})
    try:
        yield copy
    finally:
        copy.run("down")
        copy.close()


def take_downloads(data: Path) -> None:
    """Give a data folder the jars, the Pulumi CLI and the Java of the repository's; jars are fetched there first."""
    shared = REPOSITORY / ".data"
    for line in FLINK_LINES.values():
        fetch_jars(shared / "artifacts", jars_of(line))
    data.mkdir(parents=True, exist_ok=True)
    # Linked as a folder: an archive is only good for the very paths that it was made with.
    (data / "artifacts").symlink_to(shared / "artifacts", target_is_directory=True)
    for name in COPIED:
        if (shared / name).is_dir():
            shutil.copytree(shared / name, data / name, copy_function=link, symlinks=True)


def link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
