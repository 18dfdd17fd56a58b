from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.components.statement_bench import StatementBench, statement_bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[StatementBench]:
    with statement_bench(tmp_path) as running:
        yield running
