"""Sending records at a rate, with a report for each one."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from console.errors import ConsoleError
from console.feeding.records import Record
from console.health.topics import kafka_text

GIVE_UP_SECONDS = 30.0
"""A broker that restarts is back in about five seconds; a record that waits longer than this has nowhere to go."""

ANSWER_SECONDS = 5.0
"""So long a broker may take to answer before the first record."""

_POLL_SECONDS = 0.05
_ADVICE = "look at `python -m console status`; `up` repairs what is not running"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of a feed. `delivered` records are in Kafka for certain."""

    delivered: int
    failed: int
    seconds: float
    first_error: str = ""


class Delivery:
    """Counts the reports that the broker sends for each record."""

    def __init__(self) -> None:
        self.delivered = 0
        self.lost = 0
        self.refused = 0
        self.first_error = ""

    @property
    def hopeless(self) -> bool:
        """Whether the broker takes nothing: waiting for each further record to time out would help nobody."""
        return self.lost > 0 and self.delivered == 0

    def report(self, error: KafkaError | None, _message: Message) -> None:
        """Take the report of one record."""
        if error is None:
            self.delivered += 1
            return
        self.lost += 1
        self.first_error = self.first_error or error.str()

    def refuse(self, error: KafkaException) -> None:
        """Take note of a record that the client itself does not accept: one that is larger than a message may be."""
        self.refused += 1
        self.first_error = self.first_error or kafka_text(error)


class Pace:
    """Says when the next record is due, so that `rate` a second go out on average. A rate of 0 is as fast as it goes."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._began = clock()
        self._given = 0

    def seconds_to_next(self) -> float:
        """Tell how long to wait before the next record, and count it as given."""
        if self._rate <= 0:
            return 0.0
        due = self._began + self._given / self._rate
        self._given += 1
        return max(due - self._clock(), 0.0)


def send(
    producer: Producer,
    topic: str,
    records: Iterable[Record],
    *,
    rate: float = 0.0,
    stop: threading.Event | None = None,
    advanced: Callable[[int], None] = lambda _delivered: None,
) -> Sent:
    """Send all records, or until `stop` is set, and wait for their reports. `advanced` hears how many are delivered so far.

    Raises ConsoleError when no broker answers, or when nothing could be delivered at all.
    """
    _require_broker(producer, topic)
    delivery, pace, ended = Delivery(), Pace(rate), stop or threading.Event()
    began = time.monotonic()
    for record in records:
        if ended.wait(pace.seconds_to_next()) or delivery.hopeless:
            break
        _produce(producer, topic, record, delivery)
        advanced(delivery.delivered)
    _flush(producer, delivery, advanced)
    sent = Sent(
        delivered=delivery.delivered,
        failed=delivery.lost + delivery.refused,
        seconds=time.monotonic() - began,
        first_error=delivery.first_error,
    )
    if sent.failed and not sent.delivered:
        raise ConsoleError(f"no record reached topic {topic}: {sent.first_error}", advice=_ADVICE)
    return sent


def _require_broker(producer: Producer, topic: str) -> None:
    """Raise ConsoleError soon when nobody is there: each record would wait half a minute for one that comes back."""
    try:
        producer.list_topics(topic, ANSWER_SECONDS)
    except KafkaException as error:
        raise ConsoleError(f"no record can be sent to topic {topic}: {kafka_text(error)}", advice=_ADVICE) from error


def _produce(producer: Producer, topic: str, record: Record, delivery: Delivery) -> None:
    while True:
        try:
            producer.produce(topic, value=record.value, key=record.key, headers=list(record.headers), on_delivery=delivery.report)
        except BufferError:
            producer.poll(_POLL_SECONDS)
        except KafkaException as error:
            delivery.refuse(error)
            return
        else:
            producer.poll(0)
            return


def _flush(producer: Producer, delivery: Delivery, advanced: Callable[[int], None]) -> None:
    deadline = time.monotonic() + GIVE_UP_SECONDS + 1
    while len(producer) and time.monotonic() < deadline:
        producer.poll(_POLL_SECONDS)
        advanced(delivery.delivered)
    advanced(delivery.delivered)
