"""Which processes are a provider that lost its engine, and are ended: only those of this project, and nothing else."""

from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from components.provider_process import MODULE
from components.providers.engine import CLI_NAMES
from console.driver.orphaned_providers import end_orphans, find_orphans

PROVIDER = ("python", "-u", "-m", MODULE, "127.0.0.1:1")
CLI = min(CLI_NAMES)


@dataclass
class Process:
    """A process as psutil tells of it. Without a `parent`, that has ended."""

    folder: Path
    command: tuple[str, ...] = PROVIDER
    state: str = psutil.STATUS_RUNNING
    of: "Process | None" = None
    hidden: bool = False
    pid: int = 7
    signals: list[str] = field(default_factory=list)

    def cmdline(self) -> list[str]:
        if self.hidden:
            raise psutil.AccessDenied(self.pid)
        return list(self.command)

    def cwd(self) -> str:
        return str(self.folder)

    def status(self) -> str:
        return self.state

    def name(self) -> str:
        return self.command[0]

    def parent(self) -> "Process | None":
        return self.of

    def terminate(self) -> None:
        self.signals.append("terminate")

    def kill(self) -> None:
        self.signals.append("kill")


HERE, ELSEWHERE = Path("/project"), Path("/another")


@pytest.mark.parametrize(
    ("process", "orphaned"),
    [
        pytest.param(Process(HERE), True, id="its engine has ended"),
        pytest.param(Process(HERE, of=Process(HERE, ("init",))), True, id="it was handed to init"),
        pytest.param(Process(HERE, of=Process(HERE, (CLI,), psutil.STATUS_ZOMBIE)), True, id="its engine is a zombie"),
        pytest.param(Process(HERE, of=Process(HERE, (CLI,))), False, id="its engine runs"),
        pytest.param(Process(ELSEWHERE), False, id="of another project"),
        pytest.param(Process(HERE, ("python", "-m", "http.server")), False, id="something else of this project"),
        pytest.param(Process(ELSEWHERE, ("sshd",)), False, id="something else"),
        pytest.param(Process(HERE, state=psutil.STATUS_ZOMBIE), False, id="a zombie"),
        pytest.param(Process(HERE, hidden=True), False, id="another user's"),
    ],
)
def test_only_a_provider_of_this_project_without_an_engine_is_orphaned(
    process: Process, orphaned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "process_iter", lambda: [process])
    assert find_orphans(HERE) == ([process] if orphaned else [])


def test_orphans_are_asked_to_end_and_those_that_do_not_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    ends, stays, other = Process(HERE, pid=1), Process(HERE, pid=2), Process(ELSEWHERE, pid=3)
    monkeypatch.setattr(psutil, "process_iter", lambda: [ends, stays, other])
    monkeypatch.setattr(psutil, "wait_procs", lambda processes, **_limit: ([], [one for one in processes if one is stays]))
    assert end_orphans(HERE) == [1, 2]
    assert (ends.signals, stays.signals, other.signals) == (["terminate"], ["terminate", "kill"], [])
