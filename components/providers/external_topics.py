"""A topic that somebody else owns: looked at, never configured, grown or deleted."""

from dataclasses import dataclass

from components.providers.inputs import TOPIC
from components.providers.properties import Properties, inputs_of, integer, text
from components.providers.reporting import Once
from components.providers.topic_ownership import has_other_partitions, is_missing
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import BrokerUnreachableError, PermanentTopicError
from flinksql.kafka.ownership import TopicOwners
from flinksql.kafka.topic import Topic


@dataclass(frozen=True, kw_only=True)
class ExternalTopics:
    """The topics of others on a broker. What cannot be looked at is said by `remark`."""

    admin: TopicAdmin
    owners: TopicOwners
    remark: Once

    def check(self, props: Properties) -> None:
        """Refuse one that is not there, or not as the manifest says. Raises PermanentTopicError."""
        try:
            self._require(props)
        except BrokerUnreachableError as error:
            self.remark(f"No Kafka broker answers at {error.bootstrap}: whether external topics are there was not looked at.")

    def _require(self, props: Properties) -> Topic:
        """Return an external topic as it is. Raises PermanentTopicError when it is not there, or not as the manifest says."""
        found = self.admin.describe(text(props, "topic"))
        if found is None:
            raise PermanentTopicError(is_missing(text(props, "topic")))
        expected = integer(props, "partitions")
        if expected and found.partitions != expected:
            raise PermanentTopicError(has_other_partitions(found, expected))
        return found

    def use(self, props: Properties) -> Properties:
        """Take an external topic as it is. A note of this stack's on it goes, so that no `down` takes the topic for its own."""
        found = self._require(props)
        owner = self.owners.find(found.name)
        if owner is not None and owner.stack_id == text(props, "stack_id"):
            self.owners.release(found.name)
        return {**inputs_of(TOPIC, props), "owned": False, "topic_id": found.topic_id}
