"""A model server that answers each call after a set time and costs next to nothing itself, as a process of its own.

`python -m benchmarks.gateway.upstream` writes its port in a line and ends with its standard input. `PUT /<milliseconds>` sets the time
of an answer and forgets what was counted; `GET /told` tells it: calls, the most at one time, when the first one came.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import requests

from benchmarks.errors import BenchmarkError
from benchmarks.places import REPOSITORY

_ANSWER = json.dumps(
    {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "measured",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": json.dumps(
                        {
                            "sentiment": "positive",
                            "key_strengths": ["sound"],
                            "key_complaints": [],
                            "summary": "People like it.",
                            "recommended_action": "Keep it.",
                        }
                    ),
                },
            }
        ],
        "usage": {"prompt_tokens": 300, "completion_tokens": 60, "total_tokens": 360},
    }
).encode()
_SECONDS = 30.0
HANGS = b"[hangs]"
"""A call whose text holds this gets no answer."""


@dataclass(kw_only=True)
class CallCounts:
    """What was counted. `first` is the time of the first call, in seconds of the day's clock."""

    calls: int = 0
    most_at_once: int = 0
    first: float = 0.0
    last: float = 0.0


class _Model:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.at_once = 0
        self.counts = CallCounts()

    def called(self) -> None:
        now = time.time()
        self.at_once += 1
        self.counts.calls += 1
        self.counts.first = self.counts.first or now
        self.counts.most_at_once = max(self.counts.most_at_once, self.at_once)

    def answered(self) -> None:
        self.at_once -= 1
        self.counts.last = time.time()


class _Connection(asyncio.Protocol):
    def __init__(self, model: _Model) -> None:
        self._model = model
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0") if b"content-length:" in lower else 0
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        method, path = head.split(b" ", 2)[:2]
        if method == b"POST":
            self._model.called()
            if HANGS not in rest:
                asyncio.get_running_loop().call_later(self._model.seconds, self._answer)
        elif method == b"PUT":
            self._model.seconds, self._model.counts = int(path[1:]) / 1000, CallCounts()
            self._send(b"{}")
        elif path == b"/told":
            self._send(json.dumps(self._model.counts.__dict__).encode())
        else:
            self._send(b'{"object":"list","data":[{"id":"measured"}]}')

    def _answer(self) -> None:
        self._model.answered()
        self._send(_ANSWER)

    def _send(self, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


@dataclass(frozen=True)
class Upstream:
    """The running server, from outside."""

    root: str

    @property
    def base(self) -> str:
        """The base URL that the gateway is given."""
        return f"{self.root}/v1"

    def take(self, milliseconds: int) -> None:
        """Answer after so long from now on, and count from 0."""
        requests.put(f"{self.root}/{milliseconds}", timeout=_SECONDS).raise_for_status()

    def counts(self) -> CallCounts:
        """Return what was counted since."""
        return CallCounts(**requests.get(f"{self.root}/told", timeout=_SECONDS).json())


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Run it until the end of the block."""
    command = [sys.executable, "-m", "benchmarks.gateway.upstream"]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        if process.stdin is None or process.stdout is None:
            raise BenchmarkError("the measured model server has no streams")
        try:
            yield Upstream(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.stdin.close()
            process.wait(_SECONDS)


async def _serve() -> None:
    model = _Model()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(model), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    # Connections that still wait for their answer would hold the end up.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(_serve())
