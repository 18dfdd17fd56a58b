from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cluster.api_server import ApiServer, connect
from settings import Settings, parse_settings
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes


@pytest.fixture
def kubernetes() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as fake:
        yield fake


@pytest.fixture
def kubeconfig(kubernetes: FakeKubernetes, tmp_path: Path) -> Path:
    return kubernetes.kubeconfig(tmp_path)


@pytest.fixture
def api_server(kubeconfig: Path) -> ApiServer:
    return connect(CONTEXT, str(kubeconfig))


@pytest.fixture
def settings(kubeconfig: Path, tmp_path: Path) -> Callable[..., Settings]:
    def make(**given: str) -> Settings:
        values = {"platform": "kubernetes", "kubernetes.context": CONTEXT, "kubernetes.kubeconfig": str(kubeconfig), "flink.line": "2.1"}
        return parse_settings({**values, **{name.replace("__", "."): value for name, value in given.items()}}, project_folder=tmp_path)

    return make
