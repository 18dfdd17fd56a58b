"""The messages that people meet most: at least a hundred, each with cause, place and cure."""

from tests.messages import elsewhere, sql
from tests.messages.every import messages

ENOUGH = 100


def test_every_message_says_what_where_and_what_to_do() -> None:
    found = list(messages())
    assert len(found) >= ENOUGH
    assert {f"{message.situation}: {fault}\n{message.text}" for message in found for fault in message.faults()} == set()


def test_no_situation_is_left_without_a_message() -> None:
    told = [message.situation for message in (*elsewhere.settings(), *sql.read(), *elsewhere.cluster())]
    assert told == [*elsewhere.SETTINGS, *sql.FILES, *elsewhere.HOPELESS]
