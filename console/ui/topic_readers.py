"""How the rows of a topic are read: as `tail` does, in the format of the table that the bundle has on it."""

from collections.abc import Iterator
from contextlib import contextmanager

from console.formats.codec import codec_of
from console.reach import broker
from console.ui.rows import Open, Opened
from console.ui.stack import StackFacts, StackReader
from console.watching.tail import tailing
from flinksql.errors import BundleError
from platforms.bundle_view import RAW, Location, view_bundle


def topic_opener(reader: StackReader) -> Open:
    """Return what opens a topic of the stack."""

    @contextmanager
    def opened(topic: str) -> Iterator[Opened]:
        facts = reader.facts
        place = _place(facts, topic)
        codec = codec_of(place)
        with broker(facts.project, facts.outputs) as bootstrap, tailing(bootstrap, topic) as tail:
            yield tail, codec, place.key_format

    return opened


def _place(facts: StackFacts, topic: str) -> Location:
    """Return how a topic's records are written. Where the bundle cannot be read now, they are shown as text."""
    try:
        found = view_bundle(facts.project.settings()).location(topic=topic)
    except BundleError:
        found = None
    return found or Location(topic=topic, format=RAW)
