"""Topics on a real broker, through Kafka's admin protocol. Every wait is bounded; doing the same thing twice is doing it once."""

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.admin._topic import TopicDescription
from confluent_kafka.cimpl import NewPartitions, NewTopic

from flinksql.kafka.brokers import client_settings
from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError, TopicError, TransientTopicError
from flinksql.kafka.passing import is_passing
from flinksql.kafka.topic import Change, Topic, check, plan
from flinksql.listing import listed

_REQUEST_SECONDS = 10.0
"""Bound of one request; a broker that is up answers in milliseconds, a busy one within a few seconds."""
_REACH_SECONDS = (1.0, 2.0, 7.0)
"""A client that is refused is told within the first; a slow broker has the last."""
_SETTLE_SECONDS = 30.0
"""Bound for the broker to show a topic it has created, or to stop showing one it has deleted."""
_POLL_SECONDS = 0.05
_CONNECT_SECONDS = 2.0
_SILENT = frozenset({"_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "REQUEST_TIMED_OUT"})
"""Names of the codes that mean that no broker answered, or not in time."""

_REFUSALS = frozenset(
    {"_AUTHENTICATION", "_SSL", "SASL_AUTHENTICATION_FAILED", "TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED"}
)
_NOT_VERIFIED = ". Its certificate has expired, or is not of the authority that `ssl.ca.location` names"
_FORBIDDEN = ("TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED")
_RIGHTS = (
    ". This user may not do that: ask who runs the broker for CREATE, DESCRIBE, DESCRIBE_CONFIGS, ALTER, ALTER_CONFIGS, READ and WRITE on "
    "this topic and the stack's others, and READ and DESCRIBE on its consumer groups"
)

Result = TypeVar("Result")


class TopicAdmin:
    """The topics of the brokers at `bootstrap` (host:port, several with commas). May be used from several threads; raises TopicError.

    `options` are further ones of the Kafka client, such as `security.protocol`: PermanentTopicError for one that it does not know.
    """

    def __init__(self, bootstrap: str, options: Mapping[str, str] | None = None) -> None:
        self._bootstrap = bootstrap
        self._given = client_settings(bootstrap, options)
        try:
            self._client = AdminClient(self._given)
        except KafkaException as error:
            raise PermanentTopicError(f"the options of the Kafka client for {bootstrap} are refused: {error.args[0].str()}") from error

    def reach(self) -> None:
        """Ask the brokers who they are. Raises TopicError, for a client that is not let in with the reason.

        The call itself knows the time-out alone: why a connection is refused, a client is told beside it.
        """
        doing = "asking the broker who it is"
        self._connect(doing)
        refusals: list[str] = []

        def hear(error: KafkaError) -> None:
            if error.name() in _REFUSALS:
                refusals.append(error.str())

        client = AdminClient(self._given | {"error_cb": hear})
        for seconds in _REACH_SECONDS:
            try:
                client.list_topics(timeout=seconds)
            except KafkaException as error:
                # The call itself hears nothing of what is said beside it.
                client.poll(0)
                if refusals:
                    raise _not_let_in(self._bootstrap, refusals[-1]) from error
                silence = error
            else:
                return
        raise translate(silence, doing, self._bootstrap) from silence

    def describe(self, name: str) -> Topic | None:
        """Return the topic as it is, or None if there is none."""
        doing = f"reading topic {name}"
        self._connect(doing)
        try:
            description = self._topic(name, doing)
            return None if description is None else self._with_config(name, description, doing)
        except KafkaException as error:
            raise translate(error, doing, self._bootstrap) from error

    def apply(self, wanted: Topic) -> Change:
        """Make the topic what is wished for, or raise before anything changes; return what was done."""
        check(wanted)
        current = self.describe(wanted.name)
        change = plan(current, wanted)
        if change.create and not self._create(wanted):
            # Somebody else was quicker: what is there now decides.
            return self.apply(wanted)
        if change.partitions is not None:
            doing = f"growing topic {wanted.name} to {change.partitions} partitions"
            new = NewPartitions(wanted.name, change.partitions)
            self._result(self._client.create_partitions([new], request_timeout=_REQUEST_SECONDS)[wanted.name], doing)
            self._wait(lambda: _count(self.describe(wanted.name)) == change.partitions, doing)
        if change.set or change.unset:
            self._configure(wanted.name, change)
        return change

    def create(self, wanted: Topic) -> bool:
        """Make the topic; return False when there is one of that name, which stays as it is."""
        check(wanted)
        self._connect(f"creating topic {wanted.name}")
        return self._create(wanted)

    def rehearse(self, wanted: Sequence[Topic]) -> list[str]:
        """Return why topics could not be looked at, or be created where they are missing: a problem for each cause. Nothing is made.

        Raises TransientTopicError.
        """
        doing = "asking whether topics can be created"
        self._connect(doing)
        named = {one.name: one for one in wanted}
        try:
            refused = self._refused(named)
        except KafkaException as error:
            raise translate(error, doing, self._bootstrap) from error
        causes: dict[tuple[str, str], tuple[KafkaException, list[str]]] = {}
        for name, (tried, why) in refused.items():
            causes.setdefault((tried, why.args[0].name()), (why, []))[1].append(name)
        told = [translate(why, f"{tried} {_topics(names)}", self._bootstrap) for (tried, _), (why, names) in causes.items()]
        for one_told in told:
            if not isinstance(one_told, PermanentTopicError):
                raise one_told
        return [str(one_told) for one_told in told]

    def _refused(self, named: Mapping[str, Topic]) -> Mapping[str, tuple[str, KafkaException]]:
        """Return by name what is refused of topics, and why. However many there are, it takes two requests."""
        if not named:
            return {}
        unseen = self._failures(
            self._client.describe_topics(TopicCollection(list(named)), request_timeout=_REQUEST_SECONDS),
            lambda name: f"reading topic {name}",
        )
        missing = {name for name, error in unseen.items() if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART}
        refused = {name: ("reading", error) for name, error in unseen.items() if name not in missing}
        if not missing:
            return refused
        new = [NewTopic(name, one.partitions, one.replication, config=dict(one.config)) for name, one in named.items() if name in missing]
        unmade = self._failures(
            self._client.create_topics(new, request_timeout=_REQUEST_SECONDS, validate_only=True),
            lambda name: f"creating topic {name}",
        )
        there = KafkaError.TOPIC_ALREADY_EXISTS
        return refused | {name: ("creating", error) for name, error in unmade.items() if error.args[0].code() != there}

    def delete(self, name: str) -> bool:
        """Remove the topic with its data and wait until it is gone; return whether there was one."""
        doing = f"deleting topic {name}"
        self._connect(doing)
        try:
            self._result(self._client.delete_topics([name], request_timeout=_REQUEST_SECONDS)[name], doing)
        except _MissingTopicError:
            return False
        self._wait(lambda: self.describe(name) is None, doing)
        return True

    def _create(self, wanted: Topic) -> bool:
        doing = f"creating topic {wanted.name}"
        new = NewTopic(wanted.name, wanted.partitions, wanted.replication, config=dict(wanted.config))
        try:
            self._result(self._client.create_topics([new], request_timeout=_REQUEST_SECONDS)[wanted.name], doing)
        except _ExistingTopicError:
            self._wait(lambda: self.describe(wanted.name) is not None, doing)
            return False
        self._wait(lambda: _count(self.describe(wanted.name)) == wanted.partitions, doing)
        return True

    def _configure(self, name: str, change: Change) -> None:
        entries = [ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in change.set.items()]
        entries += [ConfigEntry(key, None, incremental_operation=AlterConfigOpType.DELETE) for key in change.unset]
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
        futures = self._client.incremental_alter_configs([resource], request_timeout=_REQUEST_SECONDS)
        self._result(futures[resource], f"changing the configuration of topic {name} ({change.summary})")

    def _topic(self, name: str, doing: str) -> TopicDescription | None:
        futures: dict[str, Future[TopicDescription]] = self._client.describe_topics(
            TopicCollection([name]), request_timeout=_REQUEST_SECONDS
        )
        try:
            return self._result(futures[name], doing)
        except _MissingTopicError:
            return None

    def _with_config(self, name: str, description: TopicDescription, doing: str) -> Topic | None:
        resource = ConfigResource(ResourceType.TOPIC, name)
        futures = self._client.describe_configs([resource], request_timeout=_REQUEST_SECONDS)
        try:
            entries = self._result(futures[resource], doing)
        except _MissingTopicError:
            return None
        return Topic(
            name=name,
            partitions=len(description.partitions),
            replication=max((len(partition.replicas) for partition in description.partitions), default=1),
            topic_id=str(description.topic_id or ""),
            config={key: entry.value or "" for key, entry in entries.items() if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value},
        )

    def _result(self, future: "Future[Result]", doing: str) -> Result:
        try:
            return future.result(timeout=2 * _REQUEST_SECONDS)
        except KafkaException as error:
            special = _SPECIAL.get(error.args[0].code())
            if special is not None:
                raise special from error
            raise translate(error, doing, self._bootstrap) from error
        except TimeoutError as error:
            raise BrokerUnreachableError(doing, self._bootstrap) from error

    def _failures(self, futures: "Mapping[str, Future[Any]]", doing: Callable[[str], str]) -> dict[str, KafkaException]:
        """Return by name why something failed; names of what succeeded are left out."""
        found: dict[str, KafkaException] = {}
        for name, future in futures.items():
            try:
                future.result(timeout=2 * _REQUEST_SECONDS)
            except KafkaException as error:
                found[name] = error
            except TimeoutError as error:
                raise BrokerUnreachableError(doing(name), self._bootstrap) from error
        return found

    def _wait(self, done: Callable[[], bool], doing: str) -> None:
        deadline = time.monotonic() + _SETTLE_SECONDS
        while not done():
            if time.monotonic() > deadline:
                raise TransientTopicError(f"{doing}: the broker accepted it and does not show it after {_SETTLE_SECONDS:.0f} s. Try again")
            time.sleep(_POLL_SECONDS)

    def _connect(self, doing: str) -> None:
        require_broker(self._bootstrap, doing)


class _MissingTopicError(Exception):
    """The broker knows no topic of that name."""


class _ExistingTopicError(Exception):
    """The broker has a topic of that name already."""


_SPECIAL: dict[int, type[Exception]] = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: _MissingTopicError,
    KafkaError.TOPIC_ALREADY_EXISTS: _ExistingTopicError,
}


def _not_let_in(bootstrap: str, refusal: str) -> PermanentTopicError:
    why = _NOT_VERIFIED if "certificate verify failed" in refusal else ""
    return PermanentTopicError(f"the broker at {bootstrap} does not let this client in: {refusal}{why}")


def _topics(names: Sequence[str]) -> str:
    return f"topic{'s' if len(names) > 1 else ''} {listed(names)}"


def _count(topic: Topic | None) -> int:
    return topic.partitions if topic else 0


def translate(error: KafkaException, doing: str, bootstrap: str) -> TopicError:
    """Return the error that says what failed while `doing`, for example `creating topic orders`."""
    cause = error.args[0]
    if not isinstance(cause, KafkaError):
        return PermanentTopicError(f"{doing} failed: {cause}")
    if cause.name() in _SILENT:
        return BrokerUnreachableError(doing, bootstrap)
    if is_passing(error):
        return TransientTopicError(f"{doing} failed for now: {cause.str()}. Try again")
    return PermanentTopicError(f"{doing} failed: {cause.str()} ({cause.name()}){_RIGHTS if cause.name() in _FORBIDDEN else ''}")


def require_broker(bootstrap: str, doing: str) -> None:
    """Raise BrokerUnreachableError at once when no broker listens at `bootstrap`; the client library would try until its time-out."""
    for address in bootstrap.split(","):
        # As the client library takes them: `[::1]:9092`, `SSL://host:9093`.
        host, _, port = address.strip().rpartition("//")[2].rpartition(":")
        try:
            with socket.create_connection((host.removeprefix("[").removesuffix("]"), int(port)), timeout=_CONNECT_SECONDS):
                return
        except (OSError, ValueError):
            continue
    raise BrokerUnreachableError(doing, bootstrap)
