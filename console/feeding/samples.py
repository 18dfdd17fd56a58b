"""The samples of a bundle, and where records of a file go."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.feeding.records import Batch, Form, read_lines, read_malformed
from console.feeding.rows import checked_records, sample_rows
from console.feeding.times import moved_to
from console.formats.codec import AVRO, AVRO_REGISTRY, CSV
from flinksql.sql.manifest import SampleManifest
from platforms.bundle_view import RAW, BundleView, Location

STANDARD_INPUT = "-"
_CSV = ".csv"
_JSON_LINES = (".jsonl", ".ndjson", ".json")
_OF_ROWS = frozenset({CSV, AVRO, AVRO_REGISTRY})
"""Formats in which no file of lines is written by hand: a line of JSON is a row."""


def sample_batches(view: BundleView, to: str = "") -> list[Batch]:
    """Read the samples of a bundle, or those `to` one of its tables or topics. Raises ConsoleError for a file that cannot be read.

    Nothing goes unasked into a topic that is somebody else's: its samples are read only where `to` names it.
    """
    wanted = _required(view, to).topic if to else ""
    batches = [_batch(view, sample) for sample in view.manifest.samples]
    return [one for one in batches if (one.topic == wanted if to else not view.is_external(one.topic))]


def external_samples(view: BundleView) -> list[str]:
    """Return the external topics that the bundle has samples for."""
    return sorted({topic for sample in view.manifest.samples if view.is_external(topic := _described(view, sample)[0].topic)})


def file_batch(view: BundleView, file: str, *, to: str = "", key: str = "", checked: bool = True, is_csv: bool = False) -> Batch:
    """Read a file, or standard input (`-`), for a table or topic: that of the samples where `to` names none.

    Records are keyed by the field `key`, else as the samples of the same topic are, else as the table says. Rows are compared with the
    table's columns if `checked`; a file in CSV (`is_csv`, or by its name) always has rows.
    """
    known = {
        place.topic: (place, form)
        for sample in reversed(view.manifest.samples)
        if not sample.malformed
        for place, form in [_described(view, sample)]
    }
    if to:
        place = _required(view, to)
        _, form = known.get(place.topic) or (place, Form(key=place.key, key_format=place.key_format))
    elif len(known) == 1:
        place, form = next(iter(known.values()))
    else:
        raise ConsoleError(
            f"bundle {view.name} does not say where records go: name a table or a topic before the file",
            advice=f"its tables: {view.places}",
            exit_code=ExitCode.USAGE,
        )
    if key:
        form = replace(form, key=(key,))
    content = sys.stdin.buffer.read() if file == STANDARD_INPUT else _content(Path(file))
    is_csv = is_csv or file.lower().endswith(_CSV)
    shown = "standard input" if file == STANDARD_INPUT else file
    if checked or is_csv:
        return Batch(topic=place.topic, form=form, records=checked_records(content, shown, place, form, is_csv=is_csv))
    return Batch(topic=place.topic, form=form, records=read_lines(content, form))


def _batch(view: BundleView, sample: SampleManifest) -> Batch:
    place, form = _described(view, sample)
    topic = place.topic
    content = _content(view.file(sample.file))
    is_csv = sample.file.lower().endswith(_CSV)
    if not sample.malformed and (is_csv or (place.format in _OF_ROWS and sample.file.lower().endswith(_JSON_LINES))):
        return sample_rows(content, sample.file, place, form, is_csv=is_csv, time=sample.time)
    records = read_malformed(content, sample.file, form) if sample.malformed else read_lines(content, form)
    if sample.time and not sample.malformed:
        records = moved_to(datetime.now(UTC), records, sample.time)
    return Batch(topic=topic, form=form, records=records, malformed=sample.malformed)


def _described(view: BundleView, sample: SampleManifest) -> tuple[Location, Form]:
    place = view.location(table=sample.table, topic=sample.topic)
    if place is None:
        raise ConsoleError(
            f"samples of bundle {view.name} are for {sample.table}, which is no table with a topic",
            advice=f"fix bundle.yaml; tables that have one: {view.places}",
        )
    if len(sample.key) > 1 and place.key_format == RAW:
        raise ConsoleError(
            f"the key of samples for {place.topic} has {len(sample.key)} fields, and a raw key has one",
            advice="write one, or `key_format: json` for the topic in bundle.yaml",
        )
    return place, Form(key=sample.key, key_format=place.key_format, id=sample.id, headers=sample.headers)


def _required(view: BundleView, to: str) -> Location:
    found = view.find(to)
    if found is None:
        raise ConsoleError(f"bundle {view.name} has no table or topic {to}", advice=f"its tables: {view.places}", exit_code=ExitCode.USAGE)
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConsoleError(f"{path} cannot be read: {error.strerror}", exit_code=ExitCode.USAGE) from error
