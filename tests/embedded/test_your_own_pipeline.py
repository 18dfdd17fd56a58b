"""docs/your-own-pipeline.md: every command of the page is run as it stands there, and prints what stands there."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.page import Command, commands_of, difference
from tests.support.project import HANG_SECONDS, REPOSITORY, ProjectCopy, project_copy

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800)]
PAGE = REPOSITORY / "docs" / "your-own-pipeline.md"


class Reader:
    """Somebody who types what the page says, in one shell whose variables stay."""

    def __init__(self, project: ProjectCopy, programs: Path) -> None:
        self.project = project
        programs.mkdir()
        # A link would leave the virtual environment.
        (programs / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
        (programs / "python").chmod(0o755)
        self.variables = programs.parent / "variables"
        self.variables.write_text("", encoding="utf-8")
        self.environment = {**project.environment, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    def types(self, command: Command) -> str:
        """Run a command. Return what was printed on both streams."""
        variables = shlex.quote(str(self.variables))
        script = f". {variables}\n{command.text}\nexport -p > {variables}"
        finished = subprocess.run(
            ["/bin/bash", "-c", script],
            cwd=self.project.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANG_SECONDS,
            check=False,
        )
        return finished.stdout


def test_the_page_says_what_happens(tmp_path: Path) -> None:
    with project_copy(tmp_path / "project") as project:
        reader = Reader(project, tmp_path / "programs")
        for command in commands_of(PAGE):
            printed = reader.types(command)
            missing = difference(command.expected, printed)
            assert not missing, f"{PAGE.name}:{command.line}: `{command.text}` did not print {missing!r}, but:\n{printed}"
