"""What a proxy on the way says itself becomes an error that says whether the request may have been acted upon."""

from dataclasses import dataclass

import pytest

from flinksql.errors import FlinkSqlError, PermanentError, UnreachableError
from flinksql.flink.transport import Endpoint, ReplyLostError, Transport
from tests.fakes.http import FakeServer, serving


@dataclass(frozen=True, kw_only=True)
class Said:
    reason: str = "the proxy says no"
    delivered: bool = False
    lasting: bool = False


def _transport(server: FakeServer, said: Said | None) -> Transport:
    return Transport(Endpoint(name="SQL Gateway", base_url=server.url, intermediary=lambda _status, _text: said))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        pytest.param(Said(), UnreachableError, id="never-sent"),
        pytest.param(Said(delivered=True), ReplyLostError, id="perhaps-sent"),
        pytest.param(Said(lasting=True), PermanentError, id="never-will-be"),
    ],
)
def test_an_intervention_becomes_the_error_of_its_kind(said: Said, kind: type[FlinkSqlError]) -> None:
    with (
        serving(lambda _method, _path, _body: (503, {"kind": "Status"})) as server,
        pytest.raises(kind, match="the proxy says no") as caught,
    ):
        _transport(server, said).call("POST", "/v2/sessions", body={})
    assert type(caught.value) is kind


def test_the_servers_own_replies_pass() -> None:
    with serving(lambda _method, _path, _body: (500, {"errors": ["Flink's own"]})) as server:
        assert _transport(server, None).call("GET", "/v2/info").errors == "Flink's own"
