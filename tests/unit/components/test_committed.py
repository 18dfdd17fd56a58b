"""Of which tables it is asked where their groups stopped."""

from collections.abc import Mapping, Sequence

import pytest

from components.providers.committed import uncommitted_of
from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError, TopicError
from platforms.registry import platform_of
from settings import parse_settings

ACCESS = platform_of(parse_settings({"ports.kafka": "19500"})).connect()
TABLE = {"topic": "a; b", "properties.bootstrap.servers": "127.0.0.1:19500", "properties.group.id": "g"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(TABLE, ("a-0",), id="the stack's broker"),
        pytest.param({**TABLE, "properties.bootstrap.servers": "broker.example.com:9092"}, None, id="another broker"),
        pytest.param({**TABLE, "topic": ""}, None, id="a pattern of topics"),
    ],
)
def test_only_the_stacks_own_broker_is_asked(options: Mapping[str, str], expected: Sequence[str] | None) -> None:
    asked: list[tuple[str, str, list[str]]] = []

    def ask(bootstrap: str, group: str, topics: Sequence[str]) -> Sequence[str]:
        asked.append((bootstrap, group, list(topics)))
        return ("a-0",)

    assert uncommitted_of(ACCESS, ask)(options) == expected
    assert asked == ([("127.0.0.1:19500", "g", ["a", "b"])] if expected else [])


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(BrokerUnreachableError("reading", "127.0.0.1:19500"), id="nobody answers"),
        pytest.param(PermanentTopicError("not allowed"), id="it may not be asked"),
    ],
)
def test_a_broker_that_does_not_tell_is_no_answer(error: TopicError) -> None:
    def ask(_bootstrap: str, _group: str, _topics: Sequence[str]) -> Sequence[str]:
        raise error

    assert uncommitted_of(ACCESS, ask)(TABLE) is None
