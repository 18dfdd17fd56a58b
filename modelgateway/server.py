"""The process: a bound socket, uvicorn on it, an orderly end on SIGTERM."""

import errno
import logging
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn

from modelgateway.app import create_app
from modelgateway.backends.choice import choose_backend
from modelgateway.errors import SettingsError
from modelgateway.metrics import Metrics
from modelgateway.settings import Settings

LOGGER = logging.getLogger("modelgateway")
BACKLOG = 2048
"""Connections that the kernel keeps for us before they are accepted; uvicorn's own default."""
DRAIN_SECONDS = 10
"""How long a request that is under way at SIGTERM may still take."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way and exit with 0. Raises SettingsError when the port cannot be had."""
    _log_to_stderr()
    listener = _bind(settings)
    metrics = Metrics()
    application = create_app(settings, choose_backend(settings, metrics), metrics)
    server = uvicorn.Server(
        uvicorn.Config(
            application, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=DRAIN_SECONDS, server_header=False
        ),
    )
    # uvicorn raises the signal once more after its orderly end; without these the exit would read as death by signal.
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    LOGGER.info("listening on http://%s:%d kind=%s", shown, port, settings.kind)
    server.run(sockets=[listener])


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With the protocol named: asyncio switches Nagle's algorithm off only then, and head and body of an answer are two writes (40 ms).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # Now and not when uvicorn has started: whoever reads the ready line may connect at once.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"port {settings.port} on {settings.host} is taken. Stop what listens there or give another --port."
            ) from None
        raise SettingsError(f"cannot listen on {settings.host}:{settings.port}: {os.strerror(error.errno or 0)}.") from None
    return listener


def _log_to_stderr() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("aiohttp", "uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _exit(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
