"""Output in a terminal that does not know UTF-8."""

import io

import pytest
from rich.console import Console

from console.health.report import JobHealth, Report
from console.screen import show_in_any_encoding
from console.show.status_table import status_tables


@pytest.mark.parametrize("encoding", [pytest.param("ascii", id="ascii"), pytest.param("latin-1", id="latin-1")])
def test_a_status_table_is_shown_in_plain_letters(encoding: str) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding)
    show_in_any_encoding(stream)
    job = JobHealth(statement="contexts", state="RUNNING", healthy=True, last_error="no room → 結果 …")
    Console(file=stream, width=160).print(status_tables(Report(stack="local", services=(), topics=(), jobs=(job,))))
    stream.flush()
    shown = written.getvalue().decode(encoding)
    assert "+  contexts" in shown
    assert "no room -> ?? ..." in shown
    assert "healthy" in shown
