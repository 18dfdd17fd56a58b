"""All upstreams in order of preference, asked until one answers, one refuses for good, or the request's patience ends.

A row waits here and the job stays RUNNING. Three things end the waiting: an answer, a refusal, and the certainty that the trouble is this
request's own: it keeps failing at a server that answers others meanwhile.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from http import HTTPStatus

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from modelgateway.completion import Answer
from modelgateway.metrics import Metrics
from modelgateway.rejection import Reason, RejectedError, Rejection, TransientError
from modelgateway.upstreams.client import CircuitOpenError, UpstreamClient, UpstreamRequest

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
OWN_TROUBLE_ATTEMPTS = 4
"""Attempts after which a request that fails where others succeed is given up."""
OWN_TIMEOUTS = 2
"""The same for a request that times out: each holds a slot of the model for long."""
PAID_ATTEMPTS = 3
"""Answers with status 200 that cannot be read: each may have been paid for."""
_OWN_TROUBLE = frozenset({Reason.UPSTREAM_ERROR, Reason.BROKEN_ANSWER, Reason.UPSTREAM_TIMEOUT})
_ELSEWHERE_MAYBE = frozenset({Reason.KEY_REFUSED, Reason.MODEL_NOT_FOUND, Reason.INPUT_TOO_LONG})


class Pool:
    """The upstreams of one gateway; at least one."""

    def __init__(self, clients: Sequence[UpstreamClient], metrics: Metrics) -> None:
        self.clients = tuple(clients)
        self._metrics = metrics

    async def ask(self, asked: UpstreamRequest) -> Answer:
        """Return the answer. Raises RejectedError, at its deadline at the latest."""
        began = time.monotonic()
        trouble: list[TransientError] = []

        def give_up(state: RetryCallState) -> bool:
            return self._own_trouble(trouble, began) or time.monotonic() + self._pause(state) >= asked.deadline

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TransientError), stop=give_up, wait=self._pause, reraise=True, before_sleep=self._count_retry
        )
        try:
            async with asyncio.timeout(max(0.0, asked.deadline - time.monotonic())):
                return await retrying(self._pass, asked, trouble)
        except TransientError as error:
            raise RejectedError(error.rejection) from None
        except TimeoutError:
            raise RejectedError(self._out_of_patience(trouble)) from None

    async def _pass(self, asked: UpstreamRequest, trouble: list[TransientError]) -> Answer:
        """Try each upstream whose circuit is closed once. Raises the first transient error, else a refusal."""
        failed: list[TransientError | RejectedError] = []
        clients = [client for client in self.clients if not client.breaker.wait_seconds] or self.clients
        for client in clients:
            try:
                return await client.ask(asked, last=client is clients[-1])
            except CircuitOpenError:
                continue
            except TransientError as error:
                trouble.append(error)
                failed.append(error)
            except RejectedError as error:
                if not _another_may_answer(error):
                    raise
                failed.append(error)
        raise next((error for error in failed if isinstance(error, TransientError)), failed[0])

    def _own_trouble(self, trouble: Sequence[TransientError], began: float) -> bool:
        paid = [error for error in trouble if error.rejection.status == HTTPStatus.OK]
        if len(paid) >= PAID_ATTEMPTS:
            return True
        own = [error for error in trouble if error.rejection.reason in _OWN_TROUBLE and error.retry_after is None]
        timeouts = [error for error in own if error.rejection.reason is Reason.UPSTREAM_TIMEOUT]
        if len(own) < OWN_TROUBLE_ATTEMPTS and len(timeouts) < OWN_TIMEOUTS:
            return False
        name = own[-1].rejection.upstream
        return any(client.upstream.name == name and client.breaker.last_success > began for client in self.clients)

    @staticmethod
    def _pause(state: RetryCallState) -> float:
        """Return the upstream's `Retry-After`, else twice the last pause. Both have jitter, so that waiting rows do not retry together."""
        error = state.outcome.exception() if state.outcome is not None else None
        wish = error.retry_after if isinstance(error, TransientError) else None
        seed = random.Random(f"{id(state)}.{state.attempt_number}")  # noqa: S311  # jitter, asked for twice and the same each time
        if wish is not None:
            return wish + seed.uniform(0.0, 0.25)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (state.attempt_number - 1))
        return pause * seed.uniform(0.75, 1.25)

    def _count_retry(self, _state: RetryCallState) -> None:
        self._metrics.retries.inc()

    def _out_of_patience(self, trouble: Sequence[TransientError]) -> Rejection:
        if trouble:
            return trouble[-1].rejection
        return Rejection(reason=Reason.OVERLOADED, message="The request waited for its turn until its time was over.")


def _another_may_answer(error: RejectedError) -> bool:
    """Return whether another upstream need not refuse the same; an empty account is its own, unlike the gateway's budget."""
    rejection = error.rejection
    return rejection.reason in _ELSEWHERE_MAYBE or (rejection.reason is Reason.BUDGET and rejection.status is not None)
