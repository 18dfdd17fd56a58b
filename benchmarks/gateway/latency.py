"""What the gateway adds to a call, at a steady pace of new questions: its ledger is written for each."""

import asyncio
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.gateway.server import ask_steadily, body, gateway
from benchmarks.gateway.upstream import Upstream, upstream

_PACES = (100, 500)
_SECONDS = 10
_ANSWER = 50
"""Milliseconds of an answer at the upstream."""
_GOAL = 5.0
_GOAL_PACE = 100


def added_latency() -> Iterator[str]:
    """Give a line for each pace: milliseconds with the gateway less those without it."""
    with tempfile.TemporaryDirectory() as folder, upstream() as server:
        server.take(_ANSWER)
        ledger = ("--ledger", str(Path(folder) / "ledger.sqlite"))
        with gateway(server.base, "--concurrency", "200", *ledger) as ours:
            asyncio.run(ask_steadily(ours.port, "/v1/chat/completions", [body(f"warm {number}") for number in range(300)], 100))
            for pace in _PACES:
                yield _line(server, ours.port, pace)


def _line(server: Upstream, port: int, pace: int) -> str:
    bodies = [body(f"{pace} {number}") for number in range(pace * _SECONDS)]
    plain = _percentiles(int(server.root.rpartition(":")[2]), bodies, pace)
    through = _percentiles(port, bodies, pace)
    p50, p99 = (more - less for more, less in zip(through, plain, strict=True))
    goal = f" (goal: p99 of {_GOAL:.0f} ms, {'met' if p99 <= _GOAL else 'missed'})" if pace == _GOAL_PACE else ""
    return (
        f"added latency at {pace} requests/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms{goal}; "
        f"with the gateway p50 {through[0]:.1f}, p99 {through[1]:.1f}, without it p50 {plain[0]:.1f}, p99 {plain[1]:.1f}"
    )


def _percentiles(port: int, bodies: list[bytes], pace: int) -> tuple[float, float]:
    seconds = asyncio.run(ask_steadily(port, "/v1/chat/completions", bodies, pace))
    cuts = statistics.quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[98] * 1000
