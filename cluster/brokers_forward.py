"""Several brokers of one Kafka on ports of this machine: each is reached by a port-forward of its own, and names the others by theirs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from cluster.api_server import ApiServer
from cluster.errors import PortForwardError
from cluster.port_forward import PortForward, forwarded
from cluster.target import ServicePort


@contextmanager
def brokers_forwarded(api_server: ApiServer, brokers: Mapping[int, ServicePort]) -> Iterator[list[PortForward]]:
    """Forward any free ports for the duration of the block. `brokers` are the targets by the port that each advertises.

    Raise PortForwardError when no port can be had. Whether pods answer is not checked: see `PortForward.require_pod`.
    """
    with ExitStack() as opened:
        made = [opened.enter_context(forwarded(api_server, target, advertised=port)) for port, target in brokers.items()]
        for one in made:
            one.beside = made
        yield made


def require_any_pod(forwards: Sequence[PortForward]) -> None:
    """Look whether at least one broker answers: a Kafka goes on without a node. Raise the first PortForwardError when none does."""
    missing: list[PortForwardError] = []
    for one in forwards:
        try:
            one.require_pod()
        except PortForwardError as error:
            missing.append(error)
    if len(missing) == len(forwards):
        raise missing[0]
