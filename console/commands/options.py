"""Options that several commands have, and the question that one of them answers beforehand."""

from typing import Annotated

import typer

from console.errors import ConsoleError
from console.exit_codes import ExitCode

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, and nothing else, on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def require_yes(question: str, otherwise: str) -> None:
    """Ask whether to go on. Raises ConsoleError, which begins with `otherwise`, for a no, and where nobody can answer."""
    try:
        agreed = typer.confirm(question)
    except typer.Abort:
        raise ConsoleError(f"{otherwise}: nobody answered", advice="say `--yes` where nobody can", exit_code=ExitCode.USAGE) from None
    if not agreed:
        raise ConsoleError(otherwise, exit_code=ExitCode.USAGE)
