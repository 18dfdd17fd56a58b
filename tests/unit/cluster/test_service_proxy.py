"""What the API server says in a service's place is told apart from what the service says."""

import json

import pytest

from cluster.service_proxy import intervention


def _status(code: int, reason: str, message: str) -> str:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code})


@pytest.mark.parametrize(
    ("status", "text"),
    [
        pytest.param(200, '{"kind": "Status"}', id="success"),
        pytest.param(500, '{"errors": ["Internal server error.", "..."]}', id="a-stack-trace-of-flink"),
        pytest.param(404, '{"errors": ["Not found: /v9/info"]}', id="flinks-not-found"),
        pytest.param(
            503, '{"errors": ["Service temporarily unavailable due to an ongoing leader election. Please refresh."]}', id="flinks-503"
        ),
        pytest.param(502, "<html>bad gateway</html>", id="another-proxy"),
        pytest.param(503, '["Status"]', id="no-object"),
    ],
)
def test_a_reply_of_the_service_passes(status: int, text: str) -> None:
    assert intervention(status, text) is None


@pytest.mark.parametrize(
    ("status", "text", "delivered", "lasting"),
    [
        pytest.param(
            503,
            _status(503, "ServiceUnavailable", 'no endpoints available for service "flink-sql-gateway"'),
            False,
            False,
            id="no-endpoint",
        ),
        pytest.param(
            503,
            _status(503, "ServiceUnavailable", "error trying to reach service: dial tcp 10.1.2.3:8083: connect: connection refused"),
            False,
            False,
            id="refused",
        ),
        pytest.param(502, "Error trying to reach service: 'dial tcp 10.1.2.3:8083: i/o timeout'", False, False, id="plain-text"),
        pytest.param(503, _status(503, "ServiceUnavailable", "error trying to reach service: EOF"), True, False, id="cut-off"),
        pytest.param(404, _status(404, "NotFound", 'services "flink-sql-gateway" not found'), False, False, id="no-service"),
        pytest.param(500, _status(500, "InternalError", "etcdserver: leader changed"), True, False, id="internal"),
        pytest.param(
            403,
            _status(403, "Forbidden", 'services "x" is forbidden: User "jane" cannot get resource "services/proxy"'),
            False,
            True,
            id="forbidden",
        ),
        pytest.param(401, _status(401, "Unauthorized", "Unauthorized"), False, True, id="unauthorised"),
    ],
)
def test_what_the_api_server_says_itself(status: int, text: str, *, delivered: bool, lasting: bool) -> None:
    found = intervention(status, text)
    assert found is not None
    assert (found.delivered, found.lasting) == (delivered, lasting)
