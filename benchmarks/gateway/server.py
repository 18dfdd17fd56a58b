"""The gateway alone, as a process, and a client that asks it at a steady pace."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from benchmarks.errors import BenchmarkError
from benchmarks.places import REPOSITORY

PATH = "/lanes/measured/v1/chat/completions"
_START_SECONDS = 60.0
_PROMPT = (
    "You are a product analyst. Return a valid JSON only with fields: sentiment, key_strengths, key_complaints, summary,"
    " recommended_action."
)
_LENGTH = 1_500
"""Characters of an input: those of a usual context."""


@dataclass(frozen=True)
class Server:
    """A running gateway."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def processor_seconds(self) -> float:
        """What the process has computed so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def resident_megabytes(self) -> float:
        """Memory of the process."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1_000_000


@contextmanager
def gateway(base: str, *options: str) -> Iterator[Server]:
    """Run a gateway in front of a server until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "modelgateway", "--port", str(port), "--kind", "openai", "--model", "measured", "--upstream", base]
    process = subprocess.Popen([*command, *options], cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    try:
        _until_ready(port, process)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def body(number: int | str) -> bytes:
    """Return a request that is another one for each number."""
    review = f"review {number}: " + "it does what it should. " * (_LENGTH // 24)
    messages = [{"role": "system", "content": _PROMPT}, {"role": "user", "content": review}]
    return json.dumps({"model": "measured", "messages": messages, "max_tokens": 600, "temperature": 0}).encode()


async def ask_steadily(port: int, path: str, bodies: Sequence[bytes], per_second: float) -> list[float | None]:
    """Send each at its time whatever became of the others, and return how long each took from its time on, in seconds.

    None stands for one that was turned away because the gateway was full.
    """
    pool = _Connections(port, path)
    began = time.perf_counter() + 0.1

    async def one(number: int, content: bytes) -> float | None:
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        return time.perf_counter() - due if await pool.ask(content) else None

    try:
        return await asyncio.gather(*(one(number, content) for number, content in enumerate(bodies)))
    finally:
        pool.close()


async def ask_at_once(port: int, path: str, bodies: Sequence[bytes], at_once: int) -> float:
    """Send all, so many at one time, and return the seconds."""
    pool = _Connections(port, path)
    waiting = iter(bodies)
    began = time.perf_counter()

    async def one() -> None:
        for content in waiting:
            if not await pool.ask(content):
                raise BenchmarkError(f"the gateway was full with {at_once} requests at one time")

    try:
        await asyncio.gather(*(one() for _ in range(at_once)))
    finally:
        pool.close()
    return time.perf_counter() - began


class _Connections:
    """HTTP connections that are kept open. Of our own, because a library's client would cost more than what is measured."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, content: bytes) -> bool:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        head = f"POST {self._path} HTTP/1.1\r\nhost: measured\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
        text = await reader.readexactly(length)
        self._idle.append((reader, writer))
        if b" 200 " not in answer or (b"gateway_rejection" in text and b"overloaded" not in text):
            raise BenchmarkError(f"the gateway does not answer: {answer[:40]!r} {text[:300]!r}")
        return b"gateway_rejection" not in text

    def close(self) -> None:
        for _reader, writer in self._idle:
            writer.close()


def _until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            requests.get(f"http://127.0.0.1:{port}/health", timeout=5).raise_for_status()
        except requests.RequestException:
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkError("the model gateway does not start") from None
            time.sleep(0.1)
        else:
            return


def ledger_bytes(file: Path) -> int:
    """Return the size of a ledger with its log."""
    return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))
