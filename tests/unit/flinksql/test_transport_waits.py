"""A server that is on its way is waited for where that is wanted, and the one that cannot be reached is named."""

import socket
from collections.abc import Iterator

import pytest

from flinksql.errors import UnreachableError
from flinksql.flink.transport import Endpoint, Transport

THROUGH = "The API server of context kind-kind at https://127.0.0.1:6443"


@pytest.fixture
def nobody() -> Iterator[str]:
    """Give the URL of a port that is taken and listened at by nobody: a free one may be a stack's by the time that it is asked."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize(("waits", "paused"), [pytest.param((), [], id="looked at"), pytest.param((1.0, 4.0), [1.0, 4.0], id="waited for")])
def test_a_read_is_tried_again_after_each_pause(waits: tuple[float, ...], paused: list[float], nobody: str) -> None:
    pauses: list[float] = []
    transport = Transport(Endpoint(name="JobManager", base_url=nobody, waits=waits), pause=pauses.append)
    with pytest.raises(UnreachableError):
        transport.get("/jobs/overview")
    assert pauses == paused


def test_what_is_sent_is_sent_once(nobody: str) -> None:
    pauses: list[float] = []
    transport = Transport(Endpoint(name="JobManager", base_url=nobody, waits=(1.0,)), pause=pauses.append)
    with pytest.raises(UnreachableError):
        transport.call("POST", "/jobs/1/savepoints", body={})
    assert pauses == []


def test_the_proxy_is_named_where_it_is_the_one_that_does_not_answer(nobody: str) -> None:
    with pytest.raises(UnreachableError) as caught:
        Transport(Endpoint(name="SQL Gateway", base_url=nobody, behind=THROUGH)).get("/v1/info")
    assert str(caught.value) == (
        f"{THROUGH} cannot be reached: connection refused or host unknown. The SQL Gateway is reached through it: is the cluster running?"
    )
