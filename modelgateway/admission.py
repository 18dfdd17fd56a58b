"""How many requests are worked on at one time, and how many may wait for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from modelgateway.errors import AnswerError


class Admission:
    """A door with a short queue. Waiting is wanted: it holds rows back in Flink instead of failing them."""

    def __init__(self, *, concurrency: int, waiting: int) -> None:
        self._turn = asyncio.Semaphore(concurrency)
        self._capacity = concurrency + waiting
        self._present = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a free place and hold it. Raises AnswerError (503) when the queue is full."""
        if self._present >= self._capacity:
            raise AnswerError(
                HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests are waiting in the model gateway. Try again later.", code="queue_full"
            )
        self._present += 1
        try:
            async with self._turn:
                yield
        finally:
            self._present -= 1
