"""Calls in flight: equal requests share one, and a call whose clients have all gone ends, at once or after a while."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(kw_only=True)
class _Call(Generic[T]):
    task: "asyncio.Task[T]"
    waiters: int = 0
    end: asyncio.TimerHandle | None = None


class InFlightCalls(Generic[T]):
    """By key. `linger_seconds` is how long a call goes on without a client: a client that comes back meets it, and its answer is kept."""

    def __init__(self, *, linger_seconds: float) -> None:
        self._linger_seconds = linger_seconds
        self._calls: dict[bytes, _Call[T]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    async def join(self, key: bytes, make_call: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
        """Return what the call of this key gives, and whether it was under way already. Cancelled: leaves the others their call."""
        call = self._calls.get(key)
        shared = call is not None
        if call is None:
            call = self._start(key, make_call)
        if call.end is not None:
            call.end.cancel()
            call.end = None
        call.waiters += 1
        try:
            return await asyncio.shield(call.task), shared
        finally:
            call.waiters -= 1
            if call.waiters == 0 and not call.task.done():
                self._without_waiters(key, call)

    def _start(self, key: bytes, make_call: Callable[[], Coroutine[Any, Any, T]]) -> _Call[T]:
        call = _Call(task=asyncio.create_task(make_call()))
        self._calls[key] = call
        call.task.add_done_callback(lambda task: self._finish(key, call, task))
        return call

    def _without_waiters(self, key: bytes, call: _Call[T]) -> None:
        if self._linger_seconds > 0:
            call.end = asyncio.get_running_loop().call_later(self._linger_seconds, self._abort, key, call)
        else:
            self._abort(key, call)

    def _abort(self, key: bytes, call: _Call[T]) -> None:
        # Out of the list at once: whoever asks now must not meet a call that is being cancelled.
        self._forget(key, call)
        call.task.cancel()

    def _finish(self, key: bytes, call: _Call[T], task: "asyncio.Task[T]") -> None:
        self._forget(key, call)
        if call.end is not None:
            call.end.cancel()
        if not task.cancelled():
            # Read, so that a failure nobody waits for any more is not reported as never retrieved.
            task.exception()

    def _forget(self, key: bytes, call: _Call[T]) -> None:
        if self._calls.get(key) is call:
            del self._calls[key]

    async def close(self, seconds: float) -> None:
        """Return calls without clients this long to end, then cancel what is left."""
        tasks = [call.task for call in self._calls.values()]
        if tasks:
            _done, left = await asyncio.wait(tasks, timeout=seconds)
            for task in left:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
