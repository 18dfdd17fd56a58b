"""A server that is on its way is waited for where that is wanted, and the one that cannot be reached is named."""

import pytest

from flinksql.errors import UnreachableError
from flinksql.flink.transport import Endpoint, Transport
from tests.support.ports import free_ports

NOBODY = f"http://127.0.0.1:{free_ports(1)[0]}"
THROUGH = "The API server of context kind-kind at https://127.0.0.1:6443"


@pytest.mark.parametrize(("waits", "paused"), [pytest.param((), [], id="looked at"), pytest.param((1.0, 4.0), [1.0, 4.0], id="waited for")])
def test_a_read_is_tried_again_after_each_pause(waits: tuple[float, ...], paused: list[float]) -> None:
    pauses: list[float] = []
    transport = Transport(Endpoint(name="JobManager", base_url=NOBODY, waits=waits), pause=pauses.append)
    with pytest.raises(UnreachableError):
        transport.get("/jobs/overview")
    assert pauses == paused


def test_what_is_sent_is_sent_once() -> None:
    pauses: list[float] = []
    transport = Transport(Endpoint(name="JobManager", base_url=NOBODY, waits=(1.0,)), pause=pauses.append)
    with pytest.raises(UnreachableError):
        transport.call("POST", "/jobs/1/savepoints", body={})
    assert pauses == []


def test_the_proxy_is_named_where_it_is_the_one_that_does_not_answer() -> None:
    with pytest.raises(UnreachableError) as caught:
        Transport(Endpoint(name="SQL Gateway", base_url=NOBODY, behind=THROUGH)).get("/v1/info")
    assert str(caught.value) == (
        f"{THROUGH} cannot be reached: connection refused or host unknown. The SQL Gateway is reached through it: is the cluster running?"
    )
