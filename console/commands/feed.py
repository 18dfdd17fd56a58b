"""`feed`: send records to Kafka."""

import json as json_library
from collections.abc import Iterable
from itertools import islice
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.feeding.records import Record, mixed, repeated
from console.feeding.samples import Batch, file_batch, sample_batches
from console.feeding.send import GIVE_UP_SECONDS, Sent, send
from console.kafka import writer
from console.reach import broker
from console.screen import Screen, write_line
from console.session import Session
from console.show.formatting import count as counted
from console.show.formatting import duration
from console.stack_outputs import outputs
from platforms.bundle_view import view_bundle


def feed(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(help="A file with one record a line, or - for standard input. Default: the samples of the bundle.")
    ] = "",
    *,
    to: Annotated[str, typer.Option("--to", metavar="TABLE|TOPIC", help="Where they go. Default: where the samples go.")] = "",
    key: Annotated[str, typer.Option(metavar="FIELD", help="The field that is the key. Default: as the bundle's samples are keyed.")] = "",
    rate: Annotated[float, typer.Option(min=0, help="Records a second; 0 is as fast as it goes.")] = 0,
    count: Annotated[
        int, typer.Option(min=0, help="How many records for each topic; a file is sent again and again until then. 0: the file once.")
    ] = 0,
    malformed: Annotated[
        float, typer.Option(min=0, max=0.99, help="Share of malformed records to mix in, from the bundle's malformed samples.")
    ] = 0,
    json: Json = False,
) -> None:
    """Send records to Kafka. They go out byte for byte, whatever they hold."""
    session: Session = context.obj
    project = session.project()
    where = outputs(project)
    settings = project.settings()
    view = view_bundle(settings)
    batches = [file_batch(view, file, to=to, key=key)] if file else [one for one in sample_batches(view, to) if not one.malformed]
    if not batches:
        raise ConsoleError(
            f"bundle {view.name} has no samples{f' for {to}' if to else ''}: name a file, and with --to a table or topic",
            advice=f"its tables: {view.places}",
            exit_code=ExitCode.USAGE,
        )
    empty = [one for one in batches if not one.records]
    if empty:
        raise ConsoleError(f"{file or 'the sample file'} holds no records", exit_code=ExitCode.USAGE)
    spoilt = [one for one in sample_batches(view) if one.malformed] if malformed else []
    failed = 0
    with broker(project, where) as bootstrap:
        for batch in batches:
            chosen = _chosen(batch, spoilt, malformed, count)
            largest = settings.kafka.max_record_bytes
            sent = send_shown(session.screen, batch.topic, bootstrap, chosen, largest=largest, rate=rate, total=count or None, json=json)
            failed += sent.failed
    raise typer.Exit(ExitCode.FAILED if failed else ExitCode.OK)


def _chosen(batch: Batch, spoilt: list[Batch], share: float, count: int) -> Iterable[Record]:
    """Return what is sent into a topic: its records, as often as it takes for `count`, with malformed ones of that topic among them."""
    bad = [record for one in spoilt if one.topic == batch.topic for record in one.records]
    if share and not bad:
        raise ConsoleError(f"the bundle has no malformed samples for topic {batch.topic}: leave --malformed out", exit_code=ExitCode.USAGE)
    records = mixed(repeated(batch.records, batch.form) if count else batch.records, bad, share)
    return islice(records, count) if count else records


def send_shown(
    screen: Screen,
    topic: str,
    bootstrap: str,
    records: Iterable[Record],
    *,
    largest: int,
    rate: float = 0,
    total: int | None = None,
    json: bool = False,
) -> Sent:
    """Send records with a progress bar where somebody watches, and say what became of them. `largest` bounds a record, in bytes."""
    producer = writer(bootstrap, give_up_seconds=GIVE_UP_SECONDS, largest=largest)
    columns = (TextColumn("feeding"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen.out, disable=json or not screen.live, transient=True) as bar:
        task = bar.add_task("feeding", total=total)
        sent = send(producer, topic, records, rate=rate, advanced=lambda delivered: bar.update(task, completed=delivered))
    if json:
        write_line(
            json_library.dumps(
                {
                    "event": "fed",
                    "topic": topic,
                    "delivered": sent.delivered,
                    "failed": sent.failed,
                    "seconds": round(sent.seconds, 3),
                }
            )
        )
    else:
        screen.out.print(f"fed {counted(sent.delivered, 'record')} to {topic} in {duration(sent.seconds)}", highlight=False)
        if sent.failed:
            screen.problem(f"{counted(sent.failed, 'record')} did not arrive: {sent.first_error}")
    return sent
