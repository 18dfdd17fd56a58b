"""One connection of this machine, carried to a pod's port through the API server."""

import contextlib
import socket
import threading

from cluster.advertised_port import AdvertisedPort
from cluster.api_server import ApiServer
from cluster.errors import PortForwardError
from cluster.library import LibraryError, open_port_forward
from cluster.target import PodPort

_CHUNK_BYTES = 256 * 1024
_LAST_SECONDS = 5.0
"""How long the library may take to notice that a connection has ended."""


class Tunnel:
    """A byte stream to the pod. Raise PortForwardError when the API server or the pod refuses."""

    def __init__(self, api_server: ApiServer, pod: PodPort) -> None:
        self._pod = pod
        url = f"{api_server.server}/api/v1/namespaces/{pod.namespace}/pods/{pod.pod}/portforward?ports={pod.port}"
        try:
            self._forward = open_port_forward(api_server.configuration, url, api_server.authorization())
        except LibraryError as error:
            raise PortForwardError(f"pod {pod.pod} cannot be forwarded: {error}") from error

    def carry(self, connection: socket.socket, advertised: AdvertisedPort | None = None) -> str:
        """Copy in both directions until one end is done. Return the error that the pod's end reported, or an empty text.

        `advertised` rewrites what the pod sends.
        """
        far = self._forward.socket(self._pod.port)
        back = threading.Thread(target=_bring_back, args=(far, connection, advertised), daemon=True)
        back.start()
        _copy(connection, far)
        # Shut down only one direction: the library's thread fails with a traceback if it has bytes for a socket that nobody reads.
        _shut(far, socket.SHUT_WR)
        back.join(_LAST_SECONDS)
        _shut(far, socket.SHUT_RDWR)
        back.join()
        with contextlib.suppress(OSError):
            far.close()
        return str(self._forward.error(self._pod.port) or "").strip()


def _bring_back(far: socket.socket, connection: socket.socket, advertised: AdvertisedPort | None) -> None:
    """Copy what the pod sends until it ends, even if nobody reads it any more. Then end the connection, whose reader waits."""
    _copy(far, connection, advertised)
    _shut(connection, socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        while far.recv(_CHUNK_BYTES):
            pass


def _copy(source: socket.socket, sink: socket.socket, advertised: AdvertisedPort | None = None) -> None:
    """Copy until the source ends or the sink takes no more."""
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK_BYTES):
            sink.sendall(data if advertised is None else advertised.change(data))


def _shut(one: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(how)
