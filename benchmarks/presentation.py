"""Reports as text for a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.comparison import Comparison, Report, number


def verdict(comparison: Comparison) -> str:
    """Return the figure and whether it reaches the goal: `ratio 0.52, goal at most 0.6: reached`."""
    kind, unit = ("ratio", "") if comparison.theirs else ("figure", f" {comparison.ours.unit}")
    figure = f"{kind} {number(comparison.figure)}{unit}"
    if comparison.goal is None:
        return f"{figure}, no goal"
    return f"{figure}, goal at most {comparison.goal:g}{unit}: {'reached' if comparison.reached else 'missed'}"


def lines(report: Report) -> list[str]:
    """Return a report as lines: each figure with both sides and its notes, then the load."""
    text = []
    for comparison in report.comparisons:
        text.append(f"{comparison.name}: {verdict(comparison)}")
        sides = [comparison.ours, *([comparison.theirs] if comparison.theirs else [])]
        text += [f"  {side}" for side in sides]
        text += [f"  - {note}" for note in comparison.notes]
    text.append(f"  load average {report.load_before:.1f} before, {report.load_after:.1f} after, on {report.cores} cores")
    return text


def show(report: Report, console: Console) -> None:
    """Print a report."""
    for line in lines(report):
        console.print(escape(line), highlight=False, soft_wrap=True)


def table(reports: Sequence[Report]) -> Table:
    """Return one row for each figure of all reports."""
    grid = Table("figure", "ours", "theirs", "result", "goal", "load")
    for report in reports:
        for comparison in report.comparisons:
            theirs = comparison.theirs
            grid.add_row(
                escape(comparison.name),
                f"{number(comparison.ours.median)} {comparison.ours.unit}",
                f"{number(theirs.median)} {theirs.unit}" if theirs else "",
                number(comparison.figure),
                "" if comparison.goal is None else f"≤ {comparison.goal:g}",
                f"{report.load_before:.1f} - {report.load_after:.1f}",
            )
    return grid
