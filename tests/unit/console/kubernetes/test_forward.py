"""What `forward` opens on this machine: pages for whoever has the link, and no port that leads to Flink by itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import gettempdir

import httpx
import psutil
import pytest

from cluster import names
from cluster.errors import PortForwardError
from platforms.kubernetes.forward import open_pages
from settings import Settings
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes
from tests.support.kubernetes_objects import CORE, metadata, pod
from tests.support.ports import free_ports

SERVICES = {names.REST_SERVICE: 8081, names.SQL_GATEWAY: 8083, names.MODEL_GATEWAY: 8080, names.AKHQ: 8080}


class Page(BaseHTTPRequestHandler):
    """Answers everything, as Flink does."""

    protocol_version = "HTTP/1.1"
    asked: list[str] = []  # noqa: RUF012

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        Page.asked.append(self.path)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def forwarded(kubernetes: FakeKubernetes, kubeconfig: Path, settings: Callable[..., Settings]) -> Iterator[dict[str, str]]:
    Page.asked = []
    flink, gateway, model, kafka = free_ports(4)
    stack_settings = settings(
        kubernetes__context=CONTEXT,
        kubernetes__kubeconfig=str(kubeconfig),
        ports__jobManager=str(flink),
        ports__sqlGateway=str(gateway),
        ports__modelGateway=str(model),
        ports__kafka=str(kafka),
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server, ExitStack() as stack:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        for name, port in SERVICES.items():
            spec = {"selector": {"app": name}, "ports": [{"port": port, "targetPort": port}]}
            kubernetes.put(f"{CORE}/services", {"metadata": metadata(name), "spec": spec})
            kubernetes.put(f"{CORE}/pods", pod(f"{name}-0", labels={"app": name}, phase="Running", ready=True))
            kubernetes.pods[f"{name}-0"] = ("127.0.0.1", server.server_address[1])
        yield open_pages(stack_settings, stack, lambda _words: None)


@pytest.mark.parametrize("title", ["Flink", "SQL Gateway", "model gateway", "AKHQ"])
def test_a_page_opens_by_its_link_and_by_nothing_else(forwarded: dict[str, str], title: str) -> None:
    link = httpx.URL(forwarded[title])
    port = httpx.URL(scheme="http", host=link.host, port=link.port)
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    with httpx.Client(base_url=port, trust_env=False, timeout=30) as client:
        refused = {
            "image": client.get("/jobs/1/yarn-cancel", headers={"sec-fetch-site": "cross-site"}),
            "form": client.post("/v1/sessions", data={"a": "b"}, headers=foreign),
            "text": client.post("/v1/sessions", content="{}", headers={"content-type": "text/plain", **foreign}),
            "rebinding": client.get("/", headers={"host": f"evil.example:{link.port}"}),
            "another user": client.post("/v1/sessions", json={}),
        }
        assert {attack: answer.status_code for attack, answer in refused.items()} == {
            "image": 403,
            "form": 403,
            "text": 403,
            "rebinding": 421,
            "another user": 401,
        }
        assert Page.asked == []
        assert client.post("/v1/sessions", json={}, headers={"authorization": f"Bearer {link.params['token']}"}).status_code == 200
        assert client.get(link, follow_redirects=True).status_code == 200
    assert Page.asked == ["/v1/sessions", "/"]


def test_only_guarded_ports_and_kafkas_are_open(forwarded: dict[str, str]) -> None:
    ours = {httpx.URL(link if "://" in link else f"//{link}").port for link in forwarded.values()}
    held = psutil.Process().net_connections(kind="inet")
    listening = {each.laddr.port for each in held if each.status == psutil.CONN_LISTEN}
    for port in listening - ours:
        # The fakes: the API server and the page itself.
        assert port not in {8081, 8083, 8080, 9094}
    assert ours <= listening
    assert not forwarded["Kafka"].startswith("http")


def test_the_sockets_are_nobody_elses(forwarded: dict[str, str]) -> None:
    folders = [one for one in Path(gettempdir()).glob("flink-reviews-*") if any(one.glob(names.REST_SERVICE))]
    assert forwarded
    assert folders
    assert {one.stat().st_mode & 0o777 for one in folders} == {0o700}


def test_a_taken_port_is_told(
    forwarded: dict[str, str], kubeconfig: Path, settings: Callable[..., Settings], kubernetes: FakeKubernetes
) -> None:
    taken = httpx.URL(forwarded["Flink"]).port
    other = settings(kubernetes__context=CONTEXT, kubernetes__kubeconfig=str(kubeconfig), ports__jobManager=str(taken))
    with ExitStack() as stack, pytest.raises(PortForwardError, match=f"port {taken} of this machine is taken"):
        open_pages(other, stack, lambda _words: None)
    assert kubernetes.calls is not None
