"""The Flink of the `local` stack's tests, for the pytest plugin."""

from collections.abc import Iterator
from contextlib import contextmanager

from components.sql_tests.flink import flink_for_tests
from console.default_stack import LOCAL
from console.project import open_project
from flinksql.testing import TestFlink


@contextmanager
def for_pytest() -> Iterator[TestFlink]:
    """Run the Flink of the `local` stack's tests for the pytest plugin: `flinksql_flink = console.testing.flink:for_pytest`."""
    project = open_project(LOCAL)
    settings = project.settings()
    with flink_for_tests(project.data_folder, settings.flink.line, keep=False, class_archives=settings.data.class_archives) as flink:
        yield flink
