"""A broker that does not say where a partition ends: it is never read as a partition without records."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from flinksql.kafka.offsets import bounds


class Answering:
    def __init__(self, answer: tuple[int, int] | None) -> None:
        self.answer = answer

    def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int] | None:
        assert (place.topic, place.partition, timeout) == ("orders", 3, 2.0)
        return self.answer


def test_first_and_next_offset_are_returned() -> None:
    consumer: Any = Answering((4, 9))
    assert bounds(consumer, "orders", 3, timeout=2.0) == (4, 9)


def test_a_broker_that_does_not_lead_yet_is_asked_again() -> None:
    class Starting(Answering):
        asked = 0

        def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int] | None:
            self.asked += 1
            if self.asked < 3:
                raise KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION))
            return super().get_watermark_offsets(place, timeout)

    consumer: Any = Starting((4, 9))
    assert bounds(consumer, "orders", 3, timeout=2.0) == (4, 9)
    assert consumer.asked == 3


def test_what_does_not_pass_is_asked_once() -> None:
    class Refusing(Answering):
        asked = 0

        def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int] | None:
            self.asked += 1
            super().get_watermark_offsets(place, timeout)
            raise KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))

    consumer: Any = Refusing(None)
    with pytest.raises(KafkaException):
        bounds(consumer, "orders", 3, timeout=2.0)
    assert consumer.asked == 1


def test_silence_is_an_error() -> None:
    consumer: Any = Answering(None)
    with pytest.raises(KafkaException) as raised:
        bounds(consumer, "orders", 3, timeout=2.0)
    assert raised.value.args[0].name() == "_TIMED_OUT"
