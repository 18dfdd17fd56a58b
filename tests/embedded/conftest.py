"""What tests of several modules here share."""

from collections.abc import Iterator

import pytest

from console.testing.flink import flink_for_tests
from flinksql.testing import TestFlink
from tests.support.project import REPOSITORY


@pytest.fixture(scope="session")
def flink_for_sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestFlink]:
    """A Flink for tests of SQL, without Kafka; its jars are those of the repository's data folder."""
    data = tmp_path_factory.mktemp("sql-tests")
    (data / "artifacts").symlink_to(REPOSITORY / ".data" / "artifacts")
    with flink_for_tests(data, "2.2", keep=False) as started:
        yield started
