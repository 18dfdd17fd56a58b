"""`logs`: the logs of processes or pods, one after the other or as they grow."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session
from settings import ClusterSettings, PlatformKind

_POLL_SECONDS = 0.2
_PODS_POLL_SECONDS = 1.0
_DEFAULT_LINES = 20


def logs(
    context: typer.Context,
    service: Annotated[
        str,
        typer.Argument(
            help="One service: kafka, jobmanager, taskmanager, sql-gateway, model-gateway, model-server; on Kubernetes a workload."
            " Default: all."
        ),
    ] = "",
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on showing new lines until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines to show of each file.")] = _DEFAULT_LINES,
) -> None:
    """Show the last lines of the logs of processes or pods, each led by the name of where it comes from."""
    session: Session = context.obj
    project = session.project()
    settings = project.settings()
    if settings.platform is PlatformKind.KUBERNETES:
        _show_pods(settings.kubernetes.cluster, service, lines, follow=follow)
        return
    tails = [Tail(file, lines) for file in log_files(project.data_folder / "logs", service)]
    for tail in tails:
        _print(tail)
    while follow:
        for tail in tails:
            _print(tail)
        time.sleep(_POLL_SECONDS)


def _show_pods(cluster: ClusterSettings, service: str, lines: int, *, follow: bool) -> None:
    from cluster.api_server import connect  # noqa: PLC0415  # see console.reach
    from console.health.pod_logs import PodTails  # noqa: PLC0415

    tails = PodTails(connect(cluster.context, cluster.kubeconfig), cluster.namespace, service, lines)
    tails.require()
    while True:
        for pod, line in tails.read():
            write_line(f"{pod} | {line}")
        if not follow:
            return
        time.sleep(_PODS_POLL_SECONDS)


def log_files(folder: Path, service: str) -> list[Path]:
    """Find the current log files. Raises ConsoleError naming the services there are when the one asked for has none."""
    found = {path.stem: path for path in sorted(folder.glob("*.log"))}
    if service and service not in found:
        known = ", ".join(found) or "none yet"
        raise ConsoleError(f"there is no log of {service!r}", advice=f"logs there are: {known}", exit_code=ExitCode.USAGE)
    if not found:
        raise ConsoleError(f"there are no logs in {folder}", advice="they appear with the first `up`")
    return [found[service]] if service else list(found.values())


class Tail:
    """The end of a file that others write and rotate."""

    def __init__(self, file: Path, lines: int) -> None:
        self.name = file.stem
        self._file = file
        self._wanted = lines
        self._identity: int | None = None
        self._position = 0
        self._rest = b""

    def read(self) -> Iterator[str]:
        """Give the lines that were not given yet: at first the last ones, later what was added."""
        with suppress(FileNotFoundError), self._file.open("rb") as file:
            status = self._file.stat()
            first = self._identity is None
            if not first and (status.st_ino != self._identity or status.st_size < self._position):
                self._position = 0
            self._identity = status.st_ino
            file.seek(self._position)
            content = self._rest + file.read()
            self._position = file.tell()
            *complete, self._rest = content.split(b"\n")
            for line in complete[-self._wanted :] if first and self._wanted else ([] if first else complete):
                yield line.decode(errors="replace")


def _print(tail: Tail) -> None:
    for line in tail.read():
        write_line(f"{tail.name:<13} | {line}")
