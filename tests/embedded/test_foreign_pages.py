"""Others ask the stack's servers: a page that is open in a browser on the same machine, and another user of it.

What each can send, and what it is given. The table of docs/security.md is what these tests see.
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from console.project import open_project
from embedded.certificates import certificates_of, ensure_certificates
from embedded.data_folder import DataFolder
from embedded.processes import marked
from embedded.settings import EmbeddedSettings
from flinksql.sql import job_id
from tests.support.flink import endpoints_in, job_manager_in, session_for
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

FOREIGN = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
UNKNOWN_JOB = "/jobs/00000000000000000000000000000000/yarn-cancel"


@pytest.fixture
def settings(real_stack: ProjectCopy) -> Iterator[EmbeddedSettings]:
    """Give the settings of a stack that is up, and see that no attack ended or started a job."""
    real_stack.succeed("up")
    jobs = job_manager_in(real_stack.outputs())
    before = {job.job_id for job in jobs.jobs() if not job.state.terminal}
    yield open_project(real_stack.stack, real_stack.folder).settings().embedded
    assert {job.job_id for job in jobs.jobs() if not job.state.terminal} == before


def _image(client: httpx.Client, url: str) -> httpx.Response:
    return client.get(f"{url}{UNKNOWN_JOB}", headers={"sec-fetch-site": "cross-site"})


def _form(client: httpx.Client, url: str) -> httpx.Response:
    return client.post(f"{url}/v1/sessions", data={"a": "b"}, headers=FOREIGN)


def _text(client: httpx.Client, url: str) -> httpx.Response:
    return client.post(f"{url}/v1/sessions", content="{}", headers={"content-type": "text/plain", **FOREIGN})


def _rebinding(client: httpx.Client, url: str) -> httpx.Response:
    return client.post(f"{url}/v1/sessions", json={}, headers={"host": f"evil.example:{httpx.URL(url).port}"})


def _another_user(client: httpx.Client, url: str) -> httpx.Response:
    return client.post(f"{url}/v1/sessions", json={})


ATTACKS: dict[str, Callable[[httpx.Client, str], httpx.Response]] = {
    "image": _image,
    "form": _form,
    "text": _text,
    "rebinding": _rebinding,
    "another user": _another_user,
}


def test_flink_answers_nobody_without_a_certificate(settings: EmbeddedSettings) -> None:
    """Not even by TLS: a browser whose user accepts the certificate, or a program that does not look at it."""
    with httpx.Client(verify=False, trust_env=False, timeout=30) as client:  # noqa: S501  # an attacker does not look at it
        for url in (settings.job_manager_url, settings.sql_gateway_url):
            for attack in ATTACKS.values():
                with pytest.raises(httpx.TransportError):
                    attack(client, url)
                # Plain HTTP is sent on to TLS, whatever is asked.
                assert attack(client, url.replace("https:", "http:")).status_code in {301, 302, 307, 308, 400}


def test_flink_does_not_take_the_certificate_of_another_data_folder(settings: EmbeddedSettings, tmp_path: Path) -> None:
    other = DataFolder(root=tmp_path / "other")
    ensure_certificates(other)
    context = ssl.create_default_context(cafile=certificates_of(settings.folder).authority)
    context.load_cert_chain(certificates_of(other).client)
    with httpx.Client(verify=context, trust_env=False, timeout=30) as client:
        for url in (settings.job_manager_url, settings.sql_gateway_url):
            with pytest.raises(httpx.TransportError):
                client.get(f"{url}/config")


@pytest.mark.parametrize("port", ["job_manager_rpc", "job_manager_blob", "task_manager_rpc", "task_manager_data"])
def test_what_flinks_processes_say_to_each_other_is_closed_too(settings: EmbeddedSettings, port: str) -> None:
    """Their RPC deserialises Java objects. The alert tells that TLS is spoken there, and that a certificate is missing."""
    context = ssl.create_default_context(cafile=certificates_of(settings.folder).authority)
    with (
        closing(socket.create_connection(("127.0.0.1", getattr(settings.ports, port)), timeout=30)) as raw,
        closing(context.wrap_socket(raw, server_hostname="127.0.0.1")) as secured,
        pytest.raises(ssl.SSLError, match=r"(?i)alert.*certificate"),
    ):
        secured.recv(1)


def test_the_ui_opens_by_the_link_of_status_and_by_nothing_else(settings: EmbeddedSettings, real_stack: ProjectCopy) -> None:
    [link] = [word for word in real_stack.succeed("status").output.split() if "?token=" in word]
    assert "?token=" not in str(real_stack.outputs())
    url = f"http://127.0.0.1:{settings.ports.flink_ui}"
    with httpx.Client(trust_env=False, timeout=30) as client:
        refused = {name: attack(client, url).status_code for name, attack in ATTACKS.items()}
        assert refused == {"image": 403, "form": 403, "text": 403, "rebinding": 421, "another user": 401}
        page = client.get(link, follow_redirects=True)
        assert "Apache Flink" in page.text
        assert client.get(f"{page.url}jobs/overview").json()["jobs"]
        scripts = [word.split('"')[0] for word in page.text.split('src="')[1:]]
        assert scripts
        assert {client.get(page.url.join(script)).status_code for script in scripts} == {200}


def test_no_page_spends_money_at_the_model_gateway(settings: EmbeddedSettings) -> None:
    url = f"http://127.0.0.1:{settings.ports.model_gateway}/v1/chat/completions"
    body = {"messages": [{"role": "user", "content": "spend"}]}
    with httpx.Client(trust_env=False, timeout=30) as client:
        answers = {
            "cross-site": client.post(url, json=body, headers=FOREIGN),
            "form": client.post(url, data={"a": "b"}),
            "text": client.post(url, content="{}", headers={"content-type": "text/plain"}),
            "rebinding": client.post(url, json=body, headers={"host": "evil.example"}),
        }
    assert {attack: answer.status_code for attack, answer in answers.items()} == {
        "cross-site": 403,
        "form": 415,
        "text": 415,
        "rebinding": 421,
    }


def test_no_page_can_tell_the_id_of_a_job(settings: EmbeddedSettings, real_stack: ProjectCopy) -> None:
    outputs = real_stack.outputs()
    running = {job.job_id for job in job_manager_in(outputs).jobs() if not job.state.terminal}
    statements = [about for about in outputs["statements"].values() if about["kind"] == "job"]
    assert statements
    for about in statements:
        guesses = {job_id(about["jobName"], about["definitionHash"], generation) for generation in range(1, 10)}
        assert not guesses & running
        with session_for(endpoints_in(outputs)[1]) as session:
            assert session.get(f"{settings.job_manager_url}/jobs/{min(guesses)}/yarn-cancel", timeout=30).status_code == 404


def test_keys_and_token_lie_in_files_of_their_owner_only(settings: EmbeddedSettings, real_stack: ProjectCopy) -> None:
    certificates = certificates_of(settings.folder)
    token = settings.folder.secrets / "flink-ui-token"
    files = [*certificates.files, token]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600] * len(files)
    hidden = [token.read_text().strip(), *certificates.client.read_text().splitlines()[1:3]]
    places = [file for folder in (real_stack.state, settings.folder.logs) for file in folder.rglob("*") if file.is_file()]
    assert places
    texts = {str(file): file.read_text(errors="replace") for file in places}
    texts |= {f"process {one.pid}": " ".join(psutil.Process(one.pid).cmdline()) for one in marked(settings.folder)}
    assert [(place, number) for place, said in texts.items() for number, secret in enumerate(hidden) if secret in said] == []
