"""Why a benchmark could not be finished. The text is for people; what was started has been stopped."""


class BenchmarkError(Exception):
    """Base of all errors of this package."""


class CommandFailedError(BenchmarkError):
    """A command of the project failed; the text is what it printed."""


class NeverReadyError(BenchmarkError):
    """A process did not become ready in time; the text says which and where its log lies."""


class ScriptFailedError(BenchmarkError):
    """The plain script ended before its jobs ran."""


class JobsNeverRanError(BenchmarkError):
    """Submitted jobs did not run, or not to their end, in time."""
