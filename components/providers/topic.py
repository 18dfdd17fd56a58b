"""A Kafka topic as a resource. Planning and doing are `topics`'; this only speaks Pulumi."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.configuration import settings_of_provider
from components.endpoints import endpoints_of
from components.providers.cluster import embedded_state
from components.providers.inputs import TOPIC, replaced
from components.providers.properties import Properties, flag, has_unknown, inputs_of, integer, text, texts
from components.providers.reaching import reach_kafka
from components.providers.speech import AS_LAST_SEEN, Once, WhileAsked, plainly, say
from components.settings import PlatformKind
from embedded.control import ServiceState
from embedded.specification import ServiceName
from topics.admin import TopicAdmin
from topics.errors import BrokerUnreachableError, RefusedChangeError, TopicError
from topics.plan import Change, check, plan
from topics.topic import Topic as TopicValue

_SUPERVISED = {ServiceState.RUNNING, ServiceState.STARTING, ServiceState.FAILED}
_RETURN_SECONDS = 30.0
"""A killed broker is started again by its supervisor and answers within seconds, on a busy machine later."""
_POLL_SECONDS = 0.25


class TopicProvider(ResourceProvider):
    """Create (or adopt), grow, configure, look, delete."""

    serialize_as_secret_always = False
    is_coming_back: Callable[[], bool]

    def configure(self, req: ConfigureRequest) -> None:
        """Take the broker's address from the stack's configuration, so that it follows changes."""
        with plainly("reading the configuration"):
            settings = settings_of_provider(req)
            self.remark = Once()
            self.broker = WhileAsked(self.remark)
            reach_kafka(settings, self.broker)
            self.admin = TopicAdmin(endpoints_of(settings).kafka_from_here)
        in_cluster = settings.platform is PlatformKind.KUBERNETES
        self.is_coming_back = lambda: in_cluster or embedded_state(settings, ServiceName.KAFKA) in _SUPERVISED

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Refuse what can never be, before anything is touched."""
        if has_unknown(news):
            return CheckResult(news, [])
        failures: list[CheckFailure] = []
        try:
            check(_topic(news))
            if olds and not replaced(TOPIC, olds, news):
                plan(_topic(olds), _topic(news))
        except TopicError as error:
            failures.append(CheckFailure("", f"{error}{_advice(error)}"))
        return CheckResult(news, failures)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare with the last inputs and, where a broker answers, with the topic itself."""
        if has_unknown(news):
            return DiffResult(changes=True)
        replaces = replaced(TOPIC, olds, news)
        if replaces:
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=True)
        wanted = _topic(news)
        with plainly(f"looking at topic {wanted.name}"), self.broker:
            changes = self._changes(wanted, _topic(olds))
        return DiffResult(changes=changes or flag(olds, "delete_data") != flag(news, "delete_data"))

    def create(self, props: Properties) -> CreateResult:
        """Make the topic; one that is there already is adopted and adjusted."""
        wanted = _topic(props)
        with plainly(f"creating topic {wanted.name}"), self.broker:
            self.admin.apply(wanted)
        return CreateResult(wanted.name, inputs_of(TOPIC, props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Grow, configure, or create again a topic that somebody removed."""
        wanted = _topic(news)
        with plainly(f"changing topic {wanted.name}"), self.broker:
            self.admin.apply(wanted)
        return UpdateResult(inputs_of(TOPIC, news))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return the topic as it is; a broker that does not answer changes nothing of what is known."""
        known = inputs_of(TOPIC, props)
        with plainly(f"reading topic {id_}"), self.broker:
            try:
                found = self.admin.describe(id_)
            except BrokerUnreachableError as error:
                self.remark(f"No Kafka broker answers at {error.bootstrap}: topics are {AS_LAST_SEEN}.")
                return ReadResult(id_, dict(known), known)
        if found is None:
            return ReadResult("", {})
        seen = {**known, "partitions": found.partitions, "replication": found.replication, "config": dict(found.config)}
        return ReadResult(id_, dict(seen), seen)

    def delete(self, id_: str, props: Properties) -> None:
        """Remove the topic with its data only when `delete_data` says so."""
        if not flag(props, "delete_data"):
            say(f"Topic {id_} and its data are kept (topics.deleteOnDestroy is false); the next `up` adopts it.")
            return
        with plainly(f"deleting topic {id_}"), self.broker:
            try:
                self._delete(id_)
            except BrokerUnreachableError as error:
                # A broker that was killed must not keep the stack from going; the next `up` adopts what is still in its folder.
                self.remark(f"No Kafka broker answers at {error.bootstrap}: its topics could not be deleted and stay with its data.")

    def _delete(self, name: str) -> None:
        deadline = time.monotonic() + _RETURN_SECONDS
        while True:
            try:
                self.admin.delete(name)
            except BrokerUnreachableError:
                if time.monotonic() > deadline or not self.is_coming_back():
                    raise
                time.sleep(_POLL_SECONDS)
            else:
                return

    def _changes(self, wanted: TopicValue, last: TopicValue) -> bool:
        """Tell whether there is something to do; what is so because somebody else changed the topic is said."""
        try:
            found = self.admin.describe(wanted.name)
        except BrokerUnreachableError as error:
            self.remark(f"No Kafka broker answers at {error.bootstrap}: topics are {AS_LAST_SEEN}.")
            return bool(plan(last, wanted))
        if found is None:
            say(f"Topic {wanted.name} is gone, and its data with it: it will be created again, empty.")
            return True
        change = _planned(found, wanted)
        if change and found != last:
            say(f"Topic {wanted.name} was changed by hand: {change.summary}.")
        return bool(change)


def _planned(found: TopicValue, wanted: TopicValue) -> Change:
    try:
        return plan(found, wanted)
    except RefusedChangeError as error:
        raise RefusedChangeError(f"{error}{_advice(error)}") from error


def _advice(error: TopicError) -> str:
    return ". The number is `topics.partitions` in the stack's configuration" if isinstance(error, RefusedChangeError) else ""


class Topic(Resource, module="kafka", name="Topic"):
    """A topic of the pipeline's broker."""

    topic: pulumi.Output[str]

    def __init__(self, wanted: TopicValue, *, delete_data: bool, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TopicProvider(), wanted.name, topic_inputs(wanted, delete_data=delete_data), opts)


def topic_inputs(wanted: TopicValue, *, delete_data: bool) -> dict[str, Any]:
    """Return the inputs of a topic's resource."""
    return {
        "topic": wanted.name,
        "partitions": wanted.partitions,
        "replication": wanted.replication,
        "config": dict(wanted.config),
        "delete_data": delete_data,
    }


def _topic(properties: Properties) -> TopicValue:
    config: Mapping[str, str] = texts(properties, "config")
    return TopicValue(
        name=text(properties, "topic"),
        partitions=integer(properties, "partitions"),
        replication=integer(properties, "replication", 1),
        config=config,
    )
