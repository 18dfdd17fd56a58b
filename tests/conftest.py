"""What tests of several rooms share: one real stack for the whole run, started by the first test that asks."""

import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import settings

from flinksql.flink.transport import Endpoint
from tests.support.flink import endpoints_in
from tests.support.project import SHARED_STACK, ProjectCopy, project_copy

# A busy machine is no failure: what hangs is found by the time limit of every test.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


REAL_SECONDS = 1200
"""A test on a real stack that takes longer hangs: the longest takes four minutes on a machine that does nothing else."""


def pytest_configure() -> None:
    """Draw the seed of random kills before tests are collected; worker processes inherit it."""
    os.environ.setdefault("FLINK_REVIEWS_SEED", str(random.SystemRandom().randrange(1, 10**6)))


def pytest_report_header() -> str:
    return f"random interruptions and kills: FLINK_REVIEWS_SEED={os.environ['FLINK_REVIEWS_SEED']}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares a stack in one process when tests run in several: all tests of `real_stack`, and those of a module with its own."""
    for item in items:
        if any(item.iter_markers("real")) and not any(item.iter_markers("timeout")):
            item.add_marker(pytest.mark.timeout(REAL_SECONDS))
        if any(item.iter_markers("xdist_group")) or not any(item.iter_markers("real")):
            continue
        own = item.path.parent.name == "embedded" and "real_stack" not in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group(item.path.stem if own else SHARED_STACK))


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Put tests on real stacks first where tests run beside each other: one that takes minutes must not be the last that begins.

    pytest-xdist hands out groups with many tests first, and all else in this order, which pytest-randomly has shuffled.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not any(item.iter_markers("real")))


@pytest.fixture(scope="session")
def real_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    """The production bundle on the default Flink line, up and running, with windows of five seconds."""
    folder = tmp_path_factory.mktemp("real-stack") / "project"
    folder.mkdir()
    values = {"bundle__parameters__window_seconds": 5, "flink__checkpointIntervalSeconds": 5, "flink__taskSlots": 24}
    with project_copy(folder, data__classArchives=True, **values) as copy:
        copy.succeed("up")
        yield copy


@pytest.fixture(scope="session")
def embedded_endpoints(real_stack: ProjectCopy) -> tuple[Endpoint, Endpoint]:
    """The real SQL Gateway and JobManager."""
    return endpoints_in(real_stack.outputs())


@pytest.fixture(scope="session")
def embedded_kafka(real_stack: ProjectCopy) -> str:
    """`host:port` of the real broker."""
    return str(real_stack.outputs()["kafkaBootstrap"])
