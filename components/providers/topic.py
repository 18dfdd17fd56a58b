"""A Kafka topic as a resource. One that this stack did not make is used as it is: never configured, grown or deleted."""

from collections.abc import Callable
from dataclasses import replace

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    UpdateResult,
)

from components.access import Access
from components.connection import OWN, PROPERTY, Connection, is_moved
from components.providers.broker_silence import BrokerSilence
from components.providers.connected import ConnectedProvider
from components.providers.external_topics import ExternalTopics
from components.providers.inputs import TOPIC, replaced
from components.providers.properties import Properties, flag, has_unknown, inputs_of, text
from components.providers.reporting import AS_LAST_SEEN, Once, WhileAsked, plainly, say
from components.providers.topic_inputs import topic_inputs, topic_owner, wanted_topic
from components.providers.topic_ownership import (
    belongs_to_another,
    has_a_namesake,
    is_own,
    is_recorded_as_own,
    left_alone,
    namesake_of,
)
from components.providers.topic_removal import TopicRemoval
from components.stack_owner import stack_owner
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError, RefusedChangeError, TopicError
from flinksql.kafka.ownership import TopicOwner, TopicOwners
from flinksql.kafka.topic import Change, check, plan
from flinksql.kafka.topic import Topic as TopicValue

_GONE = "Topic {name} is gone, and its data with it: it will be created again, empty."
_RECORDED = ("owned", "topic_id")
"""What tells whose a topic is: without it a foreign one would count as the stack's."""


class TopicProvider(ConnectedProvider):
    """Create (or adopt), grow, configure, look, delete."""

    is_coming_back: Callable[[], bool]
    is_own_broker: bool
    taken_over: frozenset[str]

    def connect(self, access: Access) -> None:
        """Make the clients."""
        self.remark, self.named = Once(), Once()
        self.broker = WhileAsked(self.remark)
        access.hold_broker(self.broker)
        self.admin = TopicAdmin(access.kafka_bootstrap, access.kafka_options)
        self.owners = TopicOwners(access.kafka_bootstrap, self.admin, access.kafka_options)
        self.is_own_broker = access.is_own_broker
        self.taken_over = access.adopted_stacks
        self.is_coming_back = access.broker_comes_back
        self.silence = BrokerSilence()

    @property
    def external(self) -> ExternalTopics:
        """What is done with topics of others."""
        return ExternalTopics(admin=self.admin, owners=self.owners, remark=self.remark)

    @property
    def removal(self) -> TopicRemoval:
        """What is done with topics that leave the state."""
        return TopicRemoval(admin=self.admin, owners=self.owners, remark=self.remark, is_coming_back=self.is_coming_back)

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Refuse what can never be, and another stack's topic, before anything is touched. A foreign topic is named."""
        if has_unknown(news):
            return CheckResult(news, [])
        failures: list[CheckFailure] = []
        try:
            if flag(news, "external"):
                self.external.check(news)
                return CheckResult(news, failures)
            check(wanted_topic(news))
            if not olds or replaced(TOPIC, olds, news):
                self._check_before_creating(news)
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
        if flag(news, "external") or flag(olds, "external"):
            # An external topic was looked at by the check; nothing of it is ever changed.
            return DiffResult(changes=flag(news, "external") != flag(olds, "external"))
        wanted = wanted_topic(news)
        with plainly(f"looking at topic {wanted.name}"), self.broker:
            changes = self._changes(wanted, olds)
        return DiffResult(changes=changes or is_moved(olds, news) or flag(olds, "delete_data") != flag(news, "delete_data"))

    def create(self, props: Properties) -> CreateResult:
        """Make the topic. One that is there already is adjusted when this stack made it, else left as it is."""
        name = text(props, "topic")
        with plainly(f"creating topic {name}"), self.broker:
            if flag(props, "external"):
                return CreateResult(name, self.external.use(props))
            if self._is_noted_as_ours(props):
                return CreateResult(name, self._adjusted(props))
            return CreateResult(name, self._made(props))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Grow, configure, or create again a topic that somebody removed."""
        name = text(news, "topic")
        with plainly(f"changing topic {name}"), self.broker:
            if flag(news, "external"):
                return UpdateResult(self.external.use(news))
            found = self.admin.describe(name)
            own = found is not None and is_own(olds, found)
            return UpdateResult(self._adjusted(news) if own else self._made(news))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return the topic as it is; a broker that does not answer changes nothing of what is known."""
        known = inputs_of(TOPIC, props)
        with plainly(f"reading topic {id_}"), self.broker:
            try:
                found = self._seen(id_)
            except BrokerUnreachableError as error:
                self.remark(f"No Kafka broker answers at {error.bootstrap}: topics are {AS_LAST_SEEN}.")
                return ReadResult(id_, {**known, **{name: props[name] for name in _RECORDED if name in props}}, known)
        if found is None and flag(props, "external"):
            return ReadResult(id_, {**known, "owned": False, "topic_id": ""}, known)
        if found is None:
            # A preview of a stack that drifted reads first: the comparison finds nothing in the state then, and nothing to say.
            say(_GONE.format(name=id_))
            return ReadResult("", {})
        own = is_own(props, found)
        seen = {**known, "partitions": found.partitions, "replication": found.replication, "config": dict(found.config)} if own else known
        return ReadResult(id_, {**seen, "owned": own, "topic_id": found.topic_id}, seen)

    def delete(self, id_: str, props: Properties) -> None:
        """Remove the topic with its data only when this stack made it and `delete_data` says so."""
        if flag(props, "external"):
            return
        if not flag(props, "delete_data"):
            with plainly(f"leaving topic {id_}"), self.broker:
                self.removal.keep(id_, props)
            say(f"Topic {id_} and its data are kept (topics.deleteOnDestroy or bundle.yaml says so); the next `up` adopts it.")
            return
        with plainly(f"deleting topic {id_}"), self.broker:
            try:
                self.removal.delete(id_, props)
            except BrokerUnreachableError as error:
                # A broker that was killed must not keep the stack from going; the next `up` adopts what is still in its folder.
                self.remark(f"No Kafka broker answers at {error.bootstrap}: its topics could not be deleted and stay with its data.")

    def _seen(self, name: str) -> TopicValue | None:
        """Look at a topic for a comparison. Raises BrokerUnreachableError."""
        return self.silence.ask(lambda: self.admin.describe(name), is_own_broker=self.is_own_broker)

    def _made(self, props: Properties) -> Properties:
        """Make the topic, after saying on the broker whose it is. One that is there, or that somebody makes meanwhile, is left alone."""
        wanted = wanted_topic(props)
        found = self.admin.describe(wanted.name)
        if found is None:
            self.owners.claim(wanted.name, topic_owner(props), wanted.replication)
            if self.admin.create(wanted):
                recorded = self._recorded(props)
                # By its id it stays the stack's own when this run is killed before the state has it.
                self.owners.claim(wanted.name, replace(topic_owner(props), topic_id=text(recorded, "topic_id")), wanted.replication)
                return recorded
            if self.owners.find(wanted.name) == topic_owner(props):
                # Who was quicker may be a stack that has noted itself since: its note stays.
                self.owners.release(wanted.name)
            found = self.admin.describe(wanted.name)
        elif self._is_noted_as_ours(props):
            # The stack's own was removed, and this one was made by somebody since.
            self.owners.release(wanted.name)
        self._require_nobody_elses(props)
        if found is not None:
            self.named(left_alone(found))
        return {**inputs_of(TOPIC, props), "owned": False, "topic_id": found.topic_id if found else ""}

    def _adjusted(self, props: Properties) -> Properties:
        """Grow and configure a topic of this stack's, or make it again."""
        wanted = wanted_topic(props)
        self.admin.apply(wanted)
        recorded = self._recorded(props)
        self.owners.claim(wanted.name, replace(topic_owner(props), topic_id=text(recorded, "topic_id")), wanted.replication)
        return recorded

    def _recorded(self, props: Properties) -> Properties:
        found = self.admin.describe(text(props, "topic"))
        return {**inputs_of(TOPIC, props), "owned": True, "topic_id": found.topic_id if found else ""}

    def _is_noted_as_ours(self, props: Properties) -> bool:
        """Tell whether the stack noted the topic, in this life or in an earlier one.

        On a broker of the stack's own nobody else can have the stack's name; on a shared one the same stack of another state can.
        """
        owner = self.owners.find(text(props, "topic"))
        if owner is None:
            return False
        is_former = owner.stack == text(props, "stack") and (owner.is_released or self.is_own_broker)
        return is_former or owner.stack_id == text(props, "stack_id") or owner.stack_id in self.taken_over

    def _check_before_creating(self, props: Properties) -> None:
        """Name a topic that is there already and not this stack's. Raises PermanentTopicError for one that another stack writes."""
        try:
            found = self._seen(text(props, "topic"))
            if found is not None and not self._is_noted_as_ours(props):
                self._require_nobody_elses(props)
                self.named(left_alone(found))
            self._require_no_namesake(props)
        except BrokerUnreachableError:
            # The first `up` brings the broker; one that is external was asked before.
            return

    def _require_no_namesake(self, props: Properties) -> None:
        """Raise PermanentTopicError where another stack of the same name uses the broker, which is nobody's own."""
        if self.is_own_broker or not text(props, "stack_id"):
            return
        found = namesake_of(text(props, "stack"), text(props, "stack_id"), self.owners.notes().values(), self.taken_over)
        if found is not None:
            raise PermanentTopicError(has_a_namesake(found))

    def _require_nobody_elses(self, props: Properties) -> None:
        owner = self.owners.find(text(props, "topic"))
        if owner is not None and flag(props, "written"):
            raise PermanentTopicError(belongs_to_another(text(props, "topic"), owner, text(props, "stack")))

    def _changes(self, wanted: TopicValue, olds: Properties) -> bool:
        """Tell whether there is something to do; what is so because somebody else changed the topic is said."""
        last = wanted_topic(olds)
        try:
            found = self._seen(wanted.name)
        except BrokerUnreachableError as error:
            self.remark(f"No Kafka broker answers at {error.bootstrap}: topics are {AS_LAST_SEEN}.")
            return is_recorded_as_own(olds) and bool(_planned(last, wanted))
        if found is None:
            say(_GONE.format(name=wanted.name))
            return True
        if not is_own(olds, found):
            self.named(left_alone(found))
            return is_recorded_as_own(olds)
        change = _planned(found, wanted)
        if change and found != last:
            say(f"Topic {wanted.name} was changed by hand: {change.summary}.")
        # The state of an earlier version does not say whose the topic is yet.
        return bool(change) or "owned" not in olds


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
    owned: pulumi.Output[bool]

    def __init__(
        self,
        wanted: TopicValue,
        owner: TopicOwner | None = None,
        *,
        connection: Connection = OWN,
        delete_data: bool = False,
        written: bool = True,
        external: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a topic of `owner`, who is the running program's stack unless it is given."""
        if owner is None:
            mine = stack_owner()
            owner, opts = mine.owner, pulumi.ResourceOptions.merge(pulumi.ResourceOptions(depends_on=[mine.identity]), opts)
        given = {
            **topic_inputs(wanted, owner, delete_data=delete_data, written=written, external=external),
            PROPERTY: connection.to_inputs(),
        }
        super().__init__(TopicProvider(), wanted.name, {**given, "owned": None, "topic_id": None}, opts)
