"""Where output goes: results to standard output, problems to standard error, redrawn tables only where somebody watches."""

import codecs
import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from console.errors import ConsoleError
from console.process_environment import process_environment

_WIDTH_OF_A_LOG = 160
"""Tables in a file or a pipe have no terminal to fit into; rich would take 80."""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """The two streams, and whether a table may be redrawn on the first."""

    out: Console
    err: Console
    live: bool

    def problem(self, message: str, advice: str = "") -> None:
        """Write an error and what to do about it."""
        self.err.print(f"[bold red]error[/] {escape(message)}", highlight=False, soft_wrap=True)
        if advice:
            self.err.print(escape(advice), highlight=False, soft_wrap=True)

    def report(self, error: ConsoleError) -> None:
        """Write an error of ours."""
        self.problem(str(error), error.advice)


_PLAIN = {"✓": "+", "✗": "x", "→": "->", "…": "...", "·": "-", "•": "*", "─": "-", "│": "|"}


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """Replace what a terminal cannot show. Characters that we draw with have a plain form, all others become question marks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(character, "?") for character in error.object[error.start : error.end]), error.end


def show_in_any_encoding(*streams: object) -> None:
    """Let streams write whatever they are given, also where the terminal knows ASCII only."""
    codecs.register_error("console.plain", _in_plain_letters)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="console.plain")


def make_screen(environment: Mapping[str, str] = process_environment()) -> Screen:
    """Look at the streams. `CI` in the environment means that nobody watches, even where there is a terminal."""
    live = sys.stdout.isatty() and environment.get("CI", "").lower() not in {"1", "true"} and environment.get("TERM") != "dumb"
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_LOG
    return Screen(out=Console(width=width), err=Console(stderr=True, width=width), live=live)


def write_line(text: str) -> None:
    """Write one line for a script, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
