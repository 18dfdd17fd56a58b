"""Results as a table, one row for each."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from console.watching.results import Display, Result


def results_table(results: Sequence[Result], display: Display) -> Table:
    """Draw a table. Its columns are those of the first result where the manifest names none."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    rows = [display.cells(one) for one in results]
    for column, _text in rows[0] if rows else []:
        table.add_column(column.title or column.value.strip("{}"), header_style="dim", justify=column.align, overflow="fold")
    for row in rows:
        table.add_row(*(Text(text, style=column.styles.get(text, "")) for column, text in row))
    return table
