"""`tail`: the records of a table's topic, whatever format they are in."""

import json as json_library
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.formats.codec import codec_of
from console.reach import broker
from console.screen import write_line
from console.session import Session
from console.show.record import printable, record_line, record_plain
from console.stack_outputs import outputs
from console.watching.tail import Beginning, tailing
from platforms.bundle_view import BundleView, Location, view_bundle

_NEWEST = 10


def tail(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="TABLE|TOPIC", help="Whose records. Default: the bundle's only result.")] = "",
    *,
    begin: Annotated[
        str, typer.Option("--from", metavar="beginning|latest|TIME", help="Where to begin: TIME is ISO 8601. Default: the newest ones.")
    ] = "",
    limit: Annotated[
        int, typer.Option(min=0, help=f"End after so many records. Default: the newest {_NEWEST}, with --from all that are there.")
    ] = 0,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new records as they come, until Ctrl-C.")] = False,
    json: Json = False,
) -> None:
    """Show the records of a table's topic as they are: partition, offset, time, key and value, in any format that the table reads.

    It commits nothing and is in nobody's consumer group.
    """
    session: Session = context.obj
    project = session.project()
    where = outputs(project)
    place = _place(view_bundle(project.settings()), target)
    beginning = _beginning(begin, limit)
    codec = codec_of(place)
    # Begun at the end, nothing is there yet: what is wanted are the records that come.
    endless = follow or beginning.latest
    most = 0 if beginning.newest else limit
    with broker(project, where) as bootstrap, tailing(bootstrap, place.topic) as reader:
        for number, record in enumerate(reader.records(beginning, follow=endless), start=1):
            if json:
                write_line(json_library.dumps(record_plain(record, codec, place.key_format), ensure_ascii=False, default=str))
            else:
                write_line(printable(record_line(record, codec, place.key_format)))
            if number == most:
                return


def _place(view: BundleView, target: str) -> Location:
    """Return the topic of a table. A topic that no table names is read as text."""
    if not target:
        found = [one for one in (view.location(table=name) for name in view.results) if one is not None]
        if len(found) != 1:
            raise ConsoleError(
                f"bundle {view.name} has {len(found)} tables that only results are written into: name one",
                advice=f"its tables: {view.places}",
                exit_code=ExitCode.USAGE,
            )
        return found[0]
    place = view.find(target)
    if place is not None:
        return place
    if target in view.tables:
        raise ConsoleError(
            f"table {target} has no topic: its connector is {view.tables[target].get('connector')}", exit_code=ExitCode.USAGE
        )
    raise ConsoleError(f"bundle {view.name} has no table or topic {target}", advice=f"its tables: {view.places}", exit_code=ExitCode.USAGE)


def _beginning(text: str, limit: int) -> Beginning:
    if not text:
        return Beginning(newest=limit or _NEWEST)
    if text in {"beginning", "latest"}:
        return Beginning(latest=text == "latest")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"--from {text!r} is neither beginning nor latest nor a time such as 2026-01-31T10:00:00Z"
        raise ConsoleError(message, exit_code=ExitCode.USAGE) from None
    return Beginning(time=at if at.tzinfo else at.replace(tzinfo=UTC))
