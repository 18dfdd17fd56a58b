"""What every command begins with: the stack that was asked for, the screen, and a driver when the engine is needed."""

from dataclasses import dataclass
from typing import Protocol

from console.driver.provider_host import provider_host
from console.driver.run import Driver, Observer
from console.known_errors import MISTAKES
from console.lasting_output import outlast_readers
from console.project import Project, open_project
from console.screen import Screen, make_screen, write_line
from console.show.run_json import JsonObserver
from console.show.run_lines import LineObserver
from console.show.run_live import LiveObserver
from console.toolchain import ensure
from platforms.drift import DriftCheck, NoDrift
from platforms.registry import platform_of
from platforms.run_watch import NoRunWatch, RunWatch
from settings import SettingsError


class RunObserver(Observer, Protocol):
    """An observer that may hold the screen until it is closed."""

    def close(self) -> None:
        """Give the screen back."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """One call of the command line."""

    stack: str
    screen: Screen

    def project(self) -> Project:
        """Read the stack file. Raises ConsoleError."""
        return open_project(self.stack)

    def observer(self, *, json: bool, planned: bool = False) -> RunObserver:
        """Choose who shows a run: JSON for scripts, a live table at a terminal, lines otherwise. The run outlasts who reads them."""
        outlast_readers()
        if json:
            return JsonObserver(write_line)
        out = self.screen.out
        return LiveObserver(out, planned=planned) if self.screen.live else LineObserver(out, planned=planned)

    def driver(self, project: Project, observer: RunObserver) -> Driver:
        """Make the driver, with a CLI that is fetched or built when there is none. Raises ConsoleError."""
        # Now: what a run needs is imported, and no thread runs yet.
        providers = provider_host()
        toolchain = ensure(project.data_folder, observer.say)
        return Driver(
            project=project,
            toolchain=toolchain,
            program=_program,
            observer=observer,
            mistakes=MISTAKES,
            watch=lambda: _run_watch(project),
            drift=_drift(project),
            variables=providers,
        )


def _program() -> None:
    """Run the very function that __main__.py runs."""
    from platforms.program import program  # noqa: PLC0415  # the commands that only look start in half the time without it

    program()


def _run_watch(project: Project) -> RunWatch:
    """Return what the platform watches in a run. Settings that cannot be read are the program's to complain about."""
    try:
        return platform_of(project.settings()).run_watch()
    except SettingsError:
        return NoRunWatch()


def _drift(project: Project) -> DriftCheck:
    """Return what the platform compares before a run, for settings that can be read."""
    try:
        return platform_of(project.settings()).drift_check(project.stack)
    except SettingsError:
        return NoDrift()


def make_session(stack: str) -> Session:
    """Begin a call."""
    return Session(stack=stack, screen=make_screen())
