"""What tests of several modules here share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.sql_tests.flink import flink_for_tests
from flinksql.testing import TestFlink
from tests.support.project import REPOSITORY


@pytest.fixture(scope="session")
def flink_for_sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestFlink]:
    """A Flink for tests of SQL, without Kafka; its jars are those of the repository's data folder."""
    with flink_of_line(tmp_path_factory.mktemp("sql-tests"), "2.2") as started:
        yield started


@contextmanager
def flink_of_line(data: Path, line: str) -> Iterator[TestFlink]:
    """Run a Flink for tests of SQL of one line."""
    for name in ("artifacts", "java"):
        shared = REPOSITORY / ".data" / name
        # The first test of a fresh checkout meets no data folder.
        shared.mkdir(parents=True, exist_ok=True)
        (data / name).symlink_to(shared)
    with flink_for_tests(data, line, keep=False, class_archives=False) as started:
        yield started
