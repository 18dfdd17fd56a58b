"""The server's side of a websocket, as far as a port-forward needs it: binary frames, no fragments, and Kubernetes' channels in them."""

import base64
import hashlib
import socket
import struct
import threading
from contextlib import suppress
from io import BufferedIOBase
from typing import Protocol

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BINARY, _CLOSE = 2, 8


class Requested(Protocol):
    """The request of a client that wants a websocket."""

    rfile: BufferedIOBase
    connection: socket.socket


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1(key.encode() + _MAGIC).digest()).decode()  # noqa: S324  # the protocol's own


def forward(requested: Requested, port: int, aim: tuple[str, int]) -> None:
    """Carry channel 0 to `aim` until either side ends; complain on channel 1 when nobody listens there."""
    send = _Sender(requested.connection)
    for channel in (0, 1):
        send(_BINARY, bytes([channel]) + struct.pack("<H", port))
    try:
        pod = socket.create_connection(aim, timeout=5)
    except OSError:
        send(_BINARY, b"\x01connection refused inside the pod")
        send(_CLOSE, b"")
        return
    pod.settimeout(None)
    reader = threading.Thread(target=_copy_back, args=(pod, send), daemon=True)
    reader.start()
    with suppress(OSError):
        while (frame := _frame(requested.rfile)) is not None:
            if frame[:1] == b"\x00":
                pod.sendall(frame[1:])
        pod.shutdown(socket.SHUT_RDWR)
    reader.join(timeout=5)
    pod.close()


class _Sender:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._guard = threading.Lock()

    def __call__(self, opcode: int, data: bytes) -> None:
        length = len(data)
        head = struct.pack("!BB", 0x80 | opcode, length) if length < 126 else struct.pack("!BBH", 0x80 | opcode, 126, length)
        with self._guard:
            self._connection.sendall(head + data)


def _copy_back(pod: socket.socket, send: _Sender) -> None:
    with suppress(OSError):
        while data := pod.recv(32_000):
            send(_BINARY, b"\x00" + data)
        send(_CLOSE, b"")


def _frame(stream: BufferedIOBase) -> bytes | None:
    head = stream.read(2)
    if len(head) < 2 or head[0] & 0x0F == _CLOSE:
        return None
    length = head[1] & 0x7F
    if length == 126:
        [length] = struct.unpack("!H", stream.read(2))
    elif length == 127:
        [length] = struct.unpack("!Q", stream.read(8))
    mask = stream.read(4)
    return bytes(byte ^ mask[index % 4] for index, byte in enumerate(stream.read(length)))
