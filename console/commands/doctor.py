"""`doctor`: everything that would stop `up`, with the fix for each."""

import json as json_library
from dataclasses import asdict

import typer
from rich.markup import escape

from console.commands.options import Json
from console.exit_codes import ExitCode
from console.screen import Screen, write_line
from console.session import Session
from console.show.formatting import count
from platforms.finding import Finding


def doctor(context: typer.Context, *, json: Json = False) -> None:
    """Look for what would stop `up`, with the fix for each finding. Exit code 3 when something does."""
    from console.checks.all import examine  # noqa: PLC0415  # every command starts sooner without what only the checks need

    session: Session = context.obj
    findings = examine(session.project())
    blocked = any(finding.stops_up for finding in findings)
    if json:
        write_line(json_library.dumps({"ok": not blocked, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        print_findings(session.screen, findings)
        session.screen.out.print(verdict(findings), highlight=False)
    raise typer.Exit(ExitCode.UNHEALTHY if blocked else ExitCode.OK)


def print_findings(screen: Screen, findings: list[Finding]) -> None:
    """Write a line for each, and the fix below what is wrong."""
    for finding in findings:
        mark = "[green]✓[/]" if finding.ok else ("[bold red]✗[/]" if finding.blocks else "[yellow]![/]")
        screen.out.print(f"{mark} [dim]{finding.subject:<10}[/] {escape(finding.what)}", highlight=False, soft_wrap=True)
        if not finding.ok and finding.fix:
            screen.out.print(f"             → {escape(finding.fix)}", highlight=False, soft_wrap=True)


def verdict(findings: list[Finding]) -> str:
    """Say in a line whether `up` can work."""
    stops = sum(finding.stops_up for finding in findings)
    return f"{count(stops, 'finding')} would stop `up`" if stops else "all prerequisites are met: `up` can run"
