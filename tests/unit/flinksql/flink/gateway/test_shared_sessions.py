"""Sessions that several statements use: fewer of them, and nobody sees the difference."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import BoundedSemaphore

import pytest

from flinksql.flink.gateway import GatewayClient, GatewaySession, RefusedError, SessionLostError, SharedSessions
from flinksql.flink.gateway.shared import SESSIONS
from flinksql.flink.transport import Endpoint
from tests.fakes.flink import FakeFlink, fake_flink

TABLE = "CREATE TABLE src (id BIGINT, v STRING) WITH ('connector' = 'datagen')"
OTHER_TABLE = "CREATE TABLE src (id INT) WITH ('connector' = 'datagen')"


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as fake:
        yield fake


@pytest.fixture
def sessions(flink: FakeFlink) -> SharedSessions:
    return SharedSessions(GatewayClient(Endpoint(name="SQL Gateway", base_url=flink.gateway_server.url, read_seconds=5)))


def define(sql: str, session: GatewaySession) -> None:
    session.configure(sql)


def test_the_last_one_closes_every_session(sessions: SharedSessions, flink: FakeFlink) -> None:
    with sessions.lease(), sessions.lease():
        pass
    assert flink.gateway.sessions == {}


def test_a_session_serves_one_after_another_while_others_are_at_work(sessions: SharedSessions, flink: FakeFlink) -> None:
    with sessions.lease():
        for _ in range(5):
            sessions.run(partial(define, TABLE))
    assert flink.gateway.opened == 2


def test_many_at_once_open_only_a_few(sessions: SharedSessions, flink: FakeFlink) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(sessions.run, [partial(define, TABLE)] * 64))
    assert flink.gateway.sessions == {}
    sent = [body for body in flink.gateway.bodies if body.get("statement") == TABLE]
    assert len(sent) == flink.gateway.opened, "a definition is sent to a session once"


def test_no_more_are_in_use_at_a_time_than_said(sessions: SharedSessions) -> None:
    gate = BoundedSemaphore(SESSIONS)

    def work(_session: GatewaySession) -> None:
        assert gate.acquire(blocking=False), "one more than said"
        gate.release()

    with sessions.lease(), ThreadPoolExecutor(16) as pool:
        gate.acquire()
        list(pool.map(sessions.run, [work] * 64))


def test_what_a_used_session_refuses_is_asked_again_in_a_fresh_one(sessions: SharedSessions, flink: FakeFlink) -> None:
    with sessions.lease():
        sessions.run(partial(define, TABLE))
        sessions.run(partial(define, OTHER_TABLE))
    assert flink.gateway.sessions == {}


def test_what_a_fresh_session_refuses_is_refused(sessions: SharedSessions, flink: FakeFlink) -> None:
    with pytest.raises(RefusedError, match="nowhere"):
        sessions.run(partial(define, "CREATE VIEW v AS SELECT id FROM nowhere"))
    assert flink.gateway.opened == 1
    assert flink.gateway.sessions == {}


def test_a_definition_that_was_refused_is_sent_again(sessions: SharedSessions) -> None:
    view = "CREATE VIEW v AS SELECT id FROM src"
    with sessions.lease() as session:
        with pytest.raises(RefusedError):
            session.configure(view)
        session.configure(TABLE)
        session.configure(view)


def test_sessions_of_a_restarted_gateway_are_left_at_once(sessions: SharedSessions, flink: FakeFlink) -> None:
    with sessions.lease():
        with sessions.lease(), sessions.lease():
            pass
        flink.gateway.restart()
        with pytest.raises(SessionLostError):
            sessions.run(partial(define, TABLE))
        sessions.run(partial(define, TABLE))
