"""Whether the ports of a service are free, and which process holds them if not."""

import errno
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from embedded.errors import PortTakenError, SettingsError
from embedded.specification import Port
from options.infrastructure import LOOPBACK

_FIRST_UNUSED, _LAST_UNUSED = 20_000, 32_000


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A process that listens on a port. `name` is empty if it cannot be read."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name or 'process'} (pid {self.pid})"


def is_free(port: int) -> bool:
    """Return whether a listener can be opened on the loopback address now. Raise OSError if this user may not open the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # Servers set it too: connections of an earlier process that linger in TIME_WAIT do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
        return True


def unused_ports(count: int) -> list[int]:
    """Return different ports that nobody listens on now, below the range for outgoing connections."""
    chance = random.SystemRandom()
    found: list[int] = []
    while len(found) < count:
        port = chance.randrange(_FIRST_UNUSED, _LAST_UNUSED)
        if port not in found and is_free(port):
            found.append(port)
    return found


def require_free(wanted: Iterable[Port], *, except_pid: int = 0) -> None:
    """Raise PortTakenError for the first port that is taken by a process other than `except_pid`.

    Raise SettingsError for a port that this user may not open.
    """
    for port in wanted:
        try:
            if is_free(port.number):
                continue
        except PermissionError as error:
            raise SettingsError(f"{port.key} is {port.number}: this user may not open that port, choose one above 1023") from error
        holder = holder_of(port.number)
        if holder is None or holder.pid != except_pid:
            raise PortTakenError(port=port.number, key=port.key, holder=str(holder or ""))


def listening(pid: int) -> set[int]:
    """List the ports that a process listens on; none if it has exited or this user may not see them."""
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return set()
    return {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN and connection.laddr}


def holder_of(port: int) -> Holder | None:
    """Find the process that listens on a port. Return None if there is none, or if this user may not see it."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port and connection.pid:
            return Holder(pid=connection.pid, name=_name(connection.pid))
    return None


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return ""
