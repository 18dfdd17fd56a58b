"""What the gateway adds to a call, at a steady pace of new questions: its ledger is written for each."""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gateway.server import Server, ask_steadily, body, gateway
from benchmarks.gateway.upstream import Upstream, upstream

PACES = (100, 500)
"""Requests a second."""
SECONDS = 10
_ANSWER = 50
"""Milliseconds of an answer at the upstream."""
GOAL = 5.0
"""Milliseconds, of the slowest hundredth at GOAL_PACE."""
GOAL_PACE = 100

Percentiles = tuple[float, float]
"""The 50th and the 99th, in milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Added:
    """What the gateway adds at a pace in requests a second. `computed` are its milliseconds of a processor for a request."""

    pace: int
    plain: Percentiles
    through: Percentiles
    computed: float
    turned_away: int

    @property
    def slowest(self) -> float:
        """What is added to the 99th percentile."""
        return self.through[1] - self.plain[1]

    def __str__(self) -> str:
        goal = f" (goal: p99 of {GOAL:.0f} ms, {'met' if self.slowest <= GOAL else 'missed'})" if self.pace == GOAL_PACE else ""
        away = f"; {self.turned_away} turned away because the gateway was full" if self.turned_away else ""
        return (
            f"added latency at {self.pace} requests/s: p50 {self.through[0] - self.plain[0]:.1f} ms, p99 {self.slowest:.1f} ms{goal}; "
            f"with the gateway p50 {self.through[0]:.1f}, p99 {self.through[1]:.1f}, without it p50 {self.plain[0]:.1f}, "
            f"p99 {self.plain[1]:.1f}; {self.computed:.2f} ms of processor time a request, load average {os.getloadavg()[0]:.1f}{away}"
        )


def added_latency(seconds: int = SECONDS) -> Iterator[Added]:
    """Measure at each pace for so many seconds: with the gateway, and without it."""
    with tempfile.TemporaryDirectory() as folder, upstream() as server:
        server.take(_ANSWER)
        ledger = ("--ledger", str(Path(folder) / "ledger.sqlite"))
        with gateway(server.base, "--concurrency", "200", *ledger) as ours:
            asyncio.run(ask_steadily(ours.port, "/v1/chat/completions", [body(f"warm {number}") for number in range(300)], 100))
            for pace in PACES:
                yield _added(server, ours, pace, seconds)


def _added(server: Upstream, ours: Server, pace: int, seconds: int) -> Added:
    bodies = [body(f"{pace} {number}") for number in range(pace * seconds)]
    plain, _full = _percentiles(int(server.root.rpartition(":")[2]), bodies, pace)
    before = ours.processor_seconds
    through, full = _percentiles(ours.port, bodies, pace)
    computed = (ours.processor_seconds - before) / len(bodies) * 1000
    return Added(pace=pace, plain=plain, through=through, computed=computed, turned_away=full)


def _percentiles(port: int, bodies: list[bytes], pace: int) -> tuple[Percentiles, int]:
    """Return the 50th and 99th in milliseconds, and how many were turned away."""
    every = asyncio.run(ask_steadily(port, "/v1/chat/completions", bodies, pace))
    seconds = [one for one in every if one is not None]
    cuts = statistics.quantiles(seconds, n=100)
    return (cuts[49] * 1000, cuts[98] * 1000), len(every) - len(seconds)
