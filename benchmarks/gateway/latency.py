"""What the gateway adds to a call, at a steady pace of new questions: its ledger is written for each."""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.gateway.server import Server, ask_steadily, body, gateway
from benchmarks.gateway.upstream import Upstream, upstream

_PACES = (100, 500)
_SECONDS = 10
_ANSWER = 50
"""Milliseconds of an answer at the upstream."""
_GOAL = 5.0
_GOAL_PACE = 100


def added_latency() -> Iterator[str]:
    """Return a line for each pace: milliseconds with the gateway less those without it."""
    with tempfile.TemporaryDirectory() as folder, upstream() as server:
        server.take(_ANSWER)
        ledger = ("--ledger", str(Path(folder) / "ledger.sqlite"))
        with gateway(server.base, "--concurrency", "200", *ledger) as ours:
            asyncio.run(ask_steadily(ours.port, "/v1/chat/completions", [body(f"warm {number}") for number in range(300)], 100))
            for pace in _PACES:
                yield _line(server, ours, pace)


def _line(server: Upstream, ours: Server, pace: int) -> str:
    bodies = [body(f"{pace} {number}") for number in range(pace * _SECONDS)]
    plain, _full = _percentiles(int(server.root.rpartition(":")[2]), bodies, pace)
    before = ours.processor_seconds
    through, full = _percentiles(ours.port, bodies, pace)
    computed = (ours.processor_seconds - before) / len(bodies) * 1000
    p50, p99 = (more - less for more, less in zip(through, plain, strict=True))
    goal = f" (goal: p99 of {_GOAL:.0f} ms, {'met' if p99 <= _GOAL else 'missed'})" if pace == _GOAL_PACE else ""
    turned_away = f"; {full} turned away because the gateway was full" if full else ""
    return (
        f"added latency at {pace} requests/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms{goal}; "
        f"with the gateway p50 {through[0]:.1f}, p99 {through[1]:.1f}, without it p50 {plain[0]:.1f}, p99 {plain[1]:.1f}; "
        f"{computed:.2f} ms of processor time a request, load average {os.getloadavg()[0]:.1f}{turned_away}"
    )


def _percentiles(port: int, bodies: list[bytes], pace: int) -> tuple[tuple[float, float], int]:
    """Return the 50th and 99th in milliseconds, and how many were turned away."""
    every = asyncio.run(ask_steadily(port, "/v1/chat/completions", bodies, pace))
    seconds = [one for one in every if one is not None]
    cuts = statistics.quantiles(seconds, n=100)
    return (cuts[49] * 1000, cuts[98] * 1000), len(every) - len(seconds)
