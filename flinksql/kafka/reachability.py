"""Whether a broker listens, told at once: the client library itself would try until its time-out."""

import socket

from flinksql.kafka.errors import BrokerUnreachableError

_CONNECT_SECONDS = 2.0


def require_broker(bootstrap: str, doing: str) -> None:
    """Raise BrokerUnreachableError when nobody listens at any of the addresses (host:port, several with commas between)."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS):
                return
        except (OSError, ValueError):
            continue
    raise BrokerUnreachableError(doing, bootstrap)
