"""`feed`: send records to Kafka."""

import json as json_library
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.feeding.records import Batch, Record, mixed, repeated
from console.feeding.samples import STANDARD_INPUT, external_samples, file_batch, sample_batches
from console.feeding.send import GIVE_UP_SECONDS, Sent, send
from console.kafka import writer
from console.reach import broker
from console.screen import Screen, write_line
from console.session import Session
from console.show.formatting import count as counted
from console.show.formatting import duration
from console.stack_outputs import outputs
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.topic import Topic
from platforms.bundle_view import BundleView, view_bundle


def feed(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="TABLE|TOPIC", help="Where rows go. Default: where the samples go.")] = "",
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="JSON lines, or CSV with column names in its first line; - for standard input. Default: the bundle's samples.",
        ),
    ] = "",
    *,
    to: Annotated[str, typer.Option("--to", metavar="TABLE|TOPIC", help="The same as TABLE|TOPIC, where only a file is named.")] = "",
    key: Annotated[
        str, typer.Option(metavar="FIELD", help="The field that is the key. Default: as the bundle's samples, or the table, say.")
    ] = "",
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Send each line byte for byte, also where the table cannot read it.")
    ] = False,
    create_topic: Annotated[
        bool, typer.Option("--create-topic", help="Make the topic if the broker does not have it, to try out an external one.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="The file is CSV, whatever its name is.")] = False,
    rate: Annotated[float, typer.Option(min=0, help="Records a second; 0 is as fast as it goes.")] = 0,
    count: Annotated[
        int, typer.Option(min=0, help="How many records for each topic; a file is sent again and again until then. 0: the file once.")
    ] = 0,
    malformed: Annotated[
        float, typer.Option(min=0, max=0.99, help="Share of malformed records to mix in, from the bundle's malformed samples.")
    ] = 0,
    json: Json = False,
) -> None:
    """Send rows to the topic of a table. A row that the table cannot read is told with its line and column before anything is sent."""
    session: Session = context.obj
    project = session.project()
    where = outputs(project)
    settings = project.settings()
    view = view_bundle(settings)
    if create_topic:
        view = replace(view, tried_out=True)
    to, file = _places(view, target, file, to)
    if file:
        batches = [file_batch(view, file, to=to, key=key, checked=not unchecked, is_csv=csv)]
    else:
        batches = [one for one in sample_batches(view, to) if not one.malformed]
    others = [] if file or to else external_samples(view)
    _require_records(view, batches, others, file=file, to=to)
    if create_topic and not (to or file):
        raise ConsoleError("--create-topic needs to know which: name the table or topic", exit_code=ExitCode.USAGE)
    spoilt = [one for one in sample_batches(view) if one.malformed] if malformed else []
    failed = 0
    with broker(project, where) as bootstrap:
        if create_topic:
            _create(session, bootstrap, batches[0].topic, view.partitions(batches[0].topic))
        for batch in batches:
            chosen = _chosen(batch, spoilt, malformed, count)
            largest = settings.kafka.max_record_bytes
            sent = send_shown(session.screen, batch.topic, bootstrap, chosen, largest=largest, rate=rate, total=count or None, json=json)
            failed += sent.failed
    if others and not json:
        session.screen.out.print(left_out(others), highlight=False, soft_wrap=True)
    raise typer.Exit(ExitCode.FAILED if failed else ExitCode.OK)


def _require_records(view: BundleView, batches: Sequence[Batch], others: Sequence[str], *, file: str, to: str) -> None:
    if not batches and others:
        message = f"the bundle has samples for external topics only: {left_out(others)}"
        raise ConsoleError(message, exit_code=ExitCode.USAGE)
    if not batches:
        raise ConsoleError(
            f"bundle {view.name} has no samples{f' for {to}' if to else ''}: name a table or topic, and a file",
            advice=f"its tables: {view.places}",
            exit_code=ExitCode.USAGE,
        )
    if any(not one.records for one in batches):
        raise ConsoleError(f"{file or 'the sample file'} holds no records", exit_code=ExitCode.USAGE)


def left_out(topics: Sequence[str]) -> str:
    """Return what is said of samples for topics that are somebody else's."""
    told = f"{' and '.join(topics)} {'is' if len(topics) == 1 else 'are'} external (owned: false in bundle.yaml)"
    return f"{told}, so nothing is fed there unasked: `python -m console feed {topics[0]}`"


def _create(session: Session, bootstrap: str, topic: str, partitions: int) -> None:
    if TopicAdmin(bootstrap).create(Topic(name=topic, partitions=partitions or 1)):
        session.screen.err.print(f"made topic {topic} with {counted(partitions or 1, 'partition')}", highlight=False)


def _places(view: BundleView, target: str, file: str, to: str) -> tuple[str, str]:
    """Return where rows go and the file that they are in: a single argument is a table or topic if the bundle has it, else a file."""
    if target and not file and (target == STANDARD_INPUT or view.find(target) is None):
        is_file = to or target == STANDARD_INPUT or "." in target or "/" in target or Path(target).exists()
        return (to, target) if is_file else (target, "")
    if target and to:
        raise ConsoleError(f"both {target} and --to {to} say where rows go: keep one", exit_code=ExitCode.USAGE)
    return target or to, file


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
