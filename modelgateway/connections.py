"""A client's connection: how many requests are accepted, how long a body may be, what happens when the client disconnects.

Waiting is wanted: it holds rows back in Flink instead of failing them.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.requests import Request

from modelgateway.rejection import Reason, RejectedError, Rejection


class Admission:
    """Limits how many requests are in the gateway at one time. Each upstream has its own limit of calls."""

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self.present = 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Count a request while the block runs. Raises RejectedError if the gateway is full."""
        if self.present >= self._capacity:
            message = f"{self._capacity} requests are in the model gateway already."
            raise RejectedError(Rejection(reason=Reason.OVERLOADED, message=message))
        self.present += 1
        try:
            yield
        finally:
            self.present -= 1


async def read_body(request: Request, *, limit: int) -> bytes:
    """Read the whole body. Raises RejectedError when it is longer than `limit` bytes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            message = f"The request has more than {limit} bytes. Cap the length of the text in SQL before ML_PREDICT."
            raise RejectedError(Rejection(reason=Reason.INPUT_TOO_LONG, message=message))
    return bytes(body)


T = TypeVar("T")


class ClientGoneError(Exception):
    """The client closed its connection before the answer was there."""


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what the work returns; cancel it and raise ClientGoneError when the client disconnects first.

    The body must have been read. A model must not go on working for nobody while others wait for its slot.
    """
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGoneError
        return working.result()
    finally:
        watching.cancel()
        working.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
