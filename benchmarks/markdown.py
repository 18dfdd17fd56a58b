"""Reports as a Markdown page: each figure a row, with the machine, its load and the versions that were measured."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import psutil

from benchmarks.comparison import Comparison, Report, number
from options.flink_lines import flink_line
from options.infrastructure import FlinkOptions

_GIGABYTE = 1_000_000_000


def page(reports: Sequence[Report], *, small: bool) -> str:
    """Return the page. `small` says on it that its figures mean nothing."""
    line = flink_line(FlinkOptions().line)
    cores = reports[0].cores if reports else 0
    memory = psutil.virtual_memory().total / _GIGABYTE
    machine = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {cores} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, Flink {line.flink}, Pulumi {version('pulumi')}. "
        "Load is the average of a minute, before and after, the benchmark's own included."
    )
    head = [
        "# Benchmarks",
        "",
        machine,
        "",
        *(["**A small run, which only shows that the commands work: its figures mean nothing.**", ""] if small else []),
        "| benchmark | figure | ours | theirs | result | goal | load |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = [_row(report, comparison) for report in reports for comparison in report.comparisons]
    notes = [f"- {comparison.name}: {note}" for report in reports for comparison in report.comparisons for note in comparison.notes]
    return "\n".join([*head, *rows, *(["", *notes] if notes else []), ""])


def _row(report: Report, comparison: Comparison) -> str:
    theirs = comparison.theirs
    cells = (
        report.benchmark,
        comparison.name,
        f"{number(comparison.ours.median)} {comparison.ours.unit}",
        f"{number(theirs.median)} {theirs.unit}, {theirs.label}" if theirs else "",
        number(comparison.figure) if theirs else "",
        _goal(comparison),
        f"{report.load_before:.1f} - {report.load_after:.1f}",
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _goal(comparison: Comparison) -> str:
    if comparison.goal is None:
        return ""
    return f"≤ {comparison.goal:.3g}, {'reached' if comparison.reached else 'missed'}"
