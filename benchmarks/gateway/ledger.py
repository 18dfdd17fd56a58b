"""The ledger with 100,000 answers: the gateway's memory, the file, and how fast answers come from it."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.gateway.server import ask_at_once, ask_steadily, body, gateway, ledger_bytes
from benchmarks.gateway.upstream import upstream

_ANSWERS = 100_000
_PART = 5_000
_HITS = 10_000
_AT_ONCE = 20


def large_ledger() -> Iterator[str]:
    """Return lines on a ledger that was filled by asking."""
    with tempfile.TemporaryDirectory() as folder, upstream() as server:
        file = Path(folder) / "ledger.sqlite"
        options = ("--concurrency", "200", "--ledger", str(file))
        with gateway(server.base, *options) as ours:
            empty = ours.resident_megabytes
            seconds = 0.0
            for start in range(0, _ANSWERS, _PART):
                bodies = [body(number) for number in range(start, start + _PART)]
                seconds += asyncio.run(ask_at_once(ours.port, "/v1/chat/completions", bodies, 40))
            full, size = ours.resident_megabytes, ledger_bytes(file) / 1_000_000
            yield (
                f"{_ANSWERS} answers kept: memory {empty:.0f} MB before, {full:.0f} MB after; file {size:.0f} MB; "
                f"{_ANSWERS / seconds:.0f} new answers/s from a server that answers at once"
            )
        server.take(0)
        with gateway(server.base, *options) as ours:
            hits = [body(number * 7 % _ANSWERS) for number in range(_HITS)]
            asyncio.run(ask_steadily(ours.port, "/v1/chat/completions", hits[:300], 100))
            before = ours.processor_seconds
            seconds = asyncio.run(ask_at_once(ours.port, "/v1/chat/completions", hits, _AT_ONCE))
            computed = (ours.processor_seconds - before) / _HITS * 1000
            memory = ours.resident_megabytes
            yield (
                f"ledger hits: {_HITS / seconds:.0f} requests/s, {_AT_ONCE} at once, {computed:.2f} ms of processor time each; "
                f"memory {memory:.0f} MB after a restart; calls at the upstream: {server.counts().calls}"
            )
