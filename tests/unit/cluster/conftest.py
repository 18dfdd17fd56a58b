from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.api_server import ApiServer, connect
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes


@pytest.fixture
def kubernetes() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as fake:
        yield fake


@pytest.fixture
def api_server(kubernetes: FakeKubernetes, tmp_path: Path) -> ApiServer:
    return connect(CONTEXT, str(kubernetes.kubeconfig(tmp_path)))
