from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.api_server import ApiServer, connect
from cluster.diagnosis import Diagnosis, Situation, Subject
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.unit.cluster.looking import SUBJECTS, Clock, Look


@pytest.fixture
def kubernetes() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as fake:
        yield fake


@pytest.fixture
def api_server(kubernetes: FakeKubernetes, tmp_path: Path) -> ApiServer:
    return connect(CONTEXT, str(kubernetes.kubeconfig(tmp_path)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def look(api_server: ApiServer, clock: Clock) -> Look:
    """Give looks of a watch that has looked before anything was wrong."""
    diagnosis = Diagnosis(api_server, clock)
    clock.now = -1.0
    diagnosis.observe(SUBJECTS)

    def at(subject: Subject, seconds: float) -> Situation:
        clock.now = seconds
        return next(situation for situation in diagnosis.observe(SUBJECTS) if situation.subject == subject)

    return at
