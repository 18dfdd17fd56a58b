"""Calls in flight: equal requests share one, and a call whose clients have all gone ends, at once or after a while."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(kw_only=True)
class _Flight(Generic[T]):
    task: "asyncio.Task[T]"
    passengers: int = 0
    end: asyncio.TimerHandle | None = None


class Flights(Generic[T]):
    """By key. `linger_seconds` is how long a call goes on without a client: a client that comes back meets it, and its answer is kept."""

    def __init__(self, *, linger_seconds: float) -> None:
        self._linger_seconds = linger_seconds
        self._flights: dict[bytes, _Flight[T]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def join(self, key: bytes, call: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
        """Return what the call of this key gives, and whether it was under way already. Cancelled: leaves the others their call."""
        flight = self._flights.get(key)
        shared = flight is not None
        if flight is None:
            flight = self._depart(key, call)
        if flight.end is not None:
            flight.end.cancel()
            flight.end = None
        flight.passengers += 1
        try:
            return await asyncio.shield(flight.task), shared
        finally:
            flight.passengers -= 1
            if flight.passengers == 0 and not flight.task.done():
                self._leave(key, flight)

    def _depart(self, key: bytes, call: Callable[[], Coroutine[Any, Any, T]]) -> _Flight[T]:
        flight = _Flight(task=asyncio.create_task(call()))
        self._flights[key] = flight
        flight.task.add_done_callback(lambda task: self._land(key, flight, task))
        return flight

    def _leave(self, key: bytes, flight: _Flight[T]) -> None:
        if self._linger_seconds > 0:
            flight.end = asyncio.get_running_loop().call_later(self._linger_seconds, self._abort, key, flight)
        else:
            self._abort(key, flight)

    def _abort(self, key: bytes, flight: _Flight[T]) -> None:
        # Out of the list at once: whoever asks now must not meet a call that is being cancelled.
        self._forget(key, flight)
        flight.task.cancel()

    def _land(self, key: bytes, flight: _Flight[T], task: "asyncio.Task[T]") -> None:
        self._forget(key, flight)
        if flight.end is not None:
            flight.end.cancel()
        if not task.cancelled():
            # Read, so that a failure nobody waits for any more is not reported as never retrieved.
            task.exception()

    def _forget(self, key: bytes, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def close(self, seconds: float) -> None:
        """Give calls without clients this long to end, then cancel what is left."""
        tasks = [flight.task for flight in self._flights.values()]
        if tasks:
            _done, left = await asyncio.wait(tasks, timeout=seconds)
            for task in left:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
