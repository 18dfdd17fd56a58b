"""Servers outside: TLS with a private certificate authority, a proxy, a key for each, over real sockets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from modelgateway.settings import Settings, Upstream
from tests.fakes.connect_proxy import connect_proxy
from tests.fakes.model_server import SUMMARY, ModelServer, Reply, error, good, model_server
from tests.support.model_gateway import ask, gateway, reason, settings_for

HOST = "models.internal"
"""A name that no resolver knows: only a proxy leads there."""


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A private certificate authority. `file` is its certificate, as `model.caFile` names it."""

    authority: trustme.CA
    file: Path

    def served(self, server: ModelServer, name: str = "127.0.0.1") -> str:
        """Let a server speak TLS under a certificate for a name, and return its base URL on this machine."""
        self.authority.issue_cert(name).configure_cert(server.speak_tls())
        return server.url.replace("http://", "https://")


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return Authority(authority=authority, file=file)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def impatient(*bases: str) -> Settings:
    return replace(settings_for(*bases), patience_seconds=1.0, attempt_seconds=1.0)


def port(url: str) -> int:
    found = urlsplit(url).port
    assert found is not None
    return found


def test_a_certificate_of_a_private_authority_is_trusted_by_its_file(private: Authority, server: ModelServer) -> None:
    base = private.served(server)
    with gateway(replace(settings_for(base), ca_file=private.file)) as client:
        assert ask(client) == SUMMARY
        assert client.get("/health").json()["upstream"] == "ok"
    assert server.calls[0].headers["authorization"] == "Bearer sk-hidden"


def test_a_certificate_that_is_not_trusted_gets_neither_the_key_nor_the_text(private: Authority, server: ModelServer) -> None:
    base = private.served(server)
    with gateway(impatient(base)) as client:
        content = ask(client)
    assert reason(content) == "upstream_unavailable"
    assert "certificate is not trusted (model.caFile)" in str(content)
    assert server.calls == []


def test_a_certificate_for_another_host_is_not_trusted(private: Authority, server: ModelServer) -> None:
    base = private.served(server, "elsewhere.internal")
    with gateway(replace(impatient(base), ca_file=private.file)) as client:
        assert reason(ask(client)) == "upstream_unavailable"
    assert server.calls == []


def test_another_authority_is_not_trusted_beside_the_private_one(private: Authority, server: ModelServer, tmp_path: Path) -> None:
    base = private.served(server)
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with gateway(replace(impatient(base), ca_file=other)) as client:
        assert reason(ask(client)) == "upstream_unavailable"
    assert server.calls == []


def test_a_proxy_tunnels_tls_and_sees_neither_key_nor_text(private: Authority, server: ModelServer) -> None:
    private.served(server, HOST)
    with connect_proxy({f"{HOST}:8443": port(server.url)}) as proxy:
        settings = replace(settings_for(f"https://{HOST}:8443/v1"), ca_file=private.file, proxy=proxy.url)
        with gateway(settings) as client:
            assert ask(client, "a secret review") == SUMMARY
        assert set(proxy.asked) == {f"CONNECT {HOST}:8443"}
        assert not any(b"sk-hidden" in head or b"secret review" in head for head in proxy.heads)
    assert server.calls[0].headers["authorization"] == "Bearer sk-hidden"


def test_a_plain_server_is_asked_through_the_proxy_as_well(server: ModelServer) -> None:
    with connect_proxy({f"{HOST}:8000": port(server.url)}) as proxy:
        with gateway(replace(settings_for(f"http://{HOST}:8000/v1"), proxy=proxy.url)) as client:
            assert ask(client) == SUMMARY
        assert f"http://{HOST}:8000/v1/" in proxy.asked[0]
    assert len(server.calls) == 1


def test_a_server_on_this_machine_is_not_asked_through_a_proxy(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with connect_proxy({}) as proxy, gateway(replace(settings_for(server.url), proxy=proxy.url)) as client:
        assert ask(client) == SUMMARY
        assert proxy.asked == []


def test_the_environments_proxy_is_used_where_the_settings_name_none(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect_proxy({f"{HOST}:8000": port(server.url)}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "other.internal")
        with gateway(settings_for(f"http://{HOST}:8000/v1")) as client:
            assert ask(client) == SUMMARY
        assert proxy.asked


@pytest.mark.parametrize(
    "status", [pytest.param(403, id="forbids"), pytest.param(407, id="wants a password"), pytest.param(502, id="fails")]
)
def test_a_proxy_that_refuses_is_named(private: Authority, status: int) -> None:
    with connect_proxy({}) as proxy:
        proxy.refuses = status
        settings = replace(impatient(f"https://{HOST}:8443/v1"), ca_file=private.file, proxy=proxy.url)
        with gateway(settings) as client:
            content = ask(client)
    assert reason(content) == "upstream_unavailable"
    assert f"the proxy answers {status}" in str(content)


def test_each_server_gets_its_own_key_and_no_other(private: Authority) -> None:
    away = Reply(status=503, body=error("away"))
    with model_server(lambda _call: away) as first, model_server() as second:
        base = private.served(first)
        settings = replace(settings_for(base, second.url), ca_file=private.file)
        upstreams = (Upstream(base=base, api_key="sk-first"), Upstream(base=second.url, api_key="sk-second", model="small"))
        with gateway(replace(settings, upstreams=upstreams)) as client:
            assert ask(client, "one") == SUMMARY
            first.behave = good
            assert ask(client, "two") == SUMMARY
        assert {call.headers["authorization"] for call in first.calls} == {"Bearer sk-first"}
        assert {(call.headers["authorization"], call.body["model"]) for call in second.calls} == {("Bearer sk-second", "small")}
        assert [call.text for call in first.calls] == ["one", "two"], "it is back"
        assert [call.text for call in second.calls] == ["one"]
