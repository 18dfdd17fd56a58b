"""What tests of notes and of topics share."""

import itertools
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from flinksql.kafka import admin as admin_module
from flinksql.kafka import committed, notes
from flinksql.kafka.admin import TopicAdmin
from tests.fakes.kafka_admin import FakeBroker
from tests.unit.flinksql.kafka.notes_log import FakeConsumer, FakeProducer, Log


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    made = Log()

    def producer(settings: Mapping[str, Any]) -> FakeProducer:
        made.settings.append(settings)
        return FakeProducer(made)

    def consumer(settings: Mapping[str, Any]) -> FakeConsumer:
        made.settings.append(settings)
        return FakeConsumer(made)

    monkeypatch.setattr(notes, "Producer", producer)
    monkeypatch.setattr(notes, "Consumer", consumer)
    return made


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """A broker that listens, and a clock on which a pause takes no time."""
    double = FakeBroker()
    seconds = itertools.count(step=0.5)
    monkeypatch.setattr(admin_module, "AdminClient", double.client)
    monkeypatch.setattr(committed, "Consumer", double.consumer)
    monkeypatch.setattr(admin_module, "require_broker", lambda _bootstrap, _doing: None)
    monkeypatch.setattr(admin_module, "time", SimpleNamespace(monotonic=lambda: next(seconds), sleep=pause))
    return double


def pause(seconds: float) -> None:
    """Let no time pass."""
    assert 0 < seconds < 1


@pytest.fixture
def topics(broker: FakeBroker) -> TopicAdmin:
    return TopicAdmin("h:1")
