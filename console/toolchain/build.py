"""Building the Pulumi CLI from its pinned Go module, for networks that reach a Go module proxy but not the vendor's download host.

Five to seven minutes on two cores and about 3 GB of Go caches, once. Go keeps what it has fetched and compiled, so a build that was
interrupted goes on where it stopped; the finished program appears in one step. go.mod and go.sum beside this file pin every module by
checksum.
"""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.process_environment import process_environment
from console.toolchain.versions import CLI_MINIMUM

_MODULE = Path(__file__).parent / "pulumi-cli"
_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_LINES_BETWEEN_REPORTS = 100
_PACKAGE_LINE = re.compile(r"^[\w.\-~]+(/[\w.\-~]+)*$")
"""What `go build -v` prints for each compiled package: an import path and nothing else."""


class BuildProgress:
    """Turns Go's hundreds of lines into a handful: how many modules were fetched, how many packages compiled."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._modules = 0
        self._packages = 0
        self.problems: list[str] = []

    def line(self, text: str) -> None:
        """Take one line of Go's standard error."""
        text = text.strip()
        if text.startswith("go: downloading"):
            self._modules += 1
            self._report(self._modules, "modules fetched")
        elif _PACKAGE_LINE.match(text):
            self._packages += 1
            self._report(self._packages, "packages compiled")
        elif text:
            self.problems.append(text)

    def _report(self, count: int, what: str) -> None:
        if count % _LINES_BETWEEN_REPORTS == 0:
            self._say(f"building Pulumi {CLI_MINIMUM}: {count} {what}")


def build(folder: Path, say: Callable[[str], None], go: str = "go") -> Path:
    """Build `folder/pulumi`. Raises ConsoleError with Go's own last words when it fails; what was compiled stays in Go's cache."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".pulumi.{os.getpid()}.partial"
    say(f"building Pulumi {CLI_MINIMUM} from its Go module (once, 5 to 7 minutes on 2 cores; resumes after an interruption)")
    progress = BuildProgress(say)
    try:
        code = _run_go(go, partial, progress)
        if code != 0:
            raise ConsoleError(
                f"the Pulumi CLI could not be built: {_shorten(progress.problems)}",
                advice="run the same command again (it resumes), or put a Pulumi CLI on PATH: https://www.pulumi.com/docs/install",
                exit_code=ExitCode.TOOLCHAIN,
            )
        partial.chmod(0o755)
        partial.replace(folder / "pulumi")
    finally:
        partial.unlink(missing_ok=True)
    return folder / "pulumi"


def _run_go(go: str, output: Path, progress: BuildProgress) -> int:
    command = [
        go,
        "build",
        "-v",
        "-mod=readonly",
        "-ldflags",
        f"-s -w -X {_VERSION_VARIABLE}={CLI_MINIMUM}",
        "-o",
        str(output),
        _PACKAGE,
    ]
    environment = {**process_environment(), "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
    with subprocess.Popen(command, cwd=_MODULE, env=environment, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stderr is not None  # noqa: S101  # a pipe was asked for one line above
        try:
            for line in process.stderr:
                progress.line(line)
        except BaseException:
            process.terminate()
            raise
    return process.returncode


def _shorten(problems: list[str]) -> str:
    return "; ".join(problems[-3:]) or "Go gave no reason"
