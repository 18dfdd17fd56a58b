"""One stack on the cluster for the whole run. These tests run only where a cluster is named; the first line says what of it is real."""

from collections.abc import Iterator

import pytest

from tests.kubernetes.double.objects import Cluster
from tests.kubernetes.figures import MEASURED
from tests.kubernetes.given import CONTEXT, Setting, setting
from tests.kubernetes.parts import Parts, find_parts, has_docker
from tests.kubernetes.preparing import kubernetes_stack
from tests.kubernetes.stack import KubernetesStack

_FOUND: dict[str, tuple[Cluster, Parts]] = {}


def found(given: Setting) -> tuple[Cluster, Parts]:
    """Open the cluster and look for the parts, once."""
    if given.context not in _FOUND:
        cluster = Cluster.of(given.kubeconfig, given.context)
        _FOUND[given.context] = (cluster, find_parts(cluster, given))
    return _FOUND[given.context]


def pytest_report_header() -> str:
    """Say which parts are real."""
    given = setting()
    return found(given)[1].line if given else f"cluster: none; name a kubeconfig's context in {CONTEXT}"


@pytest.fixture(scope="session")
def given() -> Setting:
    """The named cluster; without one, and without a Docker daemon to build the images, there is nothing to test."""
    one = setting()
    if one is None:
        pytest.skip(f"no cluster is named: `make test-kubernetes {CONTEXT}=kind-kind`")
    if not has_docker():
        pytest.skip("there is no Docker daemon to build the images with")
    return one


@pytest.fixture(scope="session")
def cluster(given: Setting) -> Cluster:
    """The cluster."""
    return found(given)[0]


@pytest.fixture(scope="session")
def stack(given: Setting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesStack]:
    """The stack, not necessarily up."""
    folder = tmp_path_factory.mktemp("kubernetes") / "project"
    folder.mkdir()
    with kubernetes_stack(folder, *found(given), given) as one:
        yield one


@pytest.fixture
def deployed(stack: KubernetesStack) -> KubernetesStack:
    """The stack, up and with all its jobs running."""
    stack.up()
    stack.wait_for_jobs(set(stack.job_names()))
    return stack


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was measured."""
    if MEASURED:
        terminalreporter.section("measured")
    for row in MEASURED:
        terminalreporter.write_line(", ".join(f"{key} {value}" for key, value in row.items()))
