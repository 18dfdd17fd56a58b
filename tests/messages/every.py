"""All messages, in the order in which a person meets them."""

from collections.abc import Iterator

from tests.messages import elsewhere, sql
from tests.messages.message import Message


def messages() -> Iterator[Message]:
    """Return the messages, each made anew."""
    for source in (
        elsewhere.settings,
        elsewhere.doctor,
        sql.read,
        sql.planned,
        elsewhere.topics,
        elsewhere.cluster,
        elsewhere.status,
    ):
        yield from source()
