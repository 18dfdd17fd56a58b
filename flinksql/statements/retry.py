"""How often something is tried again that may work a moment later: one policy for everything that a statement asks of Flink."""

from collections.abc import Sequence

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_chain, wait_fixed, wait_none

from flinksql.clock import Clock
from flinksql.errors import TransientError


def retrying(waits: Sequence[float], clock: Clock) -> Retrying:
    """Return what calls a function until it raises no TransientError, with these pauses (seconds) between attempts.

    The last error is raised as it is.
    """
    return Retrying(
        retry=retry_if_exception_type(TransientError),
        stop=stop_after_attempt(len(waits) + 1),
        wait=wait_chain(*map(wait_fixed, waits)) if waits else wait_none(),
        sleep=clock.sleep,
        reraise=True,
    )
