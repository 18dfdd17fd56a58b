"""The ledger as the gateway uses it: one thread for the file, and a file that fails costs calls, not answers."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from modelgateway.answers.record import Record
from modelgateway.answers.store import Spent, Store
from modelgateway.completion import Answer
from modelgateway.errors import SettingsError
from modelgateway.metrics import Metrics
from modelgateway.rejection import Rejection
from modelgateway.settings import LedgerSettings
from modelgateway.usage import NOTHING, Usage

LOGGER = logging.getLogger("modelgateway")
T = TypeVar("T")


class Ledger:
    """Without a file it keeps nothing but what the day has cost."""

    def __init__(self, settings: LedgerSettings, metrics: Metrics) -> None:
        self._keeps = settings.file is not None
        self._metrics = metrics
        try:
            self._store = Store(settings)
        except (sqlite3.Error, OSError) as error:
            raise SettingsError(f"--ledger {settings.file} cannot be opened: {error}.") from None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def find(self, key: bytes) -> Answer | Rejection | None:
        """Return what is kept under a key, or None."""
        return await self._do(lambda: self._store.find(key), None) if self._keeps else None

    async def keep(self, record: Record) -> None:
        """Keep a record; over when it is safe from the end of this process."""
        if self._keeps:
            await self._do(lambda: self._store.keep(record), None)

    async def spend(self, model: str, usage: Usage, money: float, day: str) -> None:
        """Add to what a day has cost."""
        await self._do(lambda: self._store.spend(model, usage, money, day), None)

    async def spent(self, day: str) -> Spent:
        """Return what a day has cost so far."""
        return await self._do(lambda: self._store.spent(day), Spent(usage=NOTHING, money=0.0))

    async def count(self) -> int:
        """Return how many answers are kept."""
        return await self._do(self._store.count, 0)

    async def close(self) -> None:
        """Close the file after what is under way."""
        await self._do(self._store.close, None)
        self._thread.shutdown()

    async def _do(self, work: Callable[[], T], otherwise: T) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            # A full disk or a broken page: the row still gets its answer, and the operator is told.
            self._metrics.ledger_errors.inc()
            LOGGER.error("ledger: %s", error)  # noqa: TRY400  # the message is all there is to know
            return otherwise
