"""A port of this machine that leads to a service of the cluster, opened when it is needed.

`kubectl port-forward` stays bound to a pod after the pod was replaced (measured). Here the pod is looked up for every connection, so that
the next one after a restart finds the new pod. One process forwards a port and others share it. When that process exits, another one takes
over.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from cluster.advertised_port import AdvertisedPort
from cluster.api_server import ApiServer
from cluster.errors import ClusterError, PortForwardError
from cluster.forward_lock import ForwardLock
from cluster.target import PodPort, ServicePort, answering_pod
from cluster.tunnel import Tunnel

LOOPBACK = "127.0.0.1"
_TAKE_OVER_SECONDS = 0.2
_LOOK_UP_SECONDS = 0.5
"""On some systems, closing a socket does not wake a thread that waits for connections."""
_WAITING_CONNECTIONS = 32

Complain = Callable[[str], None]


class PortForward:
    """Forwards `local_port` (0: any free one) of the loopback address, from `start` to `close`. Safe to share between threads.

    With `socket_path` a Unix socket is forwarded instead, which only the owner of its folder can reach. `complain` is called with the
    reason when a connection fails; the client only sees it closed. `advertised` is the port that a broker behind it advertises; clients
    receive the forwarded one instead. `beside` are the forwards to the brokers that this one names: itself, until others are added.
    """

    def __init__(
        self,
        api_server: ApiServer,
        target: ServicePort,
        local_port: int = 0,
        complain: Complain = lambda _words: None,
        *,
        socket_path: Path | None = None,
        advertised: int = 0,
    ) -> None:
        self.port = local_port
        self._socket_path = socket_path
        self.advertised = advertised
        self.beside: Sequence[PortForward] = (self,)
        self._api_server = api_server
        self._target = target
        self._complain = complain
        self._lock = ForwardLock(local_port, _key(api_server, target)) if local_port else None
        self._listener: socket.socket | None = None
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()

    def start(self) -> None:
        """Start forwarding. Raise PortForwardError when another program, or a forward to something else, holds the port."""
        if not self._listen():
            threading.Thread(target=self._take_over, daemon=True).start()

    def require_pod(self) -> PodPort:
        """Return the pod that answers now. Raise PortForwardError when none does."""
        return answering_pod(self._api_server, self._target)

    def close(self) -> None:
        """Stop forwarding, and cut the connections that are still open."""
        self._ended.set()
        with self._guard:
            parts = [*self._open, *([self._listener] if self._listener else [])]
            self._open.clear()
            self._listener = None
        for part in parts:
            with suppress(OSError):
                part.shutdown(socket.SHUT_RDWR)
            part.close()
        if self._lock is not None:
            self._lock.release()

    def _listen(self) -> bool:
        """Open the port. Return False if another process of ours forwards it to the same service."""
        if self._lock is not None and not self._lock.acquire():
            holder = self._lock.holder()
            if holder not in ("", _key(self._api_server, self._target)):
                raise PortForwardError(
                    f"port {self.port} already leads to {_service(holder)}, forwarded by another run of this program",
                    advice="wait for it to end, or give this stack another port (`ports.*`)",
                )
            return False
        try:
            listener = self._bound()
        except PortForwardError:
            if self._lock is not None:
                self._lock.release()
            raise
        with self._guard:
            if self._ended.is_set():
                # `close` was called while the port was being opened, and had no lock to release yet.
                listener.close()
                if self._lock is not None:
                    self._lock.release()
                return True
            self.port = 0 if self._socket_path else listener.getsockname()[1]
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return True

    def _bound(self) -> socket.socket:
        """Return the listening socket. Raise PortForwardError."""
        listener = socket.socket(socket.AF_UNIX if self._socket_path else socket.AF_INET, socket.SOCK_STREAM)
        try:
            if self._socket_path:
                listener.bind(str(self._socket_path))
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((LOOPBACK, self.port))
            listener.listen(_WAITING_CONNECTIONS)
            listener.settimeout(_LOOK_UP_SECONDS)
        except OSError as error:
            listener.close()
            if self._socket_path:
                raise PortForwardError(
                    f"{self._socket_path} cannot be made ({error.strerror})",
                    advice="set TMPDIR to a folder of a short path",
                ) from error
            raise port_taken(self.port, error) from error
        return listener

    def _take_over(self) -> None:
        while not self._ended.wait(_TAKE_OVER_SECONDS):
            try:
                if self._listen():
                    return
            except PortForwardError as error:
                self._complain(str(error))

    def _accept(self, listener: socket.socket) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, connection: socket.socket) -> None:
        with self._guard:
            if self._ended.is_set():
                # Accepted while `close` was cutting the others.
                connection.close()
                return
            self._open.add(connection)
        try:
            complaint = Tunnel(self._api_server, self.require_pod()).carry(connection, self._address())
            if complaint:
                self._complain(complaint)
        except ClusterError as error:
            self._complain(str(error))
        finally:
            with self._guard:
                self._open.discard(connection)
            connection.close()

    def _address(self) -> AdvertisedPort | None:
        ports = {one.advertised: one.port for one in self.beside}
        return AdvertisedPort(LOOPBACK, ports) if any(port not in (0, reached) for port, reached in ports.items()) else None


def port_taken(port: int, error: OSError) -> PortForwardError:
    """Return the error for a port of this machine that cannot be listened on."""
    return PortForwardError(
        f"port {port} of this machine is taken by another program ({error.strerror})",
        advice="end that program, or give this stack another port (`ports.*`)",
    )


_shared: dict[tuple[int, str], tuple[PortForward, int]] = {}
_shared_guard = threading.Lock()


@contextmanager
def forwarded(
    api_server: ApiServer,
    target: ServicePort,
    local_port: int = 0,
    complain: Complain = lambda _words: None,
    advertised: int = 0,
) -> Iterator[PortForward]:
    """Forward a port for the duration of the block. Blocks of one process that want the same port share one forward.

    Raise PortForwardError when something else holds the port. Do not check whether a pod answers: see `require_pod`.
    """
    key = (local_port, _key(api_server, target))
    with _shared_guard:
        forward, users = _shared.get(key, (None, 0))
        if forward is None:
            forward = PortForward(api_server, target, local_port, complain, advertised=advertised)
            forward.start()
        if local_port:
            _shared[key] = (forward, users + 1)
    try:
        yield forward
    finally:
        _leave(key, forward)


def _leave(key: tuple[int, str], forward: PortForward) -> None:
    with _shared_guard:
        _, users = _shared.get(key, (forward, 1))
        if users > 1:
            _shared[key] = (forward, users - 1)
            return
        _shared.pop(key, None)
    forward.close()


def _key(api_server: ApiServer, target: ServicePort) -> str:
    return f"{api_server.server} {target.namespace} {target.pod or target.service} {target.port}"


def _service(key: str) -> str:
    server, namespace, service, port = [*key.split(" "), "", "", "", ""][:4]
    return f"service {service}:{port} in namespace {namespace} of {server}"
