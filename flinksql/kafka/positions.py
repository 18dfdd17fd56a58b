"""Where topics begin and end, up to where they are committed, and when they were last written: asked of a real broker, changing nothing."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import EarliestSpec, LatestSpec, ListOffsetsResultInfo, MaxTimestampSpec, OffsetSpec

from flinksql.diagnosis.snapshot import Partition, Topic
from flinksql.kafka.admin import require_broker, translate
from flinksql.kafka.brokers import client_settings
from flinksql.kafka.committed import batches, committed_offsets
from flinksql.kafka.errors import BrokerUnreachableError
from flinksql.kafka.offsets import bounds
from flinksql.kafka.passing import wait_out
from flinksql.listing import listed

_EARLIEST: OffsetSpec = EarliestSpec()  # type: ignore[no-untyped-call]
_LATEST: OffsetSpec = LatestSpec()  # type: ignore[no-untyped-call]
_NEWEST: OffsetSpec = MaxTimestampSpec()  # type: ignore[no-untyped-call]
_SECONDS = 10.0
_LIKENESS = 0.85
_MOST_SIMILAR = 3
_MOST_COMPARED = 10
"""So many topics that hold nothing are compared with others: a pattern may match thousands."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record as it lies in a topic. `timestamp` is Kafka's, in ms since 1970, 0 when it has none."""

    timestamp: int
    value: bytes | None


class BrokerPositions:
    """A broker at `bootstrap`; `options` are further ones of the Kafka client, such as credentials.

    Each method raises TopicError when the broker does not answer.
    """

    def __init__(self, bootstrap: str, options: Mapping[str, str] | None = None) -> None:
        self._bootstrap = bootstrap
        self._options = options
        self._settings = client_settings(bootstrap, options)
        self._client = AdminClient(self._settings)

    def topics(self, names: Collection[str]) -> Mapping[str, Topic]:
        """Return topics by name; one that is not there has no partitions. Those that hold nothing also say which others resemble them."""
        with self._asking(f"reading the offsets of {listed(sorted(names))}"):
            known = self._known()
            partitions = self._partitions({name: known[name] for name in names if name in known})
            found = {name: Topic(partitions=partitions.get(name, {})) for name in names}
            silent = [name for name, topic in found.items() if not topic.records]
            for name in silent[:_MOST_COMPARED]:
                found[name] = Topic(partitions=found[name].partitions, similar=self._similar(name, known))
        return found

    def matching(self, pattern: str) -> Sequence[str]:
        """Return the names of topics that a pattern matches as a whole; none for a pattern that only Java reads."""
        try:
            wanted = re.compile(pattern)
        except re.error:
            return ()
        with self._asking(f"reading the topics like {pattern}"):
            return sorted(name for name in self._known() if wanted.fullmatch(name))

    def committed(self, group: str, topics: Collection[str]) -> Mapping[str, int]:
        """Return what a group has committed, by `topic-partition`; partitions without are left out."""
        with self._asking(f"reading what group {group} has committed"):
            known = self._known()
        partitions = [TopicPartition(name, number) for name in topics for number in known.get(name, ())]
        offsets = committed_offsets(self._bootstrap, group, partitions, self._options)
        return {f"{one.topic}-{one.partition}": one.offset for one in offsets if one.offset >= 0}

    def newest(self, topic: str, at_most: int) -> Sequence[Record]:
        """Return the newest records of a topic, at most so many of each partition."""
        reading = {"group.id": "flinksql", "enable.auto.commit": False, "enable.partition.eof": True}
        found: list[Record] = []
        with self._asking(f"reading the newest records of {topic}"), closing(Consumer({**self._settings, **reading})) as consumer:
            for number in self._known().get(topic, ()):
                begin, end = bounds(consumer, topic, number, timeout=_SECONDS)
                if end > begin:
                    consumer.assign([TopicPartition(topic, number, max(begin, end - at_most))])
                    found += self._read(consumer, at_most)
        return found

    @contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        """Raise TopicError for a broker that is not there, refuses, or does not answer in time."""
        require_broker(self._bootstrap, doing)
        try:
            yield
        except KafkaException as error:
            raise translate(error, doing, self._bootstrap) from error
        except TimeoutError as error:
            raise BrokerUnreachableError(doing, self._bootstrap) from error

    @staticmethod
    def _read(consumer: Consumer, at_most: int) -> list[Record]:
        found: list[Record] = []
        while len(found) < at_most:
            message = consumer.poll(_SECONDS)
            if message is None or message.error() is not None:
                break
            kind, timestamp = message.timestamp()
            found.append(Record(timestamp=timestamp if kind else 0, value=message.value()))
        return found

    def _known(self) -> Mapping[str, Sequence[int]]:
        metadata = self._client.list_topics(timeout=_SECONDS).topics
        return {name: sorted(topic.partitions) for name, topic in metadata.items() if not name.startswith("__")}

    def _partitions(self, topics: Mapping[str, Sequence[int]]) -> Mapping[str, Mapping[int, Partition]]:
        """Return the partitions of topics, given their numbers, by topic and number."""
        places = [TopicPartition(name, number) for name, numbers in topics.items() for number in numbers]
        begin, end, stable, newest = (
            self._offsets(places, spec, isolation)
            for spec, isolation in (
                (_EARLIEST, IsolationLevel.READ_UNCOMMITTED),
                (_LATEST, IsolationLevel.READ_UNCOMMITTED),
                (_LATEST, IsolationLevel.READ_COMMITTED),
                (_NEWEST, IsolationLevel.READ_UNCOMMITTED),
            )
        )
        return {
            name: {
                number: Partition(
                    begin=begin[name, number].offset,
                    end=end[name, number].offset,
                    stable=stable[name, number].offset,
                    last_written=max(newest[name, number].timestamp, 0),
                )
                for number in numbers
            }
            for name, numbers in topics.items()
        }

    def _offsets(
        self, places: Sequence[TopicPartition], spec: OffsetSpec, isolation: IsolationLevel
    ) -> Mapping[tuple[str, int], ListOffsetsResultInfo]:
        def ask(some: Sequence[TopicPartition]) -> Mapping[tuple[str, int], ListOffsetsResultInfo]:
            futures: Mapping[TopicPartition, Future[ListOffsetsResultInfo]] = self._client.list_offsets(
                dict.fromkeys(some, spec), isolation_level=isolation, request_timeout=_SECONDS
            )
            return {(place.topic, place.partition): future.result(timeout=2 * _SECONDS) for place, future in futures.items()}

        found: dict[tuple[str, int], ListOffsetsResultInfo] = {}
        for some in batches(places):
            found |= wait_out(partial(ask, some))
        return found

    def _similar(self, name: str, known: Mapping[str, Sequence[int]]) -> Mapping[str, int]:
        # It looks closer at likely ones alone: a large broker has thousands of topics.
        near = get_close_matches(name, [other for other in known if other != name], _MOST_SIMILAR, _LIKENESS)
        found = self._partitions({other: known[other] for other in near})
        return {other: sum(one.records for one in partitions.values()) for other, partitions in found.items()}
