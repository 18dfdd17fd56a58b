"""The same questions to the fake Flink and to a real one.

The real one is named by FLINK_REVIEWS_GATEWAY and FLINK_REVIEWS_JOBMANAGER (base URLs), or started by a session fixture
`embedded_endpoints` (a pair of endpoints) if there is one. Jobs of a test have names of their own; others are never touched.
"""

import os
import uuid
from collections.abc import Iterator, Mapping

import pytest

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.statements import HealthPolicy, LifecycleSettings
from tests.contract.bench import Bench
from tests.fakes.flink import fake_flink

REAL_HEALTH = HealthPolicy(deadline_seconds=60)
FAKE_HEALTH = HealthPolicy(settle_seconds=0.12, deadline_seconds=3, poll_seconds=0.01, bounded_seconds=3)


@pytest.fixture(scope="session")
def real_endpoints(request: pytest.FixtureRequest) -> tuple[Endpoint, Endpoint]:
    """A real SQL Gateway and JobManager; the test is skipped when there is none."""
    gateway, jobmanager = os.environ.get("FLINK_REVIEWS_GATEWAY"), os.environ.get("FLINK_REVIEWS_JOBMANAGER")
    if gateway and jobmanager:
        return Endpoint(name="SQL Gateway", base_url=gateway), Endpoint(name="JobManager", base_url=jobmanager)
    try:
        endpoints: tuple[Endpoint, Endpoint] = request.getfixturevalue("embedded_endpoints")
    except pytest.FixtureLookupError:
        pytest.skip("no real Flink: set FLINK_REVIEWS_GATEWAY and FLINK_REVIEWS_JOBMANAGER to base URLs")
    return endpoints


@pytest.fixture(params=[pytest.param("fake", id="fake"), pytest.param("real", id="real", marks=pytest.mark.real)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A Flink to work on, and names that nobody else uses."""
    if request.param == "real":
        gateway, jobmanager = request.getfixturevalue("real_endpoints")
        yield from _bench(gateway, jobmanager, REAL_HEALTH, {"execution.checkpointing.interval": "500ms"})
    else:
        with fake_flink() as flink:
            yield from _bench(
                Endpoint(name="SQL Gateway", base_url=flink.gateway_server.url),
                Endpoint(name="JobManager", base_url=flink.jobmanager_server.url),
                FAKE_HEALTH,
                {},
            )


def _bench(gateway: Endpoint, jobmanager: Endpoint, health: HealthPolicy, options: Mapping[str, str]) -> Iterator[Bench]:
    bench = Bench(
        gateway=GatewayClient(gateway),
        jobmanager=JobManagerClient(jobmanager),
        settings=LifecycleSettings(health=health, retry_waits=(0.05, 0.2)),
        prefix=f"contract/{uuid.uuid4().hex[:12]}",
        options=options,
    )
    try:
        yield bench
    finally:
        bench.clean()
