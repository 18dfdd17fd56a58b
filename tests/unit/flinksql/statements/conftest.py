"""A lifecycle over a fake Flink that can be told to misbehave."""

from collections.abc import Callable, Iterator

import pytest

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.statements import HealthPolicy, LifecycleSettings
from tests.contract.bench import Bench
from tests.fakes.flink import FakeFlink, fake_flink

HEALTH = HealthPolicy(settle_seconds=0.1, deadline_seconds=0.6, poll_seconds=0.01, bounded_seconds=2)


@pytest.fixture
def bench_at() -> Callable[[str, str], Bench]:
    """Make an impatient bench over the addresses of a gateway and a JobManager."""
    return _bench_at


def _bench_at(gateway: str, jobmanager: str) -> Bench:
    return Bench(
        gateway=GatewayClient(Endpoint(name="SQL Gateway", base_url=gateway, read_seconds=2)),
        jobmanager=JobManagerClient(Endpoint(name="JobManager", base_url=jobmanager, read_seconds=2)),
        settings=LifecycleSettings(health=HEALTH, retry_waits=(0.01, 0.02), stop_seconds=1),
        prefix="p/s",
        options={},
    )


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as fake:
        yield fake


@pytest.fixture
def bench(flink: FakeFlink) -> Bench:
    return _bench_at(flink.gateway_server.url, flink.jobmanager_server.url)
