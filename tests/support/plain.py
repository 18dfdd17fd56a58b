"""A plain `pulumi` on a copy of the project: what a user does who never heard of `make` or of the console."""

import os
import subprocess
from pathlib import Path

from console.toolchain import find
from tests.language_host.install import install, official
from tests.support.project import HANG_SECONDS, REPOSITORY, Finished, ProjectCopy


class PlainPulumi:
    """`pulumi` in `folder`: an official installation of PATH, else the real CLI with the doubled language host."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.doubled = official() is None
        programs = official() or install(home / "bin", _cli(), REPOSITORY)
        given = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "FLINK_REVIEWS_", "PYTHON"))}
        self.environment = {
            **{name: value for name, value in given.items() if name != "VIRTUAL_ENV"},
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            # As a shell has it: a stack of this very checkout may be up, and is in nobody's way.
            "PWD": str(folder),
            "PULUMI_HOME": str(home / "pulumi"),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "NO_COLOR": "1",
        }

    def run(self, *arguments: str) -> Finished:
        """Run a command to its end, without a terminal."""
        done = subprocess.run(
            ["pulumi", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=False,
        )
        return Finished(code=done.returncode, output=done.stdout, errors=done.stderr)

    def succeed(self, *arguments: str) -> str:
        """Run a command that must succeed; return all that it said."""
        finished = self.run(*arguments)
        assert finished.code == 0, f"pulumi {' '.join(arguments)} ended with {finished.code}:\n{finished.said}"
        return finished.said

    def fail(self, *arguments: str) -> str:
        """Run a command that must fail; return all that it said."""
        finished = self.run(*arguments)
        assert finished.code != 0, f"pulumi {' '.join(arguments)} did not fail:\n{finished.said}"
        return finished.said


def _cli() -> Path:
    found = find(REPOSITORY / ".data")
    assert found is not None, "no Pulumi CLI on PATH or in the data folder: run `python -m console toolchain` once"
    return found.cli


def set_secret(copy: ProjectCopy, key: str, value: str) -> None:
    """Set a secret of the stack as a person does: on standard input, after `console environment`."""
    finished = in_the_environment_of(copy, "config", "set", "--secret", key, given=value)
    assert finished.code == 0, finished.said


def in_the_environment_of(copy: ProjectCopy, *arguments: str, given: str = "") -> Finished:
    """Run a plain `pulumi` as a person does after `console environment`, with a text on standard input."""
    command = f'set -e\n{copy.succeed("environment").output}\nexec pulumi "$@"'
    done = subprocess.run(
        ["sh", "-c", command, "sh", *arguments],
        cwd=copy.folder,
        env={**copy.environment, "PULUMI_STACK": copy.stack},
        input=given,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    return Finished(code=done.returncode, output=done.stdout, errors=done.stderr)
