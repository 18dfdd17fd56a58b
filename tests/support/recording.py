"""What a real SQL Gateway answered, recorded call by call, and a session that answers the same again."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flinksql.errors import FlinkSqlError
from flinksql.flink.gateway import GatewayClient, GatewaySession, StatementResult
from flinksql.flink.gateway.classification import classify
from flinksql.flink.gateway.errors import error_of
from flinksql.flink.gateway.wire import SessionOpened
from flinksql.flink.transport import Endpoint, Reply

Answer = dict[str, Any]
_FRAMES = re.compile(r"(\n\t(?:at |\.\.\.)[^\n]*)+")


class RecordingGateway(GatewayClient):
    """A client that keeps what its sessions are answered. One thread."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.answers: list[Answer] = []

    @contextmanager
    def session(self) -> Iterator[GatewaySession]:
        """Open a session whose answers are kept."""
        handle = self.ask("POST", "/sessions", SessionOpened, body={}).session_handle
        session = RecordingSession(self, handle)
        try:
            yield session
        finally:
            session.close()

    def _error(self, reply: Reply) -> FlinkSqlError:
        """Keep a refusal: its text with one frame for each cause."""
        self.answers.append({"refusal": _FRAMES.sub("\n\tat frame", reply.errors)})
        return super()._error(reply)


class RecordingSession(GatewaySession):
    """A session that keeps the answers to what succeeds; refusals are kept by its gateway."""

    def __init__(self, gateway: RecordingGateway, handle: str) -> None:
        super().__init__(gateway, handle)
        self._answers = gateway.answers

    def configure(self, sql: str) -> None:
        """Run DDL."""
        super().configure(sql)
        self._answers.append({})

    def execute(
        self, sql: str, configuration: Mapping[str, str] | None = None, *, accepted: Callable[[], None] = lambda: None
    ) -> StatementResult:
        """Run a statement."""
        result = super().execute(sql, configuration, accepted=accepted)
        self._answers.append({"columns": list(result.columns), "rows": [list(row) for row in result.rows]})
        return result


class ReplayedSession(GatewaySession):
    """A session that gives recorded answers in their order, whatever it is asked."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)

    def configure(self, sql: str) -> None:  # noqa: ARG002  # answers come in their order
        """Answer as recorded."""
        self._next()

    def execute(
        self,
        sql: str,  # noqa: ARG002  # answers come in their order
        configuration: Mapping[str, str] | None = None,  # noqa: ARG002  # the same
        *,
        accepted: Callable[[], None] = lambda: None,
    ) -> StatementResult:
        """Answer as recorded."""
        accepted()
        answer = self._next()
        return StatementResult(columns=tuple(answer["columns"]), rows=tuple(tuple(row) for row in answer["rows"]))

    def _next(self) -> Answer:
        answer = self._answers.pop(0)
        if "refusal" in answer:
            raise error_of(classify(answer["refusal"]))
        return answer
