"""What may be used: calls a minute, tokens and money a day. A call reserves what it may cost and gives back what it did not."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from modelgateway.answers.ledger import Ledger
from modelgateway.answers.store import today
from modelgateway.metrics import Metrics
from modelgateway.rejection import Reason, RejectedError, Rejection
from modelgateway.settings import Budget
from modelgateway.usage import NOTHING, Usage

_MINUTE = 60.0
_POLL_SECONDS = 1.0
_POLL_CALLS_SECONDS = 0.05
_ROUNDING = 1e-9
"""Prices are binary fractions: twenty calls may add up to a hair more than twenty times one."""


@dataclass(kw_only=True)
class Costs:
    """What a call turned out to cost; set by whoever makes it."""

    usage: Usage = NOTHING


class BudgetLimiter:
    """The budget with what the day has cost. Both survive a restart in the ledger; without a ledger a restart begins a new day."""

    def __init__(self, budget: Budget, ledger: Ledger, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget, self._ledger, self._metrics, self._clock = budget, ledger, metrics, clock
        self._day = ""
        self._usage, self._money = NOTHING, 0.0
        self._reserved: list[Usage] = []
        self._next_call = 0.0
        self._average: Usage | None = None

    @asynccontextmanager
    async def call(self, estimate: Usage, *, upstream: str, model: str, deadline: float) -> AsyncIterator[Costs]:
        """Wait for this minute's turn and hold the day's share of one call, until the deadline at most.

        Raises RejectedError with reason `budget`.
        """
        reserved = await self._reserve(estimate, deadline)
        costs = Costs()
        try:
            await self._pace(deadline)
            yield costs
        finally:
            # In one step, before anybody else looks: between giving back and spending, another call would see both as free.
            self._reserved.remove(reserved)
            if costs.usage.calls:
                self._account(costs.usage, upstream)
                await asyncio.shield(self._ledger.spend(model, costs.usage, self.price(costs.usage), self._day))

    def price(self, usage: Usage) -> float:
        """Return what tokens cost."""
        return (usage.prompt * self._budget.input_price + usage.completion * self._budget.output_price) / 1_000_000

    async def today(self) -> dict[str, object]:
        """Return what the day has cost, for `/health`."""
        await self._start_day()
        limits = {"tokens_per_day": self._budget.tokens_per_day, "money_per_day": self._budget.money_per_day}
        return {
            "day": self._day,
            "calls": self._usage.calls,
            "prompt_tokens": self._usage.prompt,
            "completion_tokens": self._usage.completion,
            "money": round(self._money, 6),
            "limits": {name: limit for name, limit in limits.items() if limit},
            "exhausted": self._over([*self._reserved, self._expected(NOTHING)]),
        }

    async def refresh_metrics(self) -> None:
        """Update the gauges: what the day has cost, of each limit that is set."""
        await self._start_day()
        used = {
            "tokens_per_day": (self._usage.total, self._budget.tokens_per_day),
            "money_per_day": (self._money, self._budget.money_per_day),
        }
        for name, (amount, limit) in used.items():
            if limit:
                self._metrics.budget_used.labels(name).set(amount)
                self._metrics.budget_limit.labels(name).set(limit)

    async def _reserve(self, estimate: Usage, deadline: float) -> Usage:
        await self._start_day()
        while self._over([*self._reserved, expected := self._expected(estimate)]):
            # What is only held by calls under way may come back: they cost less than was thought, or fail.
            used_up = self._over([expected])
            pause = _POLL_SECONDS if used_up else _POLL_CALLS_SECONDS
            if (used_up and not self._budget.waits) or self._clock() + 2 * pause > deadline:
                raise RejectedError(Rejection(reason=Reason.BUDGET, message=f"The budget of {self._day} (UTC) is used up."))
            await asyncio.sleep(pause)
            await self._start_day()
        self._reserved.append(expected)
        return expected

    def _expected(self, estimate: Usage) -> Usage:
        """Return what a call will cost: as the last ones did, once there were some."""
        return self._average or estimate

    def _over(self, calls: Sequence[Usage]) -> bool:
        if not self._budget.limits_a_day:
            return False
        held = sum(calls, NOTHING)
        tokens, money = self._budget.tokens_per_day, self._budget.money_per_day
        if tokens and self._usage.total + held.total > tokens:
            return True
        return bool(money and self._money + self.price(held) > money * (1 + _ROUNDING))

    async def _pace(self, deadline: float) -> None:
        if self._budget.requests_per_minute:
            now = self._clock()
            turn = max(now, self._next_call)
            if turn >= deadline:
                message = f"The turn of this call, of {self._budget.requests_per_minute} a minute, comes after the row's patience."
                raise RejectedError(Rejection(reason=Reason.BUDGET, message=message))
            self._next_call = turn + _MINUTE / self._budget.requests_per_minute
            await asyncio.sleep(turn - now)

    async def _start_day(self) -> None:
        if self._day != (day := today()):
            spent = await self._ledger.spent(day)
            if self._day == day:
                # Another request has turned it meanwhile, and may have spent since.
                return
            self._day, self._usage, self._money = day, spent.usage, spent.money
            if spent.usage.total:
                self._average = _mean(spent.usage)

    def _account(self, usage: Usage, upstream: str) -> None:
        money = self.price(usage)
        self._usage += usage
        self._money += money
        if self._usage.total:
            self._average = _mean(self._usage)
        self._metrics.tokens.labels(upstream, "in").inc(usage.prompt)
        self._metrics.tokens.labels(upstream, "out").inc(usage.completion)
        self._metrics.money.labels(upstream).inc(money)


def _mean(usage: Usage) -> Usage:
    return Usage(prompt=-(-usage.prompt // usage.calls), completion=-(-usage.completion // usage.calls), calls=1)
