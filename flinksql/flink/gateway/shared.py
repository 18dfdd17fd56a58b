"""Sessions that several statements use, one after another, while there is a queue of them.

A fresh session costs the gateway more than planning a table does (measured: 70 ms beside 30). A definition is sent to a session once, and
what a used session refuses is asked again in a fresh one: so nobody sees the difference but in time.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import TypeVar

from flinksql.errors import PermanentError, TransientError
from flinksql.flink.gateway.client import GatewayClient, GatewaySession, StatementResult
from flinksql.flink.gateway.wire import SessionOpened

SESSIONS = 4
"""Planning is computing: more at once only wait for the gateway's cores."""

ResultT = TypeVar("ResultT")


class SharedSession(GatewaySession):
    """A session that knows which definitions it has."""

    def __init__(self, gateway: GatewayClient, handle: str) -> None:
        super().__init__(gateway, handle)
        self.used = False
        self.lost = False
        # Hashes, because the SQL holds secrets.
        self._defined: set[str] = set()

    def configure(self, sql: str) -> None:
        """Run DDL unless the session has had the very same. Raises RefusedError with the reason."""
        digest = hashlib.sha256(sql.encode()).hexdigest()
        if digest not in self._defined:
            with self._watched():
                super().configure(sql)
            self._defined.add(digest)

    def execute(
        self, sql: str, configuration: Mapping[str, str] | None = None, *, accepted: Callable[[], None] = lambda: None
    ) -> StatementResult:
        """Run one statement and fetch all its rows."""
        with self._watched():
            return super().execute(sql, configuration, accepted=accepted)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Mark the session as lost after an error of the connection or the server, so that it is not used again."""
        try:
            yield
        except TransientError:
            self.lost = True
            raise


class SharedSessions:
    """A few open sessions of one gateway. The last who uses one closes them all. Safe to share between threads."""

    def __init__(self, gateway: GatewayClient) -> None:
        self._gateway = gateway
        self._slots = BoundedSemaphore(SESSIONS)
        self._lock = Lock()
        self._wanted = 0
        self._idle: list[SharedSession] = []

    def run(self, work: Callable[[GatewaySession], ResultT]) -> ResultT:
        """Run the work in a session, and again in a fresh one if a used session refuses something. Raises what the work raises."""
        used = False
        try:
            with self.lease() as session:
                used = session.used
                return work(session)
        except PermanentError:
            if not used:
                raise
        with self._gateway.session() as other:
            return work(other)

    @contextmanager
    def lease(self) -> Iterator[SharedSession]:
        """Hold a session for exclusive use. It is closed after an error of the connection or the server."""
        with self._lock:
            self._wanted += 1
        try:
            with self._slots:
                session = self._taken() or self._opened()
                try:
                    yield session
                finally:
                    self._give_back(session)
        finally:
            with self._lock:
                self._wanted -= 1
                last = self._wanted == 0
            if last:
                self._close(self._all_idle())

    def _give_back(self, session: SharedSession) -> None:
        if session.lost:
            # A gateway that was restarted has lost the others as well.
            self._close([session, *self._all_idle()])
            return
        session.used = True
        with self._lock:
            self._idle.append(session)

    def _taken(self) -> SharedSession | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _opened(self) -> SharedSession:
        opened = self._gateway.ask("POST", "/sessions", SessionOpened, body={})
        return SharedSession(self._gateway, opened.session_handle)

    def _all_idle(self) -> list[SharedSession]:
        with self._lock:
            idle, self._idle = self._idle, []
        return idle

    def _close(self, sessions: list[SharedSession]) -> None:
        for session in sessions:
            session.close()
