"""What tests of notes share."""

from collections.abc import Mapping
from typing import Any

import pytest

from flinksql.kafka import notes
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
