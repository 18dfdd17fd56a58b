"""The command line: which commands there are, and what becomes of an error."""

import sys
import tempfile
import traceback
from typing import Annotated, ClassVar

import typer

from console.default_stack import LOCAL
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.lazy_commands import LazyCommands
from console.process_environment import process_environment
from console.proxies import exempt_loopback
from console.screen import Screen, make_screen, show_in_any_encoding
from console.stopping import StoppedError, stop_on_signals

_ONE_BY_ONE = (
    *(
        "demo",
        "doctor",
        "up",
        "preview",
        "approve",
        "promote",
        "log",
        "undo",
        "status",
        "why",
        "ui",
        "feed",
        "tail",
        "watch",
        "check",
        "answers",
        "evaluate",
    ),
    *("new", "adopt-script", "test", "logs", "forward", "outputs", "rights", "down", "clean", "toolchain", "environment"),
    *("lock-jars", "comment", "savepoints"),
)
"""The commands in the order of the list."""

_TOGETHER = {"up": "run", "preview": "run", "environment": "toolchain", "test": "sql_tests"}
"""Commands whose module has another name."""


class Commands(LazyCommands):
    """The commands of the command line."""

    modules: ClassVar = {name: f"console.commands.{_TOGETHER.get(name, name.replace('-', '_'))}" for name in _ONE_BY_ONE}


app = typer.Typer(
    name="console",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


@app.callback()
def begin(
    context: typer.Context,
    stack: Annotated[str, typer.Option("--stack", "-s", help="Which stack: one for each Pulumi.<stack>.yaml.")] = LOCAL,
) -> None:
    """Pipelines of Kafka, Flink SQL and a language model. Begin with `demo`.

    Exit codes: 0 done, 1 the run failed, 2 wrong command line or stack, 3 not healthy, 4 no Pulumi CLI, 5 another run works on the stack,
    6 not in time, 130 interrupted.
    """
    from console.session import make_session  # noqa: PLC0415  # it loads what the list of commands does not need

    context.obj = make_session(stack)


def main() -> int:
    """Run the command line. Errors that people can act on are written without a traceback; defects say where theirs is."""
    exempt_loopback(process_environment())
    show_in_any_encoding(sys.stdout, sys.stderr)
    stop_on_signals()
    try:
        return _run(make_screen())
    except StoppedError:
        return ExitCode.INTERRUPTED


def _run(screen: Screen) -> int:
    try:
        app(prog_name="python -m console")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(ExitCode.FAILED)
    except ConsoleError as error:
        if str(error):
            screen.report(error)
        return error.exit_code
    except BrokenPipeError:
        # Who read our output has seen enough (`| head`). Python would complain once more when it closes the stream.
        sys.stderr.close()
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001  # the outermost place: nothing may reach the user as a bare traceback
        return _report(screen, error)
    return ExitCode.OK


def _report(screen: Screen, error: Exception) -> int:
    """Write an error that a person can act on as it is, and any other as a defect of ours."""
    from console.known_errors import MISTAKES  # noqa: PLC0415  # the error types of all parts load all parts
    from platforms.errors import PlatformError  # noqa: PLC0415  # a command that fails has loaded it

    if isinstance(error, MISTAKES):
        screen.problem(str(error), str(getattr(error, "advice", "")))
        return ExitCode[error.reason.name] if isinstance(error, PlatformError) else ExitCode.FAILED
    screen.problem(
        f"this is a bug in the console: {traceback.format_exc().strip().splitlines()[-1]}",
        f"please report it with {_record_traceback()}",
    )
    return ExitCode.FAILED


def _record_traceback() -> str:
    with tempfile.NamedTemporaryFile("w", prefix="console-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(traceback.format_exc())
        return file.name
