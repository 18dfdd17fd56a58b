"""A bundle as resources: its topics, and one statement for each of its files.

The order between them is read from the SQL. Any program can declare one; it knows neither settings nor a platform.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.bundle_topics import topic_manifest, topics_of, topics_touched, written_topics
from components.connection import Connection
from components.definitions import Source, define, read_source
from components.names import PIPELINE_TYPE
from components.providers.orphaned_jobs import OrphanedJobs
from components.providers.orphaned_topics import OrphanedTopics
from components.providers.statement import Statement
from components.providers.topic import Topic
from components.refusals import report_refusals
from components.stack_owner import stack_owner
from components.stack_state import OwnState
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic as TopicArgs
from flinksql.sql import Bundle
from flinksql.sql.manifest import TopicManifest
from flinksql.statement import Definition, Kind

FollowTopic = Callable[[Topic, TopicArgs], pulumi.Resource]
"""Declares what exists beside a topic and goes before it."""


@dataclass(frozen=True, kw_only=True)
class Below:
    """What must exist first: `broker` before a topic, `planner` before a catalog object can be proven, `ready` before a job."""

    broker: Sequence[pulumi.Resource] = ()
    planner: Sequence[pulumi.Resource] = ()
    ready: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class WholeStack:
    """A pipeline that is all that its stack has in Flink and on the broker: what is left there and belongs to nobody is ended.

    `stack_id` is the id that the stack's state keeps; the resource that keeps it is among those below.
    """

    mark: str
    stack_id: str
    state: OwnState


@dataclass(frozen=True, kw_only=True)
class PipelineArgs:
    """`source` is a folder of SQL files, SQL texts by name, or a bundle; `parameters` are the values of its `${name}` placeholders.

    `options` are Flink options of each submission. `kafka_bootstrap` is the broker as the tables name it: of their topics those on it are
    declared, without it all, but for the topics that `others` names: they are made elsewhere. `topics` are those that are to be otherwise
    than the bundle's manifest, `partitions` and `replication` say, by name. `same_planner` tells that a preview can ask the planner.
    `definitions` stand in for those that are read from the source. `follow_topic` is called for each topic that nobody else owns.
    """

    source: Source
    connection: Connection
    parameters: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    kafka_bootstrap: str = ""
    partitions: int = 1
    replication: int = 1
    topics: Mapping[str, TopicArgs] = field(default_factory=dict)
    others: Collection[str] = ()
    delete_data: bool = False
    same_planner: bool = True
    below: Below = field(default_factory=Below)
    definitions: Mapping[str, Definition] | None = None
    whole_stack: WholeStack | None = None
    follow_topic: FollowTopic | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)


class Pipeline(pulumi.ComponentResource):
    """Destroyed in reverse: jobs, then catalog objects and topics, each before what of its kind belongs to nobody; then what is below."""

    bundle: Bundle
    definitions: Mapping[str, Definition]
    topics: Mapping[str, Topic]
    statements: Mapping[str, Statement]

    def __init__(self, name: str, args: PipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(PIPELINE_TYPE, name, {}, opts)
        self._args = args
        self.bundle = read_source(args.source, args.parameters)
        self.definitions = args.definitions or define(self.bundle, options=args.options)
        names = [name for name in topics_of(self.bundle, args.kafka_bootstrap) if name not in args.others]
        owner, above_broker = self._owner(names)
        self.topics = {name: self._topic(name, owner, above_broker) for name in names}
        above_all = self._orphaned_jobs()
        self._jobs = identities(self.definitions.values())
        made: dict[str, Statement] = {}
        for statement in self.bundle.statements:
            made[statement.name] = self._statement(statement.name, made, above_all)
        self.statements = made
        report_refusals(made.values())
        self.register_outputs({"hash": self.bundle.hash, **args.outputs, **self.details()})

    def details(self) -> Mapping[str, Any]:
        """Return further outputs of the component, which a subclass knows."""
        return {}

    def _owner(self, names: Sequence[str]) -> tuple[TopicOwner, list[pulumi.Resource]]:
        """Return whose the topics are, and what comes before each of them."""
        args, whole = self._args, self._args.whole_stack
        if whole is None:
            if not names:
                return TopicOwner(stack="", stack_id=""), []
            mine = stack_owner()
            return mine.owner, [*args.below.broker, mine.identity]
        owner = TopicOwner(stack=whole.mark, stack_id=whole.stack_id)
        orphaned = OrphanedTopics(
            owner,
            names,
            whole.state,
            delete_data=args.delete_data,
            connection=args.connection,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.below.broker)),
        )
        return owner, [*args.below.broker, orphaned]

    def _topic(self, name: str, owner: TopicOwner, above: Sequence[pulumi.Resource]) -> Topic:
        args, declared = self._args, topic_manifest(self.bundle, name)
        wanted = args.topics.get(name) or _wanted(name, declared, args)
        topic = Topic(
            wanted,
            owner,
            connection=args.connection,
            delete_data=args.delete_data and not declared.keep_data,
            written=name in written_topics(self.bundle),
            external=not declared.owned,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(above)),
        )
        if args.follow_topic is not None and declared.owned:
            args.follow_topic(topic, wanted)
        return topic

    def _partitions(self, name: str) -> int:
        """Return how many partitions a topic has, 0 where that is not known."""
        args = self._args
        return (args.topics.get(name) or _wanted(name, topic_manifest(self.bundle, name), args)).partitions

    def _orphaned_jobs(self) -> list[pulumi.Resource]:
        args, whole = self._args, self._args.whole_stack
        if whole is None:
            return []
        # Topics go after it, too: nothing of the stack writes into a topic that is being deleted.
        below = pulumi.ResourceOptions(parent=self, depends_on=[*args.below.ready, *self.topics.values()])
        return [OrphanedJobs(whole.mark, self.definitions.values(), whole.state, connection=args.connection, opts=below)]

    def _statement(self, name: str, made: Mapping[str, Statement], above_all: Sequence[pulumi.Resource]) -> Statement:
        args = self._args
        below: list[pulumi.Resource] = [made[other.name] for other in self.bundle.dependencies(name)]
        touched: list[str] = []
        is_job = self.definitions[name].statement.kind is not Kind.CATALOG_OBJECT
        if is_job:
            touched = [topic for topic in topics_touched(self.bundle, name) if topic in self.topics]
            below += [*args.below.ready, *above_all, *(self.topics[topic] for topic in touched)]
        else:
            # The planner opens no connection: a catalog object needs neither its topic nor a TaskManager.
            below += args.below.planner
        return Statement(
            self.definitions[name],
            connection=args.connection,
            # Names and sizes only where they are looked at: all of them in each statement would grow with the square of the bundle.
            beside=self._jobs if is_job else (),
            gathered=True,
            planned=args.same_planner,
            partitions={topic: number for topic in touched if (number := self._partitions(topic))},
            # What a teardown notes of them goes with the stack: who shares one with others has nobody to take the note away.
            topics=touched if args.whole_stack else (),
            opts=pulumi.ResourceOptions(parent=self, depends_on=below),
        )


def _wanted(name: str, declared: TopicManifest, args: PipelineArgs) -> TopicArgs:
    """Return what a topic is to be: as the bundle's manifest says, else as the program does."""
    if not declared.owned:
        # What it is expected to be: 0 partitions expect nothing.
        return TopicArgs(name=name, partitions=declared.partitions)
    partitions, replication = declared.partitions or args.partitions, declared.replication or args.replication
    return TopicArgs(name=name, partitions=partitions, replication=replication, config=declared.config)


def identities(definitions: Iterable[Definition]) -> list[str]:
    """Return the names by which Flink knows a bundle's jobs: of a renamed file's job, the one before."""
    return sorted(one.identity for one in definitions if one.statement.kind is not Kind.CATALOG_OBJECT)
