"""An HTTP proxy on loopback: tunnels by CONNECT and sends plain requests on, to places that a test names, and keeps what it was asked."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class ConnectProxy:
    """The running proxy. `asked` holds the first line of each request; `refuses` answers with this status instead of tunnelling."""

    places: Mapping[str, int]
    url: str = ""
    refuses: int = 0
    asked: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of a client."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _rest = head.split(b" ", 2)
            self.asked.append(f"{method.decode()} {target.decode()}")
            self.heads.append(head)
            if self.refuses:
                writer.write(b"HTTP/1.1 %d no\r\ncontent-length: 0\r\n\r\n" % self.refuses)
            else:
                await self._tunnel(reader, writer, method, target, head)
            await writer.drain()
        writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: bytes, target: bytes, head: bytes) -> None:
        connects = method == b"CONNECT"
        place = (target if connects else target.split(b"/", 3)[2]).decode()
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.places[place])
        if connects:
            writer.write(b"HTTP/1.1 200 connected\r\n\r\n")
        else:
            inner_writer.write(head.replace(b"http://" + place.encode(), b"", 1))
        await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))


@contextmanager
def connect_proxy(places: Mapping[str, int]) -> Iterator[ConnectProxy]:
    """Run a proxy until the end of the block. `places` are `host:port` as the client names it, and the port on this machine."""
    proxy = ConnectProxy(places=places)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(proxy.serve, "127.0.0.1", 0))
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    writer.close()
