"""A broker of the stack's own that does not answer is asked once, not once for each topic."""

import time
from collections.abc import Callable
from typing import TypeVar

from flinksql.kafka.errors import BrokerUnreachableError

_SILENT_SECONDS = 15.0
T = TypeVar("T")


class BrokerSilence:
    """Behind a port-forward without a pod, each question would wait for the time-out of a request."""

    def __init__(self) -> None:
        self._error: BrokerUnreachableError | None = None
        self._until = 0.0

    def ask(self, question: Callable[[], T], *, is_own_broker: bool) -> T:
        """Return the answer. Raises BrokerUnreachableError, for some time without asking, after a question that had no answer."""
        if is_own_broker and self._error is not None and time.monotonic() < self._until:
            raise self._error
        try:
            answer = question()
        except BrokerUnreachableError as error:
            self._error, self._until = error, time.monotonic() + _SILENT_SECONDS
            raise
        self._error = None
        return answer
