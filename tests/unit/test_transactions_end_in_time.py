"""Every table that ships and may write in transactions: a broker with its default limit takes them."""

from pathlib import Path

import pytest

from tests.support.project import REPOSITORY

TEMPLATE = REPOSITORY / "console" / "scaffolding" / "template"
ALL = [file for folder in (REPOSITORY / "sql", TEMPLATE) for file in sorted(folder.rglob("*.sql"))]
FILES = [file for file in ALL if "'sink.transactional-id-prefix'" in file.read_text(encoding="utf-8")]
LIMIT_MILLISECONDS = 900_000
"""Kafka's `transaction.max.timeout.ms` where nobody set it; Flink asks for an hour where the table says nothing."""


def test_there_are_such_tables() -> None:
    assert len(FILES) >= 6


@pytest.mark.parametrize("file", [pytest.param(file, id=f"{file.parent.name}/{file.name}") for file in FILES])
def test_a_transaction_is_no_longer_than_the_broker_allows(file: Path) -> None:
    [line] = [one for one in file.read_text(encoding="utf-8").splitlines() if "'properties.transaction.timeout.ms'" in one]
    assert int(line.split("'")[3]) <= LIMIT_MILLISECONDS
