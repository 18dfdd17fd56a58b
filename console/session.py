"""What every command begins with: the stack that was asked for, the screen, and a driver when the engine is needed."""

from dataclasses import dataclass

from console.driver.run import Driver
from console.mistakes import MISTAKES
from console.project import Project, open_project
from console.screen import RunObserver, Screen, make_screen
from console.toolchain import ensure


@dataclass(frozen=True, kw_only=True)
class Session:
    """One call of the command line."""

    stack: str
    screen: Screen

    def project(self) -> Project:
        """Read the stack file. Raises ConsoleError."""
        return open_project(self.stack)

    def driver(self, project: Project, observer: RunObserver) -> Driver:
        """Make the driver, with a CLI that is fetched or built when there is none. Raises ConsoleError."""
        toolchain = ensure(project.data_folder, observer.say)
        return Driver(project=project, toolchain=toolchain, program=_program, observer=observer, mistakes=MISTAKES)


def _program() -> None:
    """Run the very function that __main__.py runs."""
    from components.program import program  # noqa: PLC0415  # the commands that only look start in half the time without it

    program()


def make_session(stack: str) -> Session:
    """Begin a call."""
    return Session(stack=stack, screen=make_screen())
