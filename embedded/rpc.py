"""XML-RPC to supervisord over its Unix socket, with a time limit on every call.

supervisor's own transport has no time limit: a supervisor that hangs would hang its caller.
"""

import http.client
import socket
import xmlrpc.client
from pathlib import Path

from embedded.errors import SupervisorError

Answer = object
"""Whatever XML-RPC can carry: numbers, texts, lists and mappings of them."""

_NAMESPACE = "supervisor"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, file: Path, timeout_seconds: float) -> None:
        super().__init__("localhost", timeout=timeout_seconds)
        self._file = file

    def connect(self) -> None:
        """Open the socket of the file system instead of one of the network."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._file))


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, file: Path, timeout_seconds: float) -> None:
        super().__init__()
        self._file = file
        self._timeout_seconds = timeout_seconds

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002
        """Connect to the file; the host is a formality."""
        return _UnixConnection(self._file, self._timeout_seconds)


class SupervisorRpc:
    """Calls to one supervisord, each over a connection of its own, so that threads do not meet."""

    def __init__(self, file: Path | None, *, timeout_seconds: float) -> None:
        """Call over the socket `file`; nobody answers where there is none."""
        self._file = file
        self._timeout_seconds = timeout_seconds

    def answers(self) -> bool:
        """Tell whether it is up and not about to end."""
        state = self.call("getState")
        return isinstance(state, dict) and state.get("statename") == "RUNNING"

    def call(self, method: str, *arguments: str) -> Answer | None:
        """Call and return the answer; None when nobody answers or the answer is a refusal (`NOT_RUNNING`, `BAD_NAME`)."""
        try:
            return self._call(method, arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None

    def require(self, method: str, *arguments: str) -> Answer:
        """Call and return the answer. Raises SupervisorError that says what was refused."""
        try:
            return self._call(method, arguments)
        except xmlrpc.client.Fault as fault:
            raise SupervisorError(f"the supervisor refused {method} {' '.join(arguments)}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise SupervisorError(
                f"the supervisor does not answer on {self._file or 'any socket'} ({error}): run this again, it will be started anew"
            ) from error

    def _call(self, method: str, arguments: tuple[str, ...]) -> Answer:
        if self._file is None:
            raise ConnectionRefusedError("no supervisor of this data folder is known")
        transport = _UnixTransport(self._file, self._timeout_seconds)
        with xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport) as proxy:
            # XML-RPC knows texts by their exact type: a member of a StrEnum is refused.
            return getattr(getattr(proxy, _NAMESPACE), method)(*map(str, arguments))
