"""`feed`: send reviews to Kafka."""

import json as json_library
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.feeding.records import Record, mixed, read_lines, read_malformed, repeated
from console.feeding.send import GIVE_UP_SECONDS, Sent, send
from console.kafka import writer
from console.project import Project
from console.reach import broker
from console.screen import Screen, write_line
from console.session import Session
from console.show.formatting import count as counted
from console.show.formatting import duration
from console.stack_outputs import outputs

REVIEW_TOPIC = "product_reviews"
_STANDARD_INPUT = "-"


def feed(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A file with one record a line, or - for standard input. Default: the samples.")] = "",
    *,
    rate: Annotated[float, typer.Option(min=0, help="Records a second; 0 is as fast as it goes.")] = 0,
    count: Annotated[int, typer.Option(min=0, help="How many records; the file is sent again and again until then. 0: the file once.")] = 0,
    malformed: Annotated[
        float, typer.Option(min=0, max=0.99, help="Share of malformed records to mix in, from samples/malformed.jsonl.")
    ] = 0,
    json: Json = False,
) -> None:
    """Send reviews to Kafka, keyed by product. Records go out byte for byte, whatever they hold."""
    session: Session = context.obj
    project = session.project()
    where = outputs(project)
    good = read_file(project, file)
    if not good:
        raise ConsoleError(f"{file or 'the sample file'} holds no records", exit_code=ExitCode.USAGE)
    spoilt = malformed_samples(project) if malformed else []
    records = mixed(repeated(good) if count else good, spoilt, malformed)
    chosen = islice(records, count) if count else records
    largest = project.settings().kafka.max_record_bytes
    with broker(project, where) as bootstrap:
        sent = send_shown(
            session.screen, review_topic(project), bootstrap, chosen, largest=largest, rate=rate, total=count or None, json=json
        )
    raise typer.Exit(ExitCode.FAILED if sent.failed else ExitCode.OK)


def read_file(project: Project, file: str) -> list[Record]:
    """Read the records of a file, of standard input (`-`) or of the samples (""). Raises ConsoleError when it cannot be read."""
    if file == _STANDARD_INPUT:
        return read_lines(sys.stdin.buffer.read())
    path = Path(file) if file else project.root / "samples" / "reviews.jsonl"
    try:
        return read_lines(path.read_bytes())
    except OSError as error:
        raise ConsoleError(f"{path} cannot be read: {error.strerror}", exit_code=ExitCode.USAGE) from error


def malformed_samples(project: Project) -> list[Record]:
    """Read the records that are no reviews."""
    path = project.root / "samples" / "malformed.jsonl"
    return read_malformed(path.read_bytes(), "samples/malformed.jsonl")


def review_topic(project: Project) -> str:
    """Return the topic that reviews are fed into."""
    return project.settings().topics.prefix + REVIEW_TOPIC


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
