"""Every client of a broker is let in by the same credentials, and one that is not answered says so."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from console.health import groups
from flinksql.kafka import committed, positions
from flinksql.kafka.brokers import Brokers, client_settings
from flinksql.kafka.errors import BrokerUnreachableError
from flinksql.kafka.positions import BrokerPositions

PASSWORD = {"sasl.password": "s"}


@pytest.mark.parametrize(
    ("bootstrap", "options", "password"),
    [
        pytest.param("h:1", None, None, id="addresses alone"),
        pytest.param(Brokers("h:1", PASSWORD), None, "s", id="with the addresses"),
        pytest.param("h:1", PASSWORD, "s", id="beside the addresses"),
        pytest.param(Brokers("h:1", {"sasl.password": "old"}), PASSWORD, "s", id="both"),
    ],
)
def test_credentials_reach_the_client(bootstrap: str, options: dict[str, str] | None, password: str | None) -> None:
    settings = client_settings(bootstrap, options)
    assert (settings.get("sasl.password"), settings["bootstrap.servers"], settings["log_level"]) == (password, "h:1", 0)


def test_the_newest_records_are_read_with_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    def consumer(settings: dict[str, Any]) -> SimpleNamespace:
        made.append(settings)
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr(positions, "require_broker", lambda *_: None)
    monkeypatch.setattr(positions, "Consumer", consumer)
    monkeypatch.setattr(positions, "AdminClient", lambda _settings: SimpleNamespace(list_topics=lambda **_: SimpleNamespace(topics={})))
    assert list(BrokerPositions("h:1", PASSWORD).newest("orders", 3)) == []
    assert [one["sasl.password"] for one in made] == ["s"]


def test_offsets_that_do_not_come_in_time_are_a_broker_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(**_: object) -> object:
        raise TimeoutError

    monkeypatch.setattr(positions, "require_broker", lambda *_: None)
    monkeypatch.setattr(positions, "AdminClient", lambda _settings: SimpleNamespace(list_topics=late))
    with pytest.raises(BrokerUnreachableError):
        BrokerPositions("h:1").topics(["orders"])


def test_groups_that_are_not_listed_in_time_are_no_failure_of_status(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(**_: object) -> object:
        raise TimeoutError

    asked = SimpleNamespace(result=late)
    monkeypatch.setattr(committed, "AdminClient", lambda _settings: SimpleNamespace(list_consumer_groups=lambda **_: asked))
    assert groups.observe_groups("h:1", ["job"]) == ()


def test_the_lag_of_each_group_of_a_job_is_told_beside_what_cannot_be_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["job", "job/a", "job/late", "job/refused", "other"]

    def consumer(settings: Mapping[str, Any]) -> SimpleNamespace:
        group = settings["group.id"]

        def offsets(asked: list[TopicPartition], **_: object) -> list[TopicPartition]:
            assert [(one.topic, one.partition) for one in asked] == [("orders", 0), ("orders", 1), ("orders", 2)]
            if group == "job/late":
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            if group == "job/refused":
                raise KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED))
            # Of the last partition the group has committed nothing.
            return [TopicPartition("orders", number, offset) for number, offset in enumerate([2, 3, -1001])]

        return SimpleNamespace(committed=offsets, close=lambda: None)

    listed = SimpleNamespace(result=lambda **_: SimpleNamespace(valid=[SimpleNamespace(group_id=name) for name in names]))
    topics = {name: SimpleNamespace(partitions=dict.fromkeys(range(3))) for name in ("orders", "__consumer_offsets")}
    client = SimpleNamespace(list_consumer_groups=lambda **_: listed, list_topics=lambda **_: SimpleNamespace(topics=topics))
    monkeypatch.setattr(committed, "AdminClient", lambda _settings: client)
    monkeypatch.setattr(committed, "Consumer", consumer)
    monkeypatch.setattr(groups, "reader", lambda _bootstrap: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(groups, "bounds", lambda *_, **__: (0, 10))
    rows = groups.observe_groups("h:1", ["job"])
    assert [(one.group, one.topic, one.lag) for one in rows] == [
        ("job", "orders", 15),
        ("job/a", "orders", 15),
        ("job/late", "", None),
        ("job/refused", "", None),
    ]
    assert rows[2].reason == "the broker does not answer"
    assert "GROUP_AUTHORIZATION_FAILED" in rows[3].reason
