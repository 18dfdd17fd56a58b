"""`status`: processes, topics and jobs, right now."""

import json as json_library

import typer
from rich.markup import escape

from console.checks.approvals import open_headers
from console.checks.stack_resources import recorded_resources
from console.commands.options import Json
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session
from console.show.links import pages
from console.show.run_result import print_links
from console.show.status_table import status_tables
from console.stack_outputs import outputs


def status(context: typer.Context, *, json: Json = False) -> None:
    """Show processes, topics and jobs with their health. Exit code 3 when something is not healthy."""
    from console.health.collect import collect  # noqa: PLC0415  # the other commands start sooner without Flink's client

    session: Session = context.obj
    project = session.project()
    exported = outputs(project)
    report = collect(project, exported)
    remarks = open_headers(recorded_resources(project) or ())
    if json:
        write_line(json_library.dumps({**report.to_json(), "remarks": remarks}, indent=2))
    else:
        session.screen.out.print(status_tables(report))
        for remark in remarks:
            session.screen.out.print(f"[yellow]warning[/] {escape(remark)}", highlight=False, soft_wrap=True)
        print_links(session.screen.out, pages(exported))
    raise typer.Exit(ExitCode.OK if report.healthy else ExitCode.UNHEALTHY)
