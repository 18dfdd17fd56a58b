"""A page that is open in a browser on the same machine: nothing of what it can send is answered, so nothing of it is paid for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from modelgateway.app import create_app
from modelgateway.backends.choice import choose_backend
from modelgateway.metrics import Metrics
from modelgateway.origin import is_inner
from modelgateway.settings import LedgerSettings, ModelKind
from tests.support.model_gateway import COMPLETIONS, PROMPT, body_for, settings_for

JSON = "application/json"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[TestClient]:
    settings = settings_for(kind=ModelKind.OFFLINE, ledger=LedgerSettings(file=tmp_path / "ledger.sqlite"))
    metrics = Metrics()
    with TestClient(create_app(settings, choose_backend(settings, metrics), metrics), base_url="http://127.0.0.1:19434") as client:
        yield client


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"origin": "https://evil.example", "content-type": JSON}, 403, id="a script of another site"),
        pytest.param({"origin": "null", "content-type": JSON}, 403, id="a page in a sandbox, or a file"),
        pytest.param({"origin": "http://127.0.0.1:8000", "content-type": JSON}, 403, id="another server on the same machine"),
        pytest.param({"sec-fetch-site": "cross-site", "content-type": JSON}, 403, id="a browser that says so"),
        pytest.param({"sec-fetch-site": "same-site", "content-type": JSON}, 403, id="a sister of the site"),
        pytest.param({"content-type": "text/plain"}, 415, id="a body that needs no leave"),
        pytest.param({"content-type": "application/x-www-form-urlencoded"}, 415, id="a form"),
        pytest.param({"content-type": "multipart/form-data; boundary=x"}, 415, id="a form with files"),
        pytest.param({}, 415, id="a body without a type"),
        pytest.param({"host": "evil.example:19434", "content-type": JSON}, 421, id="a name made to point here"),
    ],
)
def test_what_a_page_can_send_is_turned_away(gateway: TestClient, headers: dict[str, str], status: int) -> None:
    body = '{"messages": [{"role": "user", "content": "spend"}]}'
    response = gateway.post(COMPLETIONS, content=body, headers=headers)
    assert response.status_code == status
    assert response.json()["error"]["message"]
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("path", [pytest.param(path, id=path) for path in ("/health", "/metrics", "/v1/models", COMPLETIONS)])
def test_no_path_is_open_to_another_site(gateway: TestClient, path: str) -> None:
    assert gateway.get(path, headers={"origin": "https://evil.example"}).status_code == 403
    assert gateway.options(path, headers={"origin": "https://evil.example", "access-control-request-method": "POST"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"content-type": JSON}, id="a program"),
        pytest.param({"content-type": "Application/JSON; charset=utf-8"}, id="a program that names the encoding"),
        pytest.param({"content-type": JSON, "host": "model-gateway.flink.svc:8080"}, id="by the service's name"),
        pytest.param({"content-type": JSON, "origin": "http://127.0.0.1:19434", "sec-fetch-site": "same-origin"}, id="its own page"),
    ],
)
def test_programs_are_answered(gateway: TestClient, headers: dict[str, str]) -> None:
    assert gateway.post(COMPLETIONS, json=body_for("Rating: 5. Review: Great sound.", PROMPT), headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("host", "inner"),
    [
        pytest.param("127.0.0.1:19434", True, id="loopback"),
        pytest.param("[::1]:19434", True, id="loopback, IPv6"),
        pytest.param("localhost", True, id="localhost"),
        pytest.param("localhost.:80", True, id="localhost with a dot"),
        pytest.param("10.1.2.3:8080", True, id="a pod's address, as a probe asks"),
        pytest.param("model-gateway", True, id="a name within the namespace"),
        pytest.param("model-gateway.flink.svc.cluster.local:8080", True, id="a service's whole name"),
        pytest.param("", True, id="none"),
        pytest.param("evil.example", False, id="a public name"),
        pytest.param("127.0.0.1.evil.example", False, id="a public name that looks like an address"),
        pytest.param("svc.evil.example", False, id="a public name that looks like a service"),
        pytest.param("[::1", False, id="no host at all"),
    ],
)
def test_which_hosts_are_of_the_inside(host: str, inner: bool) -> None:
    assert is_inner(host) is inner
