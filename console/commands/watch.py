"""`watch`: results as they come."""

import json as json_library
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count as count_from_zero
from typing import Annotated

import typer
from rich.live import Live

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.reach import broker
from console.screen import Screen, write_line
from console.session import Session
from console.show.formatting import count, duration
from console.show.results_table import results_table
from console.stack_outputs import outputs
from console.watching.follow import Following, following
from console.watching.results import Display, Result, display_of
from platforms.bundle_view import BundleView, Location, view_bundle

Show = Callable[[Result], None]
_ROWS_WITHOUT_A_KEY = 20
"""Newest rows that a table shows where no key tells which of them belong together."""


def watch(
    context: typer.Context,
    *,
    of: Annotated[
        str, typer.Option("--of", metavar="TABLE|TOPIC", help="What is shown. Default: as the bundle says, else its only result.")
    ] = "",
    until: Annotated[int, typer.Option(min=0, help="End after this many results; 0: until Ctrl-C.")] = 0,
    timeout: Annotated[
        float, typer.Option(min=0, help="End after this many seconds; 0: no limit. Exit code 6 when --until was not reached.")
    ] = 0,
    new: Annotated[bool, typer.Option("--new", help="Leave out the results that are there already.")] = False,
    json: Json = False,
) -> None:
    """Show the results of the bundle: all that are there, then new ones as they come."""
    session: Session = context.obj
    project = session.project()
    where = outputs(project)
    topic, display = shown_topic(view_bundle(project.settings()), of)
    with broker(project, where) as bootstrap, following(bootstrap, topic) as reader:
        reader.start(reader.end() if new else None)
        with shown(session.screen, display, json=json) as show:
            seen = take(reader, display, show, enough=lambda results: 0 < until <= len(results), timeout=timeout)
    if len(seen) < until:
        raise ConsoleError(
            f"{count(len(seen), display.one, display.many)} came in {duration(timeout)}, {until} were waited for",
            advice="run `python -m console status`: is the job running, and were records fed?",
            exit_code=ExitCode.TIMED_OUT,
        )


def shown_topic(view: BundleView, of: str = "") -> tuple[str, Display]:
    """Return the topic that is shown, and how: as the manifest says, or every field of a table that only results are written into.

    Raises ConsoleError when the bundle has no such table, or several and does not say which.
    """
    show = view.manifest.show
    asked = view.find(of) if of else None
    if of and asked is None:
        raise ConsoleError(f"bundle {view.name} has no table or topic {of}", advice=f"its tables: {view.places}", exit_code=ExitCode.USAGE)
    by_manifest = view.location(table=show.table, topic=show.topic) if show else None
    if by_manifest is not None and (asked is None or asked.topic == by_manifest.topic):
        return by_manifest.topic, display_of(show, by_manifest.format)
    found = asked or _only_result(view)
    return found.topic, display_of(None, found.format)


def _only_result(view: BundleView) -> Location:
    found = [place for place in (view.location(table=name) for name in view.results) if place is not None]
    if len(found) != 1:
        raise ConsoleError(
            f"bundle {view.name} does not say what is shown (`show` in bundle.yaml), and has {count(len(found), 'result table')}",
            advice=f"name one with --of; its tables: {view.places}",
            exit_code=ExitCode.USAGE,
        )
    return found[0]


def take(reader: Following, display: Display, show: Show, *, enough: Callable[[list[Result]], bool], timeout: float) -> list[Result]:
    """Show results until there are `enough`, or `timeout` seconds (0: none) are over. Gives those that came."""
    deadline = time.monotonic() + timeout if timeout else None
    seen: list[Result] = []
    for result in reader.results(display):
        if result is not None:
            seen.append(result)
            show(result)
        if enough(seen) or (deadline is not None and time.monotonic() >= deadline):
            break
    return seen


@contextmanager
def shown(screen: Screen, display: Display, *, json: bool) -> Iterator[Show]:
    """Give the function that shows one result: a JSON line, a line, or a table of each key's newest that is redrawn."""
    if json:
        yield lambda result: write_line(json_library.dumps(dict(result.fields), ensure_ascii=False))
    elif screen.live:
        newest: dict[tuple[str, ...], Result] = {}
        numbers = count_from_zero()

        def keep(result: Result) -> None:
            newest[display.key_of(result) or (str(next(numbers)),)] = result
            if not display.key and len(newest) > _ROWS_WITHOUT_A_KEY:
                newest.pop(next(iter(newest)))

        with Live(console=screen.out, get_renderable=lambda: results_table(list(newest.values()), display), refresh_per_second=4):
            yield keep
    else:
        yield lambda result: screen.out.print(display.text(result), highlight=False, markup=False, soft_wrap=True)
