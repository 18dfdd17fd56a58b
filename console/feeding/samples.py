"""The samples of a bundle, and where records of a file go."""

import sys
from dataclasses import dataclass
from pathlib import Path

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.feeding.records import Form, Record, read_lines, read_malformed
from flinksql.sql.manifest import SampleManifest
from platforms.bundle_view import RAW, BundleView, Location

_STANDARD_INPUT = "-"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Records of one topic. `malformed` ones are those that the pipeline must set aside."""

    topic: str
    form: Form
    records: list[Record]
    malformed: bool = False


def sample_batches(view: BundleView, to: str = "") -> list[Batch]:
    """Read the samples of a bundle, or those `to` one of its tables or topics. Raises ConsoleError for a file that cannot be read."""
    wanted = _required(view, to).topic if to else ""
    batches = [_batch(view, sample) for sample in view.manifest.samples]
    return [one for one in batches if wanted in {"", one.topic}]


def file_batch(view: BundleView, file: str, *, to: str = "", key: str = "") -> Batch:
    """Read a file, or standard input (`-`), for a table or topic: that of the samples where `to` names none.

    Records are keyed by the field `key`, else as the samples of the same topic are.
    """
    known = [_described(view, sample) for sample in view.manifest.samples if not sample.malformed]
    if to:
        target = _required(view, to)
        form = next((form for topic, form in known if topic == target.topic), Form(key_format=target.key_format))
        topic = target.topic
    elif len({topic for topic, _form in known}) == 1:
        topic, form = known[0]
    else:
        raise ConsoleError(
            f"bundle {view.name} does not say where records go: name a table or a topic with --to",
            advice=f"its tables: {view.places}",
            exit_code=ExitCode.USAGE,
        )
    if key:
        form = Form(key=(key,), key_format=form.key_format, id=form.id)
    content = sys.stdin.buffer.read() if file == _STANDARD_INPUT else _content(Path(file))
    return Batch(topic=topic, form=form, records=read_lines(content, form))


def _batch(view: BundleView, sample: SampleManifest) -> Batch:
    topic, form = _described(view, sample)
    content = _content(view.file(sample.file))
    records = read_malformed(content, sample.file, form) if sample.malformed else read_lines(content, form)
    return Batch(topic=topic, form=form, records=records, malformed=sample.malformed)


def _described(view: BundleView, sample: SampleManifest) -> tuple[str, Form]:
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
    return place.topic, Form(key=sample.key, key_format=place.key_format, id=sample.id)


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
