"""The program that the Pulumi engine starts to run dynamic providers, and the link to a CLI that lies elsewhere.

The engine looks for `pulumi-resource-pulumi-python` beside the CLI and on PATH. The official archive brings one; a CLI that was built
from its module does not. Ours is two lines of shell that start `console.provider_process`. `-u` matters: without it the port line stays
in a buffer and the run hangs. `-m` matters: it puts the project's folder on the import path, and our providers are pickled by reference.
"""

import os
import shlex
import sys
from pathlib import Path

from console.provider_process import MODULE

LAUNCHER = "pulumi-resource-pulumi-python"


def launcher_text(python: Path) -> str:
    """Give the script for this interpreter."""
    return f'#!/bin/sh\nexec {shlex.quote(str(python))} -u -m {MODULE} "$@"\n'


def write_launcher(folder: Path, python: Path | None = None) -> Path:
    """Put the script into our own folder, which comes first on the CLI's PATH. Replaced in one step, and only when it is not right."""
    path = folder / LAUNCHER
    text = launcher_text(python or Path(sys.executable))
    if path.is_symlink() or not path.exists() or path.read_text(encoding="utf-8", errors="replace") != text:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{LAUNCHER}.{os.getpid()}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.chmod(0o755)
        partial.replace(path)
    return path


def link_cli(folder: Path, cli: Path) -> None:
    """Make `folder/pulumi` point at a CLI of somebody else's installation, which itself stays as it is.

    `cli` must not be the link itself, nor lead through it.
    """
    link = folder / "pulumi"
    if link.is_symlink() and link.readlink() == cli:
        return
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".pulumi.{os.getpid()}.link"
    partial.unlink(missing_ok=True)
    partial.symlink_to(cli)
    partial.replace(link)
