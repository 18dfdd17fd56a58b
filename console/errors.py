"""The one error type that commands raise on purpose. It becomes a clean message and an exit code, never a traceback."""

from console.exit_codes import ExitCode


class ConsoleError(Exception):
    """Something a person can act on. `str(error)` says what failed; `advice` says what to do next, and may be empty."""

    def __init__(self, message: str, *, advice: str = "", exit_code: ExitCode = ExitCode.FAILED) -> None:
        self.advice = advice
        self.exit_code = exit_code
        super().__init__(message)
