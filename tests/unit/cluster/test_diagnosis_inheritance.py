"""What is left from before a change is not taken for what the change has done."""

from collections.abc import Collection

import pytest

from cluster.api_server import ApiServer
from cluster.diagnosis import Diagnosis, watch
from cluster.diagnosis.snapshot import Snapshot, take_snapshot
from cluster.diagnosis.subject import Kind
from cluster.errors import ClusterError
from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import crashed, event, pod, waiting
from tests.unit.cluster.looking import GATEWAY, KAFKA, Clock, put_events, put_gateway

NOT_FOUND = 'Failed to pull image "localhost:5001/flink-ai-demo:1": not found'


@pytest.fixture
def diagnosis(api_server: ApiServer, clock: Clock) -> Diagnosis:
    return Diagnosis(api_server, clock)


def _pull_fails(kubernetes: FakeKubernetes, name: str) -> None:
    put_gateway(kubernetes, pod(name, "gateway-1", containers=[waiting("ImagePullBackOff")]))
    put_events(kubernetes, event("Pod", name, "Failed", NOT_FOUND, count=9))


def _hopeless(diagnosis: Diagnosis, clock: Clock, seconds: float) -> bool:
    clock.now = seconds
    [situation] = diagnosis.observe([GATEWAY])
    return situation.hopeless is not None


def test_a_broken_pod_from_before_gets_the_time_to_be_taken_away(kubernetes: FakeKubernetes, diagnosis: Diagnosis, clock: Clock) -> None:
    _pull_fails(kubernetes, "old")
    assert not _hopeless(diagnosis, clock, 0.0)
    assert not _hopeless(diagnosis, clock, 19.0)
    assert _hopeless(diagnosis, clock, 20.0)


def test_a_broken_pod_that_comes_afterwards_is_judged_as_always(kubernetes: FakeKubernetes, diagnosis: Diagnosis, clock: Clock) -> None:
    _pull_fails(kubernetes, "old")
    assert not _hopeless(diagnosis, clock, 0.0)
    kubernetes.collections.clear()
    put_gateway(kubernetes, pod("new", "gateway-1", containers=[crashed(3)]))
    assert _hopeless(diagnosis, clock, 5.0)


def test_another_wait_for_the_same_object_begins_anew(kubernetes: FakeKubernetes, diagnosis: Diagnosis, clock: Clock) -> None:
    assert not _hopeless(diagnosis, clock, 0.0)
    diagnosis.observe([KAFKA])
    _pull_fails(kubernetes, "old")
    assert not _hopeless(diagnosis, clock, 100.0)


def _blind(kubernetes: FakeKubernetes, diagnosis: Diagnosis, clock: Clock, seconds: float) -> None:
    clock.now = seconds
    kubernetes.refuse("GET", 503, "ServiceUnavailable", "the server is starting")
    with pytest.raises(ClusterError):
        diagnosis.observe([GATEWAY])
    kubernetes.refusals.clear()


@pytest.mark.parametrize(
    ("back", "hopeless"), [pytest.param(64.0, False, id="62 s away"), pytest.param(22.5, True, id="one answer missed")]
)
def test_no_clock_runs_while_nothing_can_be_seen(
    kubernetes: FakeKubernetes, diagnosis: Diagnosis, clock: Clock, back: float, *, hopeless: bool
) -> None:
    _pull_fails(kubernetes, "old")
    assert not _hopeless(diagnosis, clock, 0.0)
    _blind(kubernetes, diagnosis, clock, 2.0 if not hopeless else 19.0)
    assert _hopeless(diagnosis, clock, back) is hopeless
    assert _hopeless(diagnosis, clock, back + 20.0)


@pytest.mark.parametrize(("hangs", "hopeless"), [pytest.param(25.0, False, id="hangs for 25 s"), pytest.param(2.0, True, id="is slow")])
def test_no_clock_runs_while_a_look_hangs(
    kubernetes: FakeKubernetes, diagnosis: Diagnosis, clock: Clock, monkeypatch: pytest.MonkeyPatch, hangs: float, *, hopeless: bool
) -> None:
    _pull_fails(kubernetes, "old")
    assert not _hopeless(diagnosis, clock, 0.0)

    def hanging(api_server: ApiServer, namespace: str, kinds: Collection[Kind]) -> Snapshot:
        clock.now += hangs
        return take_snapshot(api_server, namespace, kinds)

    with monkeypatch.context() as patched:
        patched.setattr(watch, "take_snapshot", hanging)
        assert _hopeless(diagnosis, clock, 19.0) is hopeless
    assert _hopeless(diagnosis, clock, 19.0 + hangs + 20.0)
