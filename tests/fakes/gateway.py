"""The SQL Gateway's REST API version 2, in memory: sessions with private catalogs, operations, results in pages."""

import re
import threading
import uuid
from typing import cast

from tests.fakes.http import Answer
from tests.fakes.jobs import FakeCluster
from tests.fakes.planner import FakeSession
from tests.fakes.plans import physical_plan, write_compiled_plan
from tests.fakes.traces import FlinkProblemError, operation_unknown, session_unknown

NOT_READY_POLLS = 1
"""How often a result is not ready yet."""


class FakeGateway:
    """Answers the gateway's calls. Jobs go to the cluster that it was given."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster = cluster
        self.sessions: dict[str, FakeSession] = {}
        self.opened = 0
        self.version = "2.2.1"
        self.bodies: list[dict[str, object]] = []
        self._lock = threading.RLock()

    def respond(self, method: str, path: str, body: dict[str, object]) -> Answer:
        """Answer one call. Raises the refusal."""
        parts = path.split("?", maxsplit=1)[0].strip("/").split("/")
        if parts[0] != "v2":
            return 404, {"errors": [f"Not found: {path}"]}
        with self._lock:
            self.bodies.append(body)
            return self._routed(method, parts[1:], body)

    def restart(self) -> None:
        """Lose all sessions, as a restart does."""
        with self._lock:
            self.sessions.clear()

    def _routed(self, method: str, parts: list[str], body: dict[str, object]) -> Answer:
        match (method, parts):
            case ("GET", ["info"]):
                return 200, {"productName": "Apache Flink", "version": self.version}
            case ("POST", ["sessions"]):
                return self._open()
            case (_, ["sessions", handle, *rest]):
                return self._in_session(self._session(handle), method, [handle, *rest], body)
            case _:
                return _not_found(parts)

    def _open(self) -> Answer:
        handle = str(uuid.uuid4())
        self.sessions[handle] = FakeSession()
        self.opened += 1
        return 200, {"sessionHandle": handle}

    def _in_session(self, session: FakeSession, method: str, parts: list[str], body: dict[str, object]) -> Answer:
        match (method, parts):
            case ("DELETE", [handle]):
                del self.sessions[handle]
            case ("POST", [_, "configure-session"]):
                session.configure(str(body["statement"]))
                return 200, {}
            case ("POST", [handle, "statements"]):
                return self._accept(handle, body)
            case ("GET", [handle, "operations", operation, "result", token]):
                return self._result(handle, operation, int(token))
            case ("DELETE", [_, "operations", _, "close"]):
                pass
            case _:
                return _not_found(["sessions", *parts])
        return 200, {"status": "CLOSED"}

    def _session(self, handle: str) -> FakeSession:
        if handle not in self.sessions:
            raise session_unknown(handle)
        return self.sessions[handle]

    def _accept(self, handle: str, body: dict[str, object]) -> Answer:
        session = self._session(handle)
        operation = str(uuid.uuid4())
        session.operations[operation] = {"polls": 0, **self._outcome(session, body)}
        return 200, {"operationHandle": operation}

    def _outcome(self, session: FakeSession, body: dict[str, object]) -> dict[str, object]:
        """Run the statement; its refusal comes out with the result, not here."""
        sql = str(body["statement"])
        configuration = cast("dict[str, str]", body.get("executionConfig") or {})
        try:
            described = re.match(r"DESCRIBE (MODEL )?`?(\w+)`?", sql)
            if described:
                return _described(session, described[2], model=bool(described[1]))
            session.plan(sql)
            if sql.startswith("COMPILE PLAN"):
                write_compiled_plan(sql, session.catalog)
                return {"columns": ["result"], "rows": [["OK"]]}
            if sql.startswith("EXPLAIN JSON"):
                return {"columns": ["result"], "rows": [[physical_plan(sql, session.catalog)]]}
            if sql.startswith("EXPLAIN"):
                return {"columns": ["result"], "rows": [["== Optimized Execution Plan ==\n" + "\n+- ".join(session.operators(sql))]]}
            job_id = self.cluster.submit(configuration, session.fate(sql), session.operators(sql))
        except FlinkProblemError as problem:
            return {"problem": problem}
        return {"columns": ["job id"], "rows": [[job_id]], "job": job_id}

    def _result(self, handle: str, operation: str, token: int) -> Answer:
        session = self._session(handle)
        if operation not in session.operations:
            raise operation_unknown(operation)
        outcome = session.operations[operation]
        uri = f"/v2/sessions/{handle}/operations/{operation}/result"
        outcome["polls"] = cast("int", outcome["polls"]) + 1
        if cast("int", outcome["polls"]) <= NOT_READY_POLLS:
            return 200, {"resultType": "NOT_READY", "nextResultUri": f"{uri}/{token}?rowFormat=JSON"}
        problem = outcome.get("problem")
        if isinstance(problem, FlinkProblemError):
            raise problem
        page: dict[str, object] = {"isQueryResult": False, "resultKind": "SUCCESS_WITH_CONTENT"}
        if "job" in outcome:
            page["jobID"] = outcome["job"]
        columns = [{"name": name} for name in cast("list[str]", outcome["columns"])]
        rows = [{"kind": "INSERT", "fields": row} for row in cast("list[list[object]]", outcome["rows"])]
        if token == 0:
            results = {"columns": columns, "rowFormat": "JSON", "data": rows}
            return 200, {**page, "resultType": "PAYLOAD", "results": results, "nextResultUri": f"{uri}/1?rowFormat=JSON"}
        return 200, {**page, "resultType": "EOS", "results": {"columns": columns, "rowFormat": "JSON", "data": []}}


def _not_found(parts: list[str]) -> Answer:
    return 404, {"errors": [f"Not found: /v2/{'/'.join(parts)}"]}


def _described(session: FakeSession, name: str, *, model: bool) -> dict[str, object]:
    if name not in session.catalog:
        raise session_unknown(name)
    if model:
        rows: list[list[object]] = [["reviews", "STRING", True, True], ["content", "STRING", True, False]]
        return {"columns": ["name", "type", "null", "is input"], "rows": rows}
    columns = ["name", "type", "null", "key", "extras", "watermark"]
    return {"columns": columns, "rows": [["id", "BIGINT", True, None, None, None], ["v", "STRING", True, None, None, None]]}
