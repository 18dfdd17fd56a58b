"""The pages of a stack in a cluster on ports of this machine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cluster import names
from cluster.api_server import connect
from cluster.port_forward import PortForward, forwarded, port_taken
from cluster.target import ServicePort
from options.infrastructure import LOOPBACK
from platforms.kubernetes.broker_targets import broker_targets
from settings import Settings

if TYPE_CHECKING:
    from webproxy.guard import AccessGuard

_HOW = "`python -m console forward` printed it."


@dataclass(frozen=True, kw_only=True)
class Page:
    """A service of the cluster and the local port for it (0: any). `hides_path` where the page's own addresses are relative.

    `pod` names one of the service's pods, where they are not alike.
    """

    service: str
    port: int
    local_port: int
    is_http: bool = True
    hides_path: bool = False
    pod: str = ""


def open_pages(settings: Settings, stack: ExitStack, complain: Callable[[str], None]) -> dict[str, str]:
    """Begin every forward. Raises ClusterError when a port is taken. One whose pod is not ready yet begins to work when it is."""
    where = settings.kubernetes.cluster
    api_server = connect(where.context, where.kubeconfig)
    sockets = Path(stack.enter_context(TemporaryDirectory(prefix="flink-reviews-")))
    links: dict[str, str] = {}
    for title, page in pages(settings).items():
        target = ServicePort(namespace=where.namespace, service=page.service, port=page.port, pod=page.pod)
        if not page.is_http:
            links[title] = f"{LOOPBACK}:{stack.enter_context(forwarded(api_server, target, page.local_port, complain)).port}"
            continue
        # Not a port: every user of this machine could connect to it, and every page that is open in a browser.
        path = sockets / page.service
        carried = PortForward(api_server, target, complain=complain, socket_path=path)
        stack.callback(carried.close)
        carried.start()
        links[title] = stack.enter_context(_guarded(title, path, page)).link
    return links


@contextmanager
def _guarded(title: str, path: Path, page: Page) -> Iterator["AccessGuard"]:
    """Serve a page to whoever has its link. Raises PortForwardError when the port is taken."""
    from webproxy.background import proxied  # noqa: PLC0415  # loads aiohttp
    from webproxy.proxy import Upstream  # noqa: PLC0415

    upstream = Upstream(name=title, base_url=f"http://{page.service}", socket=path)
    with ExitStack() as opened:
        try:
            doorkeeper = opened.enter_context(proxied(upstream, port=page.local_port, how=_HOW, hides_path=page.hides_path))
        except OSError as error:
            raise port_taken(page.local_port, error) from error
        yield doorkeeper


def pages(settings: Settings) -> dict[str, Page]:
    """Return what is forwarded, by title."""
    akhq = {"AKHQ": Page(service=names.AKHQ, port=names.AKHQ_PORT, local_port=0)} if settings.kubernetes.akhq.enabled else {}
    targets = broker_targets(settings) if settings.kubernetes.kafka.is_own else {}
    nodes = {
        "Kafka" if port == settings.ports.kafka else f"Kafka, node {port - settings.ports.kafka}": Page(
            service=one.service, port=one.port, local_port=port, is_http=False, pod=one.pod
        )
        for port, one in targets.items()
    }
    ports = settings.ports
    return {
        "Flink": Page(service=names.REST_SERVICE, port=names.JOB_MANAGER_PORT, local_port=ports.job_manager, hides_path=True),
        "SQL Gateway": Page(service=names.SQL_GATEWAY, port=names.SQL_GATEWAY_PORT, local_port=ports.sql_gateway),
        "model gateway": Page(service=names.MODEL_GATEWAY, port=names.MODEL_GATEWAY_PORT, local_port=ports.model_gateway),
        **akhq,
        **nodes,
    }
