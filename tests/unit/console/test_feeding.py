import base64
import json
import threading
from collections.abc import Callable
from itertools import islice
from typing import cast

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from console.errors import ConsoleError
from console.feeding.records import Form, Record, mixed, read_lines, read_malformed, repeated
from console.feeding.send import Pace, Sent, send
from console.kafka import writer

FORM = Form(key=("product_id",), id="review_id")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        pytest.param(b'{"product_id": "P1", "rating": 5}', b"P1", id="review"),
        pytest.param('{"product_id": "Grün"}'.encode(), "Grün".encode(), id="utf-8"),
        pytest.param(b'{"product_id": "\\ud800"}', b"?", id="half-a-character"),
        pytest.param(b'{"product_id": 7}', None, id="number"),
        pytest.param(b'{"product_id": ""}', None, id="empty-id"),
        pytest.param(b"[1, 2]", None, id="array"),
        pytest.param(b"not json", None, id="not-json"),
        pytest.param(b"\xff\xfe", None, id="not-utf-8"),
        pytest.param(b"[" * 100_000, None, id="too-deep"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_a_record_keeps_its_bytes_and_is_keyed_by_a_readable_field(line: bytes, key: bytes | None) -> None:
    assert FORM.record_of(line) == Record(key=key, value=line)


@pytest.mark.parametrize(
    ("form", "key"),
    [
        pytest.param(Form(), None, id="no key"),
        pytest.param(Form(key=("city",)), "Köln".encode(), id="a text"),
        pytest.param(Form(key=("city", "day"), key_format="json"), '{"city":"Köln","day":3}'.encode(), id="an object of two fields"),
        pytest.param(Form(key=("missing",), key_format="json"), None, id="an object without its fields"),
    ],
)
def test_a_key_is_written_as_its_topic_has_it(form: Form, key: bytes | None) -> None:
    line = '{"day": 3, "city": "Köln"}'.encode()
    assert form.record_of(line) == Record(key=key, value=line)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        pytest.param(b"a\nb\n", [b"a", b"b"], id="with-end"),
        pytest.param(b"a\nb", [b"a", b"b"], id="without-end"),
        pytest.param(b"a\n\nb\n", [b"a", b"", b"b"], id="empty-line-is-a-record"),
        pytest.param(b"a\r\nb\r\n", [b"a", b"b"], id="windows"),
        pytest.param(b"", [], id="empty-file"),
        pytest.param("a\u2028b\n".encode(), ["a\u2028b".encode()], id="only-newline-ends-a-line"),
    ],
)
def test_each_line_is_a_record(content: bytes, values: list[bytes]) -> None:
    assert [record.value for record in read_lines(content, FORM)] == values


def test_malformed_samples_are_given_as_bytes() -> None:
    line = json.dumps({"note": "not UTF-8", "base64": base64.b64encode(b"\xff\x00").decode()}).encode()
    assert [record.value for record in read_malformed(line + b"\n", "m.jsonl", FORM)] == [b"\xff\x00"]


@pytest.mark.parametrize(
    "line", [pytest.param(b"{}", id="no-field"), pytest.param(b'{"base64": "!"}', id="no-base64"), pytest.param(b"[]", id="array")]
)
def test_a_wrong_line_of_malformed_samples_is_named(line: bytes) -> None:
    with pytest.raises(ConsoleError, match=r"m\.jsonl:2:1"):
        read_malformed(b'{"base64": ""}\n' + line, "m.jsonl", FORM)


def test_from_the_second_round_on_ids_stay_unique() -> None:
    records = [FORM.record_of(b'{"review_id": "R1", "product_id": "P1"}'), FORM.record_of(b"not json")]
    values = [record.value for record in islice(repeated(records, FORM), 5)]
    assert values[0] == records[0].value
    assert [json.loads(values[index])["review_id"] for index in (2, 4)] == ["R1-2", "R1-3"]
    assert values[1] == values[3] == b"not json"


@pytest.mark.parametrize(
    "share",
    [pytest.param(0.0, id="none"), pytest.param(0.01, id="one-percent"), pytest.param(0.5, id="half"), pytest.param(0.9, id="most")],
)
def test_malformed_records_have_their_share_and_are_spread_evenly(share: float) -> None:
    good = (Record(key=None, value=b"good") for _ in iter(int, 1))
    stream = [record.value for record in islice(mixed(good, [Record(key=None, value=b"bad")], share), 1000)]
    assert stream.count(b"bad") == pytest.approx(1000 * share, abs=1)
    assert stream[:500].count(b"bad") == pytest.approx(500 * share, abs=1)


def test_every_good_record_is_sent_once() -> None:
    good = [Record(key=None, value=str(number).encode()) for number in range(10)]
    stream = [record.value for record in mixed(good, [Record(key=None, value=b"bad")], 0.3)]
    assert [value for value in stream if value != b"bad"] == [record.value for record in good]


class FakeProducer:
    """Stands in for the client: each record is reported when it is polled for."""

    def __init__(self, fails: Callable[[bytes], bool] = lambda _value: False, room: int = 3, refuses: bytes = b"") -> None:
        self.waiting: list[tuple[bytes, Callable[..., None]]] = []
        self.sent: list[tuple[bytes | None, bytes]] = []
        self.gone = False
        self._fails, self._room, self._refuses = fails, room, refuses

    def list_topics(self, _topic: str, _seconds: float) -> None:
        if self.gone:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    def produce(self, _topic: str, value: bytes, key: bytes | None, headers: list[object], on_delivery: Callable[..., None]) -> None:
        assert not headers
        if self._refuses and value == self._refuses:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        if len(self.waiting) >= self._room:
            raise BufferError("full")
        self.waiting.append((value, on_delivery))
        self.sent.append((key, value))

    def poll(self, seconds: float) -> None:
        if seconds and self.waiting:
            value, report = self.waiting.pop(0)
            report(KafkaError(KafkaError._MSG_TIMED_OUT) if self._fails(value) else None, None)

    def __len__(self) -> int:
        return len(self.waiting)


def _send(
    producer: FakeProducer, count: int, stop: threading.Event | None = None, advanced: Callable[[int], None] = lambda _delivered: None
) -> Sent:
    records = [Record(key=b"k", value=str(number).encode()) for number in range(count)]
    return send(cast("Producer", producer), "t", records, stop=stop, advanced=advanced)


def test_all_records_are_sent_and_counted_when_the_client_is_full_at_times() -> None:
    producer, seen = FakeProducer(), list[int]()
    sent = _send(producer, 10, advanced=seen.append)
    assert (sent.delivered, sent.failed) == (10, 0)
    assert [int(value) for _, value in producer.sent] == list(range(10))
    assert seen == sorted(seen)
    assert seen[-1] == 10


def test_a_record_that_does_not_arrive_is_counted_with_its_reason() -> None:
    sent = _send(FakeProducer(fails=lambda value: value == b"3"), 10)
    assert (sent.delivered, sent.failed) == (9, 1)
    assert "timed out" in sent.first_error.lower()


def test_a_record_that_the_client_refuses_does_not_end_the_feed() -> None:
    sent = _send(FakeProducer(refuses=b"3"), 10)
    assert (sent.delivered, sent.failed) == (9, 1)


def test_a_feed_of_which_nothing_arrives_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ConsoleError, match="no record reached topic t") as caught:
        _send(FakeProducer(fails=lambda _value: True), 10)
    assert "status" in caught.value.advice


def test_a_feed_without_a_broker_sends_nothing_and_says_so() -> None:
    producer = FakeProducer()
    producer.gone = True
    with pytest.raises(ConsoleError, match="no record can be sent to topic t: the broker does not answer"):
        _send(producer, 10)
    assert producer.sent == []


def test_a_feed_ends_when_it_is_told_to() -> None:
    stop = threading.Event()
    stop.set()
    assert _send(FakeProducer(), 10, stop=stop).delivered == 0


def test_records_are_due_at_their_rate_and_a_late_one_does_not_delay_the_next() -> None:
    now = [0.0]
    pace = Pace(10.0, clock=lambda: now[0])
    assert pace.seconds_to_next() == 0.0
    assert pace.seconds_to_next() == pytest.approx(0.1)
    now[0] = 0.5
    assert pace.seconds_to_next() == 0.0
    assert Pace(0.0, clock=lambda: now[0]).seconds_to_next() == 0.0


def test_a_record_may_be_as_large_as_the_stack_takes() -> None:
    producer = writer("127.0.0.1:1", give_up_seconds=1, largest=2_000_000)
    producer.produce("reviews", b"x" * 1_900_000)
    with pytest.raises(KafkaException, match="MSG_SIZE_TOO_LARGE"):
        producer.produce("reviews", b"x" * 2_000_000)
    producer.purge()
