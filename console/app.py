"""The command line: which commands there are, and what becomes of an error."""

import signal
import sys
import tempfile
import traceback
from types import FrameType
from typing import Annotated, Never

import typer

from console.commands.answers import answers
from console.commands.approve import approve
from console.commands.clean import clean
from console.commands.demo import demo
from console.commands.doctor import doctor
from console.commands.down import down
from console.commands.evaluate import evaluate
from console.commands.feed import feed
from console.commands.forward import forward
from console.commands.log import log
from console.commands.logs import logs
from console.commands.outputs import outputs
from console.commands.rights import rights
from console.commands.run import preview, up
from console.commands.status import status
from console.commands.toolchain import environment, toolchain
from console.commands.undo import undo
from console.commands.watch import watch
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.known_errors import MISTAKES
from console.process_environment import process_environment
from console.project import LOCAL
from console.proxies import exempt_loopback
from console.screen import make_screen, show_in_any_encoding
from console.session import make_session
from platforms.errors import PlatformError

app = typer.Typer(
    name="console",
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
    context.obj = make_session(stack)


for _command in (
    demo,
    doctor,
    up,
    preview,
    approve,
    log,
    undo,
    status,
    feed,
    watch,
    answers,
    evaluate,
    logs,
    forward,
    outputs,
    rights,
    down,
    clean,
    toolchain,
    environment,
):
    app.command()(_command)


def main() -> int:
    """Run the command line. Errors that people can act on are written without a traceback; defects say where theirs is."""
    exempt_loopback(process_environment())
    show_in_any_encoding(sys.stdout, sys.stderr)
    signal.signal(signal.SIGINT, _interrupted)
    signal.signal(signal.SIGTERM, _interrupted)
    screen = make_screen()
    try:
        app(prog_name="python -m console")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(ExitCode.FAILED)
    except ConsoleError as error:
        if str(error):
            screen.report(error)
        return error.exit_code
    except MISTAKES as error:
        screen.problem(str(error), str(getattr(error, "advice", "")))
        return ExitCode[error.reason.name] if isinstance(error, PlatformError) else ExitCode.FAILED
    except BrokenPipeError:
        # Who read our output has seen enough (`| head`). Python would complain once more when it closes the stream.
        sys.stderr.close()
        return ExitCode.OK
    except Exception:  # noqa: BLE001  # the outermost place: nothing may reach the user as a bare traceback
        screen.problem(
            f"this is a bug in the console: {traceback.format_exc().strip().splitlines()[-1]}",
            f"please report it with {_record_traceback()}",
        )
        return ExitCode.FAILED
    return ExitCode.OK


def _record_traceback() -> str:
    with tempfile.NamedTemporaryFile("w", prefix="console-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(traceback.format_exc())
        return file.name


class StoppedError(ConsoleError):
    """Ctrl-C outside a run of the engine."""


def _interrupted(_number: int, _frame: FrameType | None) -> Never:
    raise StoppedError("", exit_code=ExitCode.INTERRUPTED)
