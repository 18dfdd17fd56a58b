"""The official installer, run in a process of its own so that a network that swallows packets cannot hold us up.

`python -m console.toolchain.official ROOT` is that process; it calls `PulumiCommand.install` of the Automation API, which knows where the
installer is.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError

from console.toolchain.versions import CLI_MINIMUM

_CONNECT_SECONDS = 10.0
"""A host that does not answer in this time is taken as refused by the network."""

_INSTALL_SECONDS = 300
"""The archive is about 150 MB; at 1 MB/s it is here in half of this time."""


def install(root: Path, say: Callable[[str], None]) -> str:
    """Installs into `root/bin`. Answers "" when done, else the reason why not in one line."""
    say(f"asking the official installer for Pulumi {CLI_MINIMUM}")
    process = subprocess.Popen(
        [sys.executable, "-m", "console.toolchain.official", str(root)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        _end_group(process)
        return f"no result after {_INSTALL_SECONDS} s"
    except BaseException:
        _end_group(process)
        raise
    return "" if process.returncode == 0 else _last_line(output)


def _end_group(process: "subprocess.Popen[str]") -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "the installer ended without a message"


def _main(root: str) -> int:
    from pulumi.automation import PulumiCommand  # noqa: PLC0415  # only this process needs it
    from semver import VersionInfo  # noqa: PLC0415

    socket.setdefaulttimeout(_CONNECT_SECONDS)
    try:
        PulumiCommand.install(root=root, version=VersionInfo(*CLI_MINIMUM))
    except subprocess.CalledProcessError as error:
        print(error.output.decode(errors="replace") if error.output else error)
        return 1
    except URLError as error:
        print(error.reason)
        return 1
    except (OSError, RuntimeError, ValueError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
