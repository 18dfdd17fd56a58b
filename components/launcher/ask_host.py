# ruff: noqa: INP001, TID251  # a program of its own, which has no modules of ours
"""Hand the arguments and streams of a provider to the console's host, which forks it (console/driver/provider_host.py).

`ask_host.py -m MODULE ADDRESS`, by the launcher beside it. Imports next to nothing, which is what it is for. Where there is no host any
more it becomes the process that the launcher would have started.
"""

import json
import os
import signal
import socket
import sys


def main() -> None:
    """Stand for the provider until it ends."""
    *module, address = sys.argv[1:]
    asked = {"arguments": [address], "environment": dict(os.environ), "folder": os.getcwd(), "launcher": os.getpid()}  # noqa: PTH109
    host = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        host.connect(os.environ.pop("FLINK_REVIEWS_PROVIDER_HOST"))
        socket.send_fds(host, [json.dumps(asked).encode()], [0, 1, 2])
        provider = host.recv(32)
    except OSError:
        provider = b""
    if not provider:
        host.close()
        os.execv(sys.executable, [sys.executable, "-u", *module, address])  # noqa: S606
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.kill(int(provider), number))
    # What is open here stays open for the engine, which takes the end of the streams for the end of the provider.
    for stream in (0, 1, 2):
        os.close(stream)
    host.send(b"!")
    host.recv(1)


main()
