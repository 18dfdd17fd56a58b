"""A bundle as resources: its topics, and one statement for each of its files.

Needs: a platform. Owns: topics and statements; the order between them is read from the SQL. Tells: both, by name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from components.bundle_topics import (
    is_public,
    topic_config,
    topic_manifest,
    topic_partitions,
    topic_replication,
    topics_of,
    topics_touched,
    written_topics,
)
from components.names import DETAILS, PIPELINE, PIPELINE_TYPE, job_name, stack_mark
from components.platform import Platform
from components.providers.orphaned_jobs import OrphanedJobs
from components.providers.orphaned_topics import OrphanedTopics
from components.providers.statement import Statement
from components.providers.topic import Topic
from components.refusals import tell_refusals
from components.stack_state import OwnState
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic as TopicValue
from flinksql.sql import Bundle, definition_hash
from flinksql.statement import Definition, Kind
from settings import PlatformKind, Settings, SettingsError

_PARALLELISM = "parallelism.default"


class Pipeline(pulumi.ComponentResource):
    """Destroyed in reverse: jobs, then catalog objects and topics, each before what of its kind belongs to nobody; then the platform."""

    definitions: Mapping[str, Definition]
    topics: Mapping[str, Topic]
    statements: Mapping[str, Statement]

    def __init__(
        self, settings: Settings, bundle: Bundle, platform: Platform, state: OwnState, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(PIPELINE_TYPE, PIPELINE, {}, opts)
        self.definitions = definitions(settings, bundle, pulumi.get_stack())
        names = topics_of(bundle, platform.endpoints.kafka_bootstrap)
        self._orphaned_topics = OrphanedTopics(
            platform.stack_id,
            names,
            state,
            delete_data=settings.topics.delete_on_destroy,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(platform.broker)),
        )
        self.topics = {name: self._topic(name, settings, bundle, platform) for name in names}
        # Topics go after it, too: nothing of the stack writes into a topic that is being deleted.
        below = pulumi.ResourceOptions(parent=self, depends_on=[*platform.ready, *self.topics.values()])
        self._orphaned_jobs = OrphanedJobs(stack_mark(pulumi.get_stack()), self.definitions.values(), state, opts=below)
        made: dict[str, Statement] = {}
        for statement in bundle.statements:
            made[statement.name] = self._statement(statement.name, bundle, platform, made)
        self.statements = made
        tell_refusals(made.values())
        self.register_outputs({"bundle": bundle.name, "hash": bundle.hash, DETAILS: self._details(settings, bundle, platform)})

    def _details(self, settings: Settings, bundle: Bundle, platform: Platform) -> dict[str, Any]:
        """Return what is too long for the stack's own outputs. Only `jobId` is unknown before an update."""
        return {
            "services": list(platform.services),
            "topics": {name: _about_topic(settings, bundle, name) for name in self.topics},
            "statements": {
                name: {
                    "kind": str(definition.statement.kind),
                    "jobName": definition.job_name,
                    "jobId": self.statements[name].job_id,
                    "definitionHash": definition_hash(definition),
                    "running": definition.policy.running,
                }
                for name, definition in self.definitions.items()
            },
        }

    def _topic(self, name: str, settings: Settings, bundle: Bundle, platform: Platform) -> Topic:
        declared = topic_manifest(bundle, name)
        if declared.owned:
            wanted = TopicValue(
                name=name,
                partitions=topic_partitions(settings, bundle, name),
                replication=topic_replication(settings, bundle, name),
                config=topic_config(settings, bundle, name),
            )
        else:
            # What it is expected to be: 0 partitions expect nothing.
            wanted = TopicValue(name=name, partitions=declared.partitions)
        options = pulumi.ResourceOptions(parent=self, depends_on=[*platform.broker, self._orphaned_topics])
        owner = TopicOwner(stack=stack_mark(pulumi.get_stack()), stack_id=platform.stack_id)
        written = name in written_topics(bundle)
        delete_data = settings.topics.delete_on_destroy and not declared.keep_data
        return Topic(wanted, owner, delete_data=delete_data, written=written, external=not declared.owned, opts=options)

    def _statement(self, name: str, bundle: Bundle, platform: Platform, made: Mapping[str, Statement]) -> Statement:
        below: list[pulumi.Resource] = [made[other.name] for other in bundle.dependencies(name)]
        if self.definitions[name].statement.kind is Kind.CATALOG_OBJECT:
            # The planner opens no connection: a catalog object needs neither its topic nor a TaskManager.
            below += platform.planner
        else:
            below += [
                *platform.ready,
                self._orphaned_jobs,
                *(self.topics[topic] for topic in topics_touched(bundle, name) if topic in self.topics),
            ]
        options = pulumi.ResourceOptions(parent=self, depends_on=below)
        return Statement(self.definitions[name], beside=identities(self.definitions.values()), opts=options)


def _about_topic(settings: Settings, bundle: Bundle, name: str) -> dict[str, Any]:
    """Return what readers of the stack's outputs may know of a topic. `public` and `external` stand there where they hold."""
    declared = topic_manifest(bundle, name)
    known: dict[str, Any] = {"partitions": topic_partitions(settings, bundle, name)} if declared.owned else {"external": True}
    return known | ({"public": True} if is_public(bundle, name) else {})


def identities(definitions: Iterable[Definition]) -> list[str]:
    """Return the names by which Flink knows a bundle's jobs: of a renamed file's job, the one before."""
    return sorted(one.identity for one in definitions if one.statement.kind is not Kind.CATALOG_OBJECT)


def _takes_slots(definition: Definition) -> bool:
    return definition.statement.kind is not Kind.CATALOG_OBJECT and definition.policy.running


def definitions(settings: Settings, bundle: Bundle, stack: str) -> dict[str, Definition]:
    """Return the definition of each statement in the order of their dependencies.

    Raises SettingsError when the jobs need more slots than the TaskManager of this machine has; in a cluster, TaskManagers come on demand.
    """
    made = {
        statement.name: bundle.definition(statement.name, _job_name(bundle, statement.name, stack), _options(settings, statement.kind))
        for statement in bundle.statements
    }
    needed = {name: int(one.options[_PARALLELISM]) for name, one in made.items() if _takes_slots(one)}
    total = sum(needed.values())
    if settings.platform is PlatformKind.EMBEDDED and total > settings.flink.task_slots:
        listing = ", ".join(f"{name} {number}" for name, number in sorted(needed.items()))
        problem = f"flink.taskSlots is {settings.flink.task_slots}: the jobs of bundle {bundle.name} need {total} ({listing})"
        raise SettingsError([f"{problem}. Set it with `pulumi config set flink.taskSlots {total}`"])
    return made


def _job_name(bundle: Bundle, name: str, stack: str) -> str:
    """Return what Flink knows the job by: the name that its file had when it was first started."""
    return job_name(stack, bundle.header(name).policy.renamed_from or name)


def _options(settings: Settings, kind: Kind) -> dict[str, str]:
    """Return the submission options of a job: the gateway takes them from here, the cluster's own configuration does not reach it."""
    if kind is Kind.CATALOG_OBJECT:
        return {}
    return {
        "execution.checkpointing.interval": f"{settings.flink.checkpoint_interval_seconds} s",
        _PARALLELISM: str(settings.flink.parallelism),
    }
