"""A copy of this project with settings of its own, as a user would have it, in which the real commands are run and timed.

A copy, because the stack's settings, the bundle and the data folder are then the benchmark's, and the developer's stack is left alone.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import yaml

from benchmarks.errors import CommandFailedError
from benchmarks.places import HOME, PORTS, REPOSITORY
from benchmarks.scale import Scale
from embedded.artifacts import fetch_jars, jars_of
from embedded.control import ServiceControl
from embedded.java import ensure_java
from embedded.settings import EmbeddedSettings
from options.flink_lines import flink_line
from options.infrastructure import PORT_KEYS, FlinkOptions

STACK = "local"
_COPIED = (
    "cluster",
    "components",
    "settings",
    "platforms",
    "console",
    "docker",
    "options",
    "embedded",
    "flinksql",
    "modelgateway",
    "webproxy",
    "requirements",
    "samples",
    "sql",
)
_ARCHIVE_SECONDS = 300
_KEPT = frozenset({"artifacts", "java", "archives", "bin", "toolchain", "version"})
"""What of a data folder is used again: what takes long to make and does not change what is measured."""

_COMMAND_SECONDS = 900


class Project:
    """The copy. `settings` describes its embedded platform."""

    def __init__(self, values: Mapping[str, str | int | bool], scale: Scale, *, root: Path = HOME / "project") -> None:
        self.root = root
        self._small = scale.small
        # An archive takes seconds to make, and pays from the second start on.
        values = {**values, **({"data.classArchives": False} if scale.small else {})}
        self.settings = EmbeddedSettings(
            data_folder=root / ".data",
            ports=PORTS,
            flink=FlinkOptions(task_slots=int(values.get("flink.taskSlots", FlinkOptions().task_slots))),
            class_archives=not scale.small,
        )
        self._values = {**{key: getattr(PORTS, field) for field, key in PORT_KEYS.items()}, **values}

    def prepare(self) -> None:
        """Make the copy new and see that jars and Java are there. An earlier run that was killed is cleared away first."""
        self._copy()
        line = flink_line(self.settings.flink.line)
        fetch_jars(self.settings.folder.artifacts, jars_of(line))
        ensure_java(self.settings.folder)
        self.empty()

    def empty(self) -> None:
        """End whatever runs of this copy and leave its data folder as after a first `down`: jars and archives, no stack, no data."""
        with suppress(CommandFailedError):
            self.run("down")
        ServiceControl(self.settings).shutdown()
        self.empty_data()

    def empty_data(self) -> None:
        """Remove the data of a platform that does not run."""
        empty(self.settings.data_folder)
        shutil.rmtree(self.root / ".state", ignore_errors=True)

    def rehearse(self) -> None:
        """Start everything once, until its archives are made, and stop it: later starts find them. A small run does without."""
        if self._small:
            return
        self.run("up")
        ServiceControl(self.settings).await_archives(seconds=_ARCHIVE_SECONDS)
        self.run("down")

    def write_bundle(self, statements: Mapping[str, str]) -> None:
        """Put these statements in the place of the bundle `article`, by name without `.sql`."""
        folder = self.root / "sql" / "article"
        shutil.rmtree(folder)
        folder.mkdir()
        for name, text in statements.items():
            (folder / f"{name}.sql").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> float:
        """Run a command of `console` and give the seconds of its whole process. Raises CommandFailedError with its output."""
        command = [sys.executable, "-m", "console", "--stack", STACK, *arguments]
        began = time.perf_counter()
        try:
            result = subprocess.run(command, cwd=self.root, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise CommandFailedError(f"`console {' '.join(arguments)}` took more than {_COMMAND_SECONDS} s") from error
        seconds = time.perf_counter() - began
        if result.returncode != 0:
            raise CommandFailedError(f"`console {' '.join(arguments)}` ended with {result.returncode}:\n{result.stdout}{result.stderr}")
        return seconds

    def _copy(self) -> None:
        for name in _COPIED:
            shutil.rmtree(self.root / name, ignore_errors=True)
            shutil.copytree(REPOSITORY / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(REPOSITORY / "Pulumi.yaml", self.root / "Pulumi.yaml")
        share_cli(REPOSITORY / ".data", self.settings.data_folder)
        (self.root / f"Pulumi.{STACK}.yaml").write_text(stack_file(REPOSITORY / f"Pulumi.{STACK}.yaml", self._values), encoding="utf-8")


def share_cli(theirs: Path, ours: Path) -> None:
    """Share the CLI that another data folder has built or installed."""
    ours.mkdir(parents=True, exist_ok=True)
    link = ours / "bin"
    if link.is_symlink():
        # Another checkout may have measured here, and be gone.
        link.unlink()
    if (theirs / "bin").is_dir() and not link.exists():
        link.symlink_to(theirs / "bin")


def stack_file(original: Path, values: Mapping[str, str | int | bool]) -> str:
    """Render a stack file with the salt of `original` and only these settings."""
    content = yaml.safe_load(original.read_text(encoding="utf-8"))
    # As text: the engine reads every setting so, and a whole number stays one.
    config = {f"flink-reviews:{key}": json.dumps(value) if isinstance(value, bool) else str(value) for key, value in values.items()}
    return yaml.safe_dump({**content, "config": config}, sort_keys=True)


def empty(folder: Path) -> None:
    """Remove all of a data folder but what is used again."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name in _KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
