"""A whole fake Flink: gateway and JobManager on loopback ports, over one cluster."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.fakes.gateway import FakeGateway
from tests.fakes.http import Answer, FakeServer, serving
from tests.fakes.jobmanager import FakeJobManager
from tests.fakes.jobs import FakeCluster


@dataclass(frozen=True, kw_only=True)
class FakeFlink:
    """The parts, and the two addresses."""

    cluster: FakeCluster
    gateway: FakeGateway
    gateway_server: FakeServer
    jobmanager_server: FakeServer


class AlternatingGateways:
    """Two gateways behind one address, each knowing only its own sessions."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.gateways = (FakeGateway(cluster), FakeGateway(cluster))
        self.turn = 0

    def respond(self, method: str, path: str, body: dict[str, object]) -> Answer:
        """Answer with one gateway, the next time with the other."""
        self.turn += 1
        return self.gateways[self.turn % 2].respond(method, path, body)


@contextmanager
def fake_flink() -> Iterator[FakeFlink]:
    """Run a fake Flink for a while. Raises AssertionError at the end when it was in a state in which no Flink can be."""
    cluster = FakeCluster()
    gateway = FakeGateway(cluster)
    with ExitStack() as stack:
        yield FakeFlink(
            cluster=cluster,
            gateway=gateway,
            gateway_server=stack.enter_context(serving(gateway.respond)),
            jobmanager_server=stack.enter_context(serving(FakeJobManager(cluster).respond)),
        )
    cluster.world.look(cluster.jobs)
    assert not cluster.world.impossible, f"no Flink can be so: {'; '.join(cluster.world.impossible)}"
