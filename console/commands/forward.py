"""`forward`: the pages of a stack on Kubernetes, on ports of this machine, for as long as the command runs."""

import json as json_library
import time
from contextlib import ExitStack

import typer

from components.settings import PlatformKind, Settings
from components.settings_kubernetes import KafkaKind
from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session
from console.show.ending import print_links
from embedded.settings import LOOPBACK
from manifests import names

_FOREVER_SECONDS = 3600.0


def forward(context: typer.Context, *, json: Json = False) -> None:
    """Make Flink's UI, AKHQ, the SQL Gateway and Kafka reachable on this machine's loopback address until Ctrl-C.

    Whoever can connect to a local port may use what is behind it: the SQL Gateway and Flink's UI run code.
    """
    session: Session = context.obj
    settings = session.project().settings()
    if settings.platform is not PlatformKind.KUBERNETES:
        raise ConsoleError(
            "the embedded platform's pages need no forward: `python -m console outputs` has their addresses", exit_code=ExitCode.USAGE
        )
    with ExitStack() as stack:
        links = _open(settings, stack, session)
        if json:
            write_line(json_library.dumps({"event": "forwarded", "links": links}))
        else:
            print_links(session.screen.out, links)
            session.screen.out.print("until Ctrl-C", style="dim")
        while True:
            time.sleep(_FOREVER_SECONDS)


def _open(settings: Settings, stack: ExitStack, session: Session) -> dict[str, str]:
    """Begin every forward. Raises ClusterError when a port is taken. One whose pod is not ready yet begins to work when it is."""
    from cluster.api_server import connect  # noqa: PLC0415  # see console.reach
    from cluster.port_forward import forwarded  # noqa: PLC0415
    from cluster.target import ServicePort  # noqa: PLC0415

    where = settings.kubernetes.cluster
    api_server = connect(where.context, where.kubeconfig)
    links: dict[str, str] = {}
    for title, (service, port, local, scheme) in pages(settings).items():
        target = ServicePort(namespace=where.namespace, service=service, port=port)
        begun = stack.enter_context(forwarded(api_server, target, local, lambda words: session.screen.err.print(words, style="yellow")))
        links[title] = f"{scheme}{LOOPBACK}:{begun.port}"
    return links


def pages(settings: Settings) -> dict[str, tuple[str, int, int, str]]:
    """Give, by title: the service, its port, the local port (0: any), and how an address begins."""
    akhq = {"AKHQ": (names.AKHQ, names.AKHQ_PORT, 0, "http://")} if settings.kubernetes.akhq.enabled else {}
    ours = settings.kubernetes.kafka.kind is KafkaKind.SINGLE
    kafka = {"Kafka": (names.KAFKA, names.KAFKA_FORWARDED_PORT, settings.ports.kafka, "")} if ours else {}
    return {
        "Flink": (names.REST_SERVICE, names.JOB_MANAGER_PORT, settings.ports.job_manager, "http://"),
        "SQL Gateway": (names.SQL_GATEWAY, names.SQL_GATEWAY_PORT, settings.ports.sql_gateway, "http://"),
        "model gateway": (names.MODEL_GATEWAY, names.MODEL_GATEWAY_PORT, settings.ports.model_gateway, "http://"),
        **akhq,
        **kafka,
    }
