"""Summaries for people: a line each, or a table of the newest of each product."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from console.watching.summary import Summary

_STYLES = {"positive": "green", "negative": "red", "mixed": "yellow"}


def summary_line(summary: Summary) -> str:
    """Give one summary as text: `P200 NoiseCancel Headphones: 12 reviews, average 3.42, mixed. ...`."""
    average = "-" if summary.average_rating is None else f"{summary.average_rating:.2f}"
    counts = f"{summary.review_count} reviews, average {average}, {summary.negative} negative, {summary.positive} positive"
    return f"{summary.product_id} {summary.product_name}: {counts}, {summary.sentiment or 'no sentiment'}. {summary.text}"


def summary_table(summaries: Iterable[Summary]) -> Table:
    """Draw a table, one row for each."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head, numeric in (
        ("product", False),
        ("reviews", True),
        ("average", True),
        ("-", True),
        ("+", True),
        ("sentiment", False),
        ("summary", False),
    ):
        table.add_column(head, header_style="dim", justify="right" if numeric else "left", overflow="fold")
    for one in summaries:
        table.add_row(
            Text(f"{one.product_id} {one.product_name}"),
            str(one.review_count),
            "-" if one.average_rating is None else f"{one.average_rating:.2f}",
            str(one.negative),
            str(one.positive),
            Text(one.sentiment, style=_STYLES.get(one.sentiment, "")),
            Text(one.text),
        )
    return table
