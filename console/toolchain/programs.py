"""Asking a program for its version without being held up or surprised by it."""

import shutil
import subprocess
from pathlib import Path

from console.process_environment import process_environment
from console.toolchain.versions import Version, parse_version

_ANSWER_SECONDS = 20
"""A version is printed in well under a second; the rest is for a machine that is busy building."""


def version_of(program: str | Path, *arguments: str) -> Version | None:
    """Give the version that `program` prints with these arguments, or None when it is missing, hangs, fails or prints none."""
    command = shutil.which(str(program))
    if command is None:
        return None
    environment = {**process_environment(), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run([command, *arguments], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(done.stdout) if done.returncode == 0 else None
