"""The ledger with 100,000 answers: the gateway's memory, the file, and how fast answers come from it."""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gateway.server import ask_at_once, ask_steadily, body, gateway, ledger_bytes
from benchmarks.gateway.upstream import upstream

ANSWERS = 100_000
_PART = 5_000
_HITS = 10_000
_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A ledger with so many `answers`: the gateway's megabytes before and after, those of the file, and new answers a second."""

    answers: int
    empty: float
    full: float
    file: float
    rate: float

    def __str__(self) -> str:
        return (
            f"{self.answers} answers kept: memory {self.empty:.0f} MB before, {self.full:.0f} MB after; file {self.file:.0f} MB; "
            f"{self.rate:.0f} new answers/s from a server that answers at once"
        )


@dataclass(frozen=True, kw_only=True)
class Hits:
    """Questions whose answers the ledger has: requests a second, milliseconds of a processor, megabytes, and calls that were made."""

    rate: float
    computed: float
    memory: float
    calls: int

    def __str__(self) -> str:
        return (
            f"ledger hits: {self.rate:.0f} requests/s, {_AT_ONCE} at once, {self.computed:.2f} ms of processor time each; "
            f"memory {self.memory:.0f} MB after a restart; calls at the upstream: {self.calls}"
        )


def large_ledger(answers: int = ANSWERS) -> Iterator[Filled | Hits]:
    """Measure a ledger while it is filled by asking, then what it answers after a restart."""
    with tempfile.TemporaryDirectory() as folder, upstream() as server:
        file = Path(folder) / "ledger.sqlite"
        options = ("--concurrency", "200", "--ledger", str(file))
        with gateway(server.base, *options) as ours:
            empty = ours.resident_megabytes
            seconds = 0.0
            for start in range(0, answers, _PART):
                bodies = [body(number) for number in range(start, min(start + _PART, answers))]
                seconds += asyncio.run(ask_at_once(ours.port, "/v1/chat/completions", bodies, 40))
            full, size = ours.resident_megabytes, ledger_bytes(file) / 1_000_000
            yield Filled(answers=answers, empty=empty, full=full, file=size, rate=answers / seconds)
        server.take(0)
        with gateway(server.base, *options) as ours:
            hits = [body(number * 7 % answers) for number in range(min(_HITS, answers))]
            asyncio.run(ask_steadily(ours.port, "/v1/chat/completions", hits[:300], 100))
            before = ours.processor_seconds
            seconds = asyncio.run(ask_at_once(ours.port, "/v1/chat/completions", hits, _AT_ONCE))
            computed = (ours.processor_seconds - before) / len(hits) * 1000
            yield Hits(rate=len(hits) / seconds, computed=computed, memory=ours.resident_megabytes, calls=server.counts().calls)
