"""A model that does not answer is told before anything is touched."""

import socket
from collections.abc import Iterator

import pytest
import requests

from flinksql.errors import StatementError
from flinksql.statement import Definition
from flinksql.statements import StatementLifecycle, probe_directly
from flinksql.statements.model_probe import check_models
from flinksql.statements.script import script_of
from tests.contract.bench import COPY, COPY_SOME, SNK, SRC, Bench, catalog_object
from tests.fakes.flink import FakeFlink
from tests.fakes.http import FakeServer, serving

MODEL = """CREATE MODEL summarizer INPUT (v STRING) OUTPUT (content STRING)
WITH ('provider' = 'openai',
      'endpoint' = 'http://127.0.0.1:9/v1?key=${secret:KEY}', 'api-key' = 'x', 'model' = 'm')
"""
SECRETS = {"KEY": "hidden-value"}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(lambda _method, _path, _body: (405, {"error": "POST only"})) as running:
        yield running


def definition(bench: Bench, text: str = COPY, model: str = MODEL) -> Definition:
    """Return a job whose closure has a model."""
    return bench.job(text, SRC, SNK, catalog_object("summarizer", model))


def lifecycle(bench: Bench, answers: list[str]) -> StatementLifecycle:
    """Return a lifecycle whose probe gives the answers in turn, and counts by taking them away."""
    return StatementLifecycle(bench.gateway, bench.jobmanager, SECRETS, settings=bench.settings, probe=lambda _url: answers.pop(0))


def test_any_answer_will_do(server: FakeServer) -> None:
    assert probe_directly(f"{server.url}/v1/chat/completions") == ""


def test_a_port_without_a_server_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert probe_directly(f"http://127.0.0.1:{taken.getsockname()[1]}/v1") == "connection refused"


@pytest.mark.parametrize("url", ["no-url", "ftp://host/x"])
def test_what_is_no_url_is_said_to_be_none(url: str) -> None:
    assert probe_directly(url) == "it is not a URL"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(requests.exceptions.ReadTimeout("slow"), "", id="a slow answer is one"),
        pytest.param(requests.exceptions.ConnectTimeout("late"), "no connection within 3 s", id="no connection"),
        pytest.param(requests.exceptions.SSLError("bad"), "its TLS certificate was not accepted", id="its certificate"),
        pytest.param(requests.exceptions.ConnectionError("NameResolutionError: x"), "the host is unknown", id="its name"),
        pytest.param(requests.exceptions.ChunkedEncodingError("odd"), "the connection was closed before an answer", id="anything else"),
    ],
)
def test_an_endpoint_is_asked_with_time_limits_and_no_redirect_is_followed(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[tuple[str, object]]()

    def get(session: requests.Session, url: str, **options: object) -> None:
        asked.append((url, options))
        assert not session.trust_env, "the proxy of this machine is none of Flink's"
        raise error

    monkeypatch.setattr(requests.Session, "get", get)
    assert probe_directly("http://host/v1") == said
    assert asked == [("http://host/v1", {"timeout": (3.0, 5.0), "allow_redirects": False, "stream": True})]


def test_the_error_stands_at_the_endpoint_and_hides_secrets(bench: Bench) -> None:
    with pytest.raises(StatementError, match=r"summarizer\.sql:3:20: .*does not answer: connection refused.*No job was touched") as caught:
        check_models(script_of(definition(bench), SECRETS), lambda _url: "connection refused")
    assert "hidden-value" not in str(caught.value)
    assert "${secret:KEY}" in str(caught.value)


def test_each_endpoint_is_asked_once_and_what_is_no_model_never(bench: Bench) -> None:
    asked: list[str] = []
    other = MODEL.replace("summarizer", "another")
    table = catalog_object("remote", "CREATE TABLE remote (v STRING) WITH ('connector' = 'x', 'endpoint' = 'http://127.0.0.1:1/')")
    closure = (catalog_object("summarizer", MODEL), catalog_object("another", other), table)

    def probe(url: str) -> str:
        asked.append(url)
        return ""

    check_models(script_of(bench.job(COPY, *closure), SECRETS), probe)
    assert asked == ["http://127.0.0.1:9/v1?key=hidden-value"]


def test_an_upgrade_to_a_dead_model_leaves_the_old_job_alone(bench: Bench) -> None:
    first = lifecycle(bench, [""]).create(definition(bench))
    with pytest.raises(StatementError, match="does not answer"):
        lifecycle(bench, ["connection refused"]).update(definition(bench), definition(bench, COPY_SOME), first)
    assert [job.job_id for job in bench.alive()] == [first.job_id]


def test_a_job_with_a_dead_model_is_not_created(bench: Bench, flink: FakeFlink) -> None:
    with pytest.raises(StatementError, match="does not answer"):
        lifecycle(bench, ["connection refused"]).create(definition(bench))
    assert flink.cluster.submissions == []
