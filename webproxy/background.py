"""The proxy beside a program that does something else: in a thread of its own, for as long as a block runs."""

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from webproxy.guard import AccessGuard
from webproxy.proxy import Upstream, application

HOST = "127.0.0.1"
_WAITING_CONNECTIONS = 32
_TOKEN_BYTES = 24
_STOP_SECONDS = 2.0


@contextmanager
def proxied(upstream: Upstream, *, port: int = 0, how: str, hides_path: bool) -> Iterator[AccessGuard]:
    """Serve on a port of the loopback address (0: any free one) with a token made up for it. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(_WAITING_CONNECTIONS)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        doorkeeper = AccessGuard(port=int(listener.getsockname()[1]), token=token, how=how, hides_path=hides_path)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            runner = asyncio.run_coroutine_threadsafe(_started(upstream, doorkeeper, listener), loop).result()
            try:
                yield doorkeeper
            finally:
                asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
    finally:
        listener.close()


async def _started(upstream: Upstream, doorkeeper: AccessGuard, listener: socket.socket) -> web.AppRunner:
    runner = web.AppRunner(application(upstream, doorkeeper), access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner
