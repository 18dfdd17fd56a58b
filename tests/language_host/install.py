"""A folder like that of an official installation: the CLI, the language host and the launcher of dynamic providers beside each other."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

LANGUAGE_HOST = "pulumi-language-python"
_LAUNCHER = "pulumi-resource-pulumi-python"
_PROGRAMS: Mapping[str, str] = {
    # Not a shell's script: a shell would set PWD, which the real one hands on as it is.
    LANGUAGE_HOST: """#!{python} -u
# A double of Pulumi's language host for Python, made for tests.
import sys
sys.path.insert(0, {repository!r})
from tests.language_host.host import main
main()
""",
    _LAUNCHER: """#!/bin/sh
# A double of Pulumi's launcher of dynamic providers for Python, made for tests. The engine starts it in the program's folder.
exec "${{PULUMI_RUNTIME_VIRTUALENV:?}}/bin/python" -u -m pulumi.dynamic "$@"
""",
}


def official() -> Path | None:
    """Return the folder of an official installation on PATH: one that has a language host."""
    cli, host = shutil.which("pulumi"), shutil.which(LANGUAGE_HOST)
    return Path(cli).resolve().parent if cli and host else None


def install(folder: Path, cli: Path, repository: Path) -> Path:
    """Put the doubles into `folder`, and this CLI between them. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        os.link(cli.resolve(), folder / "pulumi")
    except OSError:
        shutil.copy2(cli, folder / "pulumi")
    for name, text in _PROGRAMS.items():
        program = folder / name
        program.write_text(text.format(python=sys.executable, repository=str(repository)), encoding="utf-8")
        program.chmod(0o755)
    return folder
