"""The virtual environment of a program: made and filled when it is not there, asked for its packages."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Say = Callable[[str], None]

_LIST_PLUGINS = """
import importlib.metadata, json
found = []
for one in importlib.metadata.distributions():
    for file in one.files or ():
        if file.name == "pulumi-plugin.json":
            found.append([one.metadata["Name"], one.version, json.loads(file.locate().read_text(encoding="utf-8"))])
print(json.dumps(found))
"""


class EnvironmentFailedError(Exception):
    """The environment could not be made. The text is for the user."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A plugin that a package of the environment needs."""

    name: str
    version: str
    server: str


@dataclass(frozen=True, kw_only=True)
class VirtualEnvironment:
    """`folder` is None for a program that names none: the Python of PATH runs it."""

    folder: Path | None
    program: Path

    @property
    def python(self) -> str:
        """The interpreter."""
        return str(self.folder / "bin" / "python") if self.folder else "python3"

    def variables(self) -> dict[str, str]:
        """Return this process's variables, activated."""
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        if self.folder:
            variables |= {"VIRTUAL_ENV": str(self.folder), "PATH": f"{self.folder / 'bin'}{os.pathsep}{variables.get('PATH', '')}"}
        return variables

    def exists(self) -> bool:
        """Tell whether there is an interpreter."""
        return self.folder is None or Path(self.python).exists()

    def ensure(self, say: Say) -> None:
        """Make and fill it where its folder is missing or empty. One that holds anything is left as it is."""
        if self.folder is None or self.exists():
            return
        if not self.folder.exists() or (self.folder.is_dir() and not any(self.folder.iterdir())):
            self.install(say)

    def install(self, say: Say) -> None:
        """Make it, and install what requirements.txt beside the program names. Raises EnvironmentFailedError."""
        if self.folder:
            say("Creating virtual environment...")
            self._run([sys.executable, "-m", "venv", str(self.folder)], say)
            say("Updating pip, setuptools, and wheel in virtual environment...")
            self._pip(["--upgrade", "pip", "setuptools", "wheel"], say)
        if (self.program / "requirements.txt").exists():
            say("Installing dependencies in virtual environment...")
            self._pip(["-r", "requirements.txt"], say)
            say("Finished installing dependencies")

    def plugins(self) -> list[Plugin]:
        """Return what its packages say that they need."""
        return [
            Plugin(
                name=about.get("name") or package.removeprefix("pulumi-").removeprefix("pulumi_"),
                version=f"v{(about.get('version') or version).removeprefix('v')}",
                server=about.get("server") or "",
            )
            for package, version, about in json.loads(self.output("-c", _LIST_PLUGINS))
            if about.get("resource")
        ]

    def packages(self) -> list[tuple[str, str]]:
        """Return names and versions."""
        listed: list[dict[str, Any]] = json.loads(self.output("-m", "pip", "list", "--format", "json"))
        return [(str(one["name"]), str(one["version"])) for one in listed]

    def output(self, *arguments: str) -> str:
        """Run the interpreter and return what it prints."""
        command = [self.python, *arguments]
        done = subprocess.run(command, cwd=self.program, env=self.variables(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise EnvironmentFailedError(f"{' '.join(arguments[:3])} failed in the virtual environment: {done.stderr.strip()}")
        return done.stdout

    def _pip(self, arguments: list[str], say: Say) -> None:
        self._run([self.python, "-m", "pip", "install", *arguments], say)

    def _run(self, command: list[str], say: Say) -> None:
        with subprocess.Popen(
            command, cwd=self.program, env=self.variables(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                say(line.rstrip())
        if process.returncode:
            raise EnvironmentFailedError(f"{' '.join(command)} ended with {process.returncode}")
