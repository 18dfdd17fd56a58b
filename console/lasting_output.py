"""Output that a run outlasts: `up | head`, a log that nobody collects any more, a terminal that is gone.

What is shown of a run is written by the threads that hear the engine's events. An error there leaves the engine waiting for ever, with the
stack locked; and a run that changes something is not ended because nobody reads on.
"""

import errno
import os
import sys
from typing import Any, TextIO

_GONE = frozenset({errno.EPIPE, errno.EIO})
"""The other end of a pipe was closed; the terminal is gone."""


def outlast_readers() -> None:
    """From now on, what this process writes to its standard streams is dropped once nobody reads it. Does nothing the second time."""
    if not isinstance(sys.stdout, LastingOutput):
        sys.stdout = LastingOutput(sys.stdout)
    if not isinstance(sys.stderr, LastingOutput):
        sys.stderr = LastingOutput(sys.stderr)


class LastingOutput:
    """A text stream whose reader may leave. Everything but writing is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever a stream has
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or drop what nobody reads."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        """Hand on what was written, or drop it."""
        try:
            self._stream.flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        if error.errno not in _GONE:
            raise error
        # Under the stream: what it still holds goes there too, now and when the process ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, self._stream.fileno())
        finally:
            os.close(nowhere)
