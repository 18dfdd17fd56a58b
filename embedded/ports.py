"""Are the ports of a service free, and if not, who holds them."""

import errno
import socket
from collections.abc import Iterable

import psutil

from embedded.errors import PortTakenError
from embedded.settings import LOOPBACK
from embedded.specification import Port


def is_free(port: int) -> bool:
    """Tell whether a listener could be opened on the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # As servers do: connections of an earlier process that linger in TIME_WAIT do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
        return True


def require_free(ports: Iterable[Port]) -> None:
    """Raise PortTakenError for the first port that is taken."""
    for port in ports:
        if not is_free(port.number):
            raise PortTakenError(port=port.number, key=port.key, holder=holder_of(port.number))


def holder_of(port: int) -> str:
    """Name the process that listens on a port, as `name (pid n)`; empty when this user may not know or nobody does."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port and connection.pid:
            return _describe(connection.pid)
    return ""


def _describe(pid: int) -> str:
    try:
        return f"{psutil.Process(pid).name()} (pid {pid})"
    except psutil.Error:
        return f"pid {pid}"
