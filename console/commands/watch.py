"""`watch`: summaries as they come."""

import json as json_library
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.live import Live

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.reach import broker
from console.screen import Screen, write_line
from console.session import Session
from console.show.formatting import count, duration
from console.show.summary_table import summary_line, summary_table
from console.stack_outputs import outputs
from console.watching.follow import Following, following
from console.watching.summary import Summary

SUMMARY_TOPIC = "product_review_summary"

Show = Callable[[Summary], None]


def watch(
    context: typer.Context,
    *,
    until: Annotated[int, typer.Option(min=0, help="End after this many summaries; 0 goes on until Ctrl-C.")] = 0,
    timeout: Annotated[
        float, typer.Option(min=0, help="End after this many seconds; 0 waits for ever. Exit code 6 when --until was not reached.")
    ] = 0,
    new: Annotated[bool, typer.Option("--new", help="Leave out the summaries that are there already.")] = False,
    json: Json = False,
) -> None:
    """Show the summaries: all that are there, then new ones as they come."""
    session: Session = context.obj
    project = session.project()
    with broker(project, outputs(project)) as bootstrap, following(bootstrap, summary_topic(project)) as reader:
        reader.start(reader.end() if new else None)
        with shown(session.screen, json=json) as show:
            seen = take(reader, show, enough=lambda summaries: 0 < until <= len(summaries), timeout=timeout)
    if len(seen) < until:
        raise ConsoleError(
            f"{count(len(seen), 'summary', 'summaries')} came in {duration(timeout)}, {until} were waited for",
            advice="look at `python -m console status`: is the job running, and were reviews fed?",
            exit_code=ExitCode.TIMED_OUT,
        )


def summary_topic(project: Project) -> str:
    """Return the topic that summaries come into."""
    return project.settings().topics.prefix + SUMMARY_TOPIC


def take(reader: Following, show: Show, *, enough: Callable[[list[Summary]], bool], timeout: float) -> list[Summary]:
    """Show summaries until there are `enough`, or `timeout` seconds (0: none) are over. Gives those that came."""
    deadline = time.monotonic() + timeout if timeout else None
    seen: list[Summary] = []
    for summary in reader.summaries():
        if summary is not None:
            seen.append(summary)
            show(summary)
        if enough(seen) or (deadline is not None and time.monotonic() >= deadline):
            break
    return seen


@contextmanager
def shown(screen: Screen, *, json: bool) -> Iterator[Show]:
    """Give the function that shows one summary: a JSON line, a line, or a table of each product's newest that is redrawn."""
    if json:
        yield lambda summary: write_line(json_library.dumps(dict(summary.fields), ensure_ascii=False))
    elif screen.live:
        newest: dict[str, Summary] = {}
        with Live(console=screen.out, get_renderable=lambda: summary_table(list(newest.values())), refresh_per_second=4):
            yield lambda summary: newest.update({summary.product_id: summary})
    else:
        yield lambda summary: screen.out.print(summary_line(summary), highlight=False, markup=False, soft_wrap=True)
