"""Topics of the stack that no table has, as a resource: a run was killed before it recorded them, and their tables were removed.

A topic holds records, so while the stack is up it is named and left. When the stack goes, so does what it made, if its data is to be
deleted: a topic whose note on the broker bears this stack's id and the id that Kafka gave the topic.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, UpdateResult

from components.access import Access
from components.connection import OWN, PROPERTY, Connection, is_moved
from components.names import ORPHANED_TOPICS as LOGICAL_NAME
from components.names import TOPIC_TYPE
from components.providers.connected import ConnectedProvider
from components.providers.inputs import ORPHANED_TOPICS
from components.providers.properties import Properties, flag, has_unknown, inputs_of, text
from components.providers.reporting import Once, WhileAsked, plainly, say
from components.stack_state import OwnState
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import BrokerUnreachableError, TopicError, TransientTopicError
from flinksql.kafka.last_jobs import LastJobs
from flinksql.kafka.ownership import TopicOwner, TopicOwners


class OrphanedTopicsProvider(ConnectedProvider):
    """Look, tell; remove at the end."""

    def connect(self, access: Access) -> None:
        """Make the clients."""
        self.remark: Callable[[str], None] = Once()
        self.broker = WhileAsked(self.remark)
        access.hold_broker(self.broker)
        self.admin = TopicAdmin(access.kafka_bootstrap, access.kafka_options)
        self.owners = TopicOwners(access.kafka_bootstrap, self.admin, access.kafka_options)
        self.jobs = LastJobs(access.kafka_bootstrap, self.admin, access.kafka_options)

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Name what is found, in a preview too. Nothing of it is a reason to refuse, or to change anything."""
        if olds and not has_unknown(news):
            with plainly("looking for topics that belong to no table"), self.broker:
                self._report(news)
        return CheckResult(news, [])

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Take note of another wish for the end."""
        return DiffResult(changes=has_unknown(news) or is_moved(olds, news) or flag(olds, "delete_data") != flag(news, "delete_data"))

    def create(self, props: Properties) -> CreateResult:
        """Take note of it."""
        return CreateResult(LOGICAL_NAME, inputs_of(ORPHANED_TOPICS, props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Take note of it."""
        return UpdateResult(inputs_of(ORPHANED_TOPICS, news))

    def delete(self, _id: str, props: Properties) -> None:
        """Remove what is left after all topics of the stack, where their data is to be deleted. Nothing keeps the stack from going."""
        with plainly("deleting topics that belong to no table"), self.broker:
            try:
                self._end_jobs(self._stack(props), keeping=not flag(props, "delete_data"))
                for name in self._orphaned(props, claimed=()) if flag(props, "delete_data") else ():
                    self.admin.delete(name)
                    self.owners.release(name)
                    say(f"Topic {name} was deleted: it was made by this stack and belonged to no table.")
            except BrokerUnreachableError:
                return  # each topic said that its data stays
            except TopicError as error:
                say(f"Topics that belong to no table could not be deleted: {error}")

    def _stack(self, props: Properties) -> str:
        """Return whose it is; a state of an earlier version says it by the id alone, which the notes of kept topics know."""
        stack_id = text(props, "stack_id")
        return text(props, "stack") or next((one.stack for one in self.owners.notes().values() if one.stack_id == stack_id), "")

    def _end_jobs(self, stack: str, *, keeping: bool) -> None:
        """Say of the stack's last jobs that they ended as they should. Those whose topics are gone are nobody's."""
        last = [job for job in self.jobs.all().values() if stack and job.stack == stack]
        if keeping:
            self.jobs.record(*(replace(job, ended=True) for job in last))
        else:
            self.jobs.forget(*(job.job_name for job in last))

    def _report(self, props: Properties) -> None:
        try:
            found = self._orphaned(props, claimed=[str(one) for one in props.get("claimed") or ()])
        except TransientTopicError:
            return  # each topic says that the broker does not answer
        end = "`down` deletes it" if flag(props, "delete_data") else "it stays also after `down` (topics.deleteOnDestroy is false)"
        for name in found:
            self.remark(f"Topic {name} was made by this stack and belongs to no table (its run was killed): it is left, and {end}.")

    def _orphaned(self, props: Properties, *, claimed: Collection[str]) -> list[str]:
        """Return the topics that are certainly the stack's own and that nobody claims."""
        own = {name: note for name, note in self.owners.notes().items() if note.stack_id == text(props, "stack_id")}
        noted = {name: note.topic_id for name, note in own.items() if note.topic_id and not note.is_released and name not in claimed}
        found = {name: self.admin.describe(name) for name in sorted(noted)}
        return [name for name, topic in found.items() if topic is not None and topic.topic_id == noted[name]]


class OrphanedTopics(Resource, module="kafka", name="OrphanedTopics"):
    """What of the stack lies on its broker and belongs to no table."""

    def __init__(
        self,
        owner: TopicOwner,
        topics: Collection[str],
        state: OwnState,
        *,
        delete_data: bool,
        connection: Connection = OWN,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Claim the topics of the bundle and those of the state for their resources."""
        hidden = pulumi.ResourceOptions(hide_diffs=["claimed"])
        given = {**orphaned_topics_inputs(owner, topics, state, delete_data=delete_data), PROPERTY: connection.to_inputs()}
        super().__init__(OrphanedTopicsProvider(), LOGICAL_NAME, given, pulumi.ResourceOptions.merge(hidden, opts))


def orphaned_topics_inputs(owner: TopicOwner, topics: Collection[str], state: OwnState, *, delete_data: bool) -> dict[str, Any]:
    """Return the inputs of the resource."""
    recorded = {str(one["topic"]) for one in state.of_type(TOPIC_TYPE) if one.get("topic")}
    return {
        "stack": owner.stack,
        "stack_id": owner.stack_id,
        "claimed": sorted({*topics, *recorded}),
        "delete_data": delete_data,
    }
