"""A diagnosis as text: what was found, where it stands in the SQL, the figures and what to do."""

from collections.abc import Iterator

from rich.markup import escape

from console.show.formatting import duration
from flinksql.diagnosis import Diagnosis, Finding, Verdict

_MOST_FIGURES = 20
"""A source may have as many partitions as a broker has."""

_STYLES = {
    Verdict.PROBLEM: "bold red",
    Verdict.UNKNOWN: "yellow",
    Verdict.INPUT: "cyan",
    Verdict.WAIT: "cyan",
    Verdict.FLOWING: "green",
    Verdict.NOTE: "yellow",
}


def diagnosis_lines(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield the lines in rich's markup."""
    running = f"its job has run for {duration((diagnosis.now - diagnosis.since) / 1000)}" if diagnosis.since else "no job runs"
    yield f"[bold]{escape(diagnosis.statement)}[/]: {running}"
    for finding in diagnosis.findings:
        yield from _lines(finding)
    if not diagnosis.findings:
        yield "Nothing was found that holds rows back."


def _lines(finding: Finding) -> Iterator[str]:
    yield ""
    yield f"[{_STYLES[finding.verdict]}]{finding.verdict}[/]  {escape(finding.what)}"
    if finding.place:
        yield f"  at {escape(finding.place)}"
    for figure in finding.figures[:_MOST_FIGURES]:
        yield f"  - {escape(figure)}"
    if len(finding.figures) > _MOST_FIGURES:
        yield f"  - and {len(finding.figures) - _MOST_FIGURES:,} more (`--json` has all)"
    if finding.advice:
        yield f"  what helps: {escape(finding.advice)}"
