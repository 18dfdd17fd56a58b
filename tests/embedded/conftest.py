"""What tests of several modules here share."""

from collections.abc import Iterator

import pytest

from components.sql_tests.flink import flink_for_tests
from flinksql.testing import TestFlink
from tests.support.project import REPOSITORY


@pytest.fixture(scope="session")
def flink_for_sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestFlink]:
    """A Flink for tests of SQL, without Kafka; its jars are those of the repository's data folder."""
    data = tmp_path_factory.mktemp("sql-tests")
    for name in ("artifacts", "java"):
        shared = REPOSITORY / ".data" / name
        # The first test of a fresh checkout meets no data folder.
        shared.mkdir(parents=True, exist_ok=True)
        (data / name).symlink_to(shared)
    with flink_for_tests(data, "2.2", keep=False, class_archives=False) as started:
        yield started
