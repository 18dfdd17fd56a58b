"""The SQL Gateway's REST API, version 2: sessions, statements, results.

A session's catalog is private and dies with it, its operations run one after another, and closing it does not stop the jobs it submitted;
so each use opens its own and closes it at the end. The server's `executionTimeout` is never sent: it refuses any but zero.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from flinksql.clock import Clock, SystemClock
from flinksql.errors import FlinkSqlError, PermanentError, TransientError
from flinksql.flink.gateway.classification import classify
from flinksql.flink.gateway.errors import SessionLostError, error_of
from flinksql.flink.gateway.wire import Information, ResultPage, ResultType, SessionOpened, StatementAccepted
from flinksql.flink.stacktrace import shorten
from flinksql.flink.transport import Endpoint, Reply, Transport, WireT

VERSION = "/v2"
"""The first version with `configure-session`. Always named, because a path without one means another version from release to release."""


@dataclass(frozen=True, kw_only=True)
class GatewayLimits:
    """How long to wait, in seconds, and for how much: no further page of a result is fetched when `most_rows` are there.

    A cold gateway on a busy machine needs 8 s for its first INSERT, and a POST waits for the session's previous operation; hence minutes.
    """

    statement_seconds: float = 180.0
    first_poll_seconds: float = 0.02
    longest_poll_seconds: float = 0.25
    most_rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class StatementResult:
    """All rows of a statement. `job_id` is 32 hexadecimal digits for a statement that submitted a job, else empty.

    `kinds` are those of the rows in Flink's words: INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    kinds: tuple[str, ...] = ()
    job_id: str = ""


class GatewayClient:
    """A SQL Gateway. Safe to share between threads."""

    def __init__(self, endpoint: Endpoint, *, limits: GatewayLimits | None = None, clock: Clock | None = None) -> None:
        self.transport = Transport(endpoint)
        self.limits = limits or GatewayLimits()
        self.clock = clock or SystemClock()

    def information(self) -> Information:
        """Return product and version of the running gateway: the cheapest proof that it answers."""
        return self.ask("GET", "/info", Information)

    @contextmanager
    def session(self) -> "Iterator[GatewaySession]":
        """Open a fresh session that is closed at the end, whatever happens."""
        opened = self.ask("POST", "/sessions", SessionOpened, body={})
        session = GatewaySession(self, opened.session_handle)
        try:
            yield session
        finally:
            session.close()

    def ask(self, method: str, path: str, shape: type[WireT], *, body: Mapping[str, object] | None = None) -> WireT:
        """Send one request and decode the reply. `path` begins after the version. Raises what `send` raises, or `UnexpectedReplyError`."""
        return self.transport.decode(shape, self.send(method, path, body=body))

    def send(self, method: str, path: str, *, body: Mapping[str, object] | None = None) -> Reply:
        """Send one request that must succeed. A refusal is raised as the exception that says whether a retry can help."""
        if method == "GET":
            reply = self.transport.get(VERSION + path)
        else:
            reply = self.transport.call(method, VERSION + path, body=body, read_seconds=self.limits.statement_seconds)
        if not reply.ok:
            raise self._error(reply)
        return reply

    def _error(self, reply: Reply) -> FlinkSqlError:
        endpoint = self.transport.endpoint
        if reply.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return PermanentError("The statement is larger than the SQL Gateway accepts (100 MB unless configured).")
        text = reply.errors
        if not text:
            return self.transport.unexpected(reply)
        if reply.status == HTTPStatus.NOT_FOUND:
            return PermanentError(f"There is no SQL Gateway REST API {VERSION} at {endpoint.base_url}: {shorten(text)}")
        if reply.status == HTTPStatus.BAD_REQUEST:
            return PermanentError(
                f"The SQL Gateway at {endpoint.base_url} does not understand the request: {shorten(text.splitlines()[0])}"
            )
        return error_of(classify(text))


class GatewaySession:
    """One open session. Not for several threads: its operations run one after another anyway."""

    def __init__(self, gateway: GatewayClient, handle: str) -> None:
        self._gateway = gateway
        self._path = f"/sessions/{handle}"

    def configure(self, sql: str) -> None:
        """Run DDL in the session. It is over when this returns. Raises `RefusedError` with the reason."""
        self._gateway.send("POST", f"{self._path}/configure-session", body={"statement": sql})

    def execute(
        self, sql: str, configuration: Mapping[str, str] | None = None, *, accepted: Callable[[], None] = lambda: None
    ) -> StatementResult:
        """Run one statement and fetch all its rows. For an INSERT it is over when the job was accepted, not when it runs.

        `configuration` counts for this statement only. `accepted` is called when the gateway has the statement and works on it.
        Raises `RefusedError`, `DuplicateJobError`, `SessionLostError` or `JobManagerDownError`.
        """
        body = {"statement": sql, "executionConfig": dict(configuration or {})}
        handle = self._gateway.ask("POST", f"{self._path}/statements", StatementAccepted, body=body).operation_handle
        accepted()
        operation = f"{self._path}/operations/{handle}"
        try:
            return self._fetch(operation)
        finally:
            self._forget("DELETE", f"{operation}/close")

    def close(self) -> None:
        """Close the session. Jobs that it submitted go on."""
        self._forget("DELETE", self._path)

    def _fetch(self, operation: str) -> StatementResult:
        columns: tuple[str, ...] = ()
        rows: list[tuple[object, ...]] = []
        kinds: list[str] = []
        job_id = ""
        path: str | None = f"{operation}/result/0?rowFormat=JSON"
        while path:
            page = self._page(path)
            job_id = page.job_id or job_id
            if page.results is not None:
                columns = tuple(column.name for column in page.results.columns) or columns
                rows.extend(row.fields for row in page.results.data)
                kinds.extend(row.kind for row in page.results.data)
            most = self._gateway.limits.most_rows
            ended = page.result_type is ResultType.EOS or (most is not None and len(rows) >= most)
            path = None if ended else _after_version(page.next_result_uri)
        return StatementResult(columns=columns, rows=tuple(rows), kinds=tuple(kinds), job_id=job_id)

    def _page(self, path: str) -> ResultPage:
        limits, clock = self._gateway.limits, self._gateway.clock
        deadline = clock.monotonic() + limits.statement_seconds
        wait = limits.first_poll_seconds
        while True:
            page = self._gateway.ask("GET", path, ResultPage)
            if page.result_type is not ResultType.NOT_READY:
                return page
            if clock.monotonic() > deadline:
                raise TransientError(f"The SQL Gateway was still working on the statement after {limits.statement_seconds:g} s.")
            clock.sleep(wait)
            wait = min(wait * 2, limits.longest_poll_seconds)

    def _forget(self, method: str, path: str) -> None:
        """Clean up on the server. Errors are ignored: they must not hide the outcome, and idle sessions end after ten minutes."""
        try:
            self._gateway.send(method, path)
        except (TransientError, PermanentError):
            return


def _after_version(uri: str | None) -> str | None:
    """Return the path of a result after the version: the server gives `/v2/..`, and knows nothing of a proxy's prefix before it."""
    if uri is None:
        return None
    if f"{VERSION}/" not in uri:
        raise SessionLostError(f"The SQL Gateway named a next page outside its API: {uri[:80]!r}.")
    return uri[uri.index(f"{VERSION}/") + len(VERSION) :]
