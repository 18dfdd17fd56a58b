"""KafkaTopics: for each topic of the stack's own, what Strimzi's Topic Operator watches over. They follow the topic, and never own it.

Who makes, grows and deletes a topic is its own resource, over Kafka's protocol. A KafkaTopic is declared when that is done, with the same
values: then the Topic Operator holds the topic to them. One that was there before is `strimzi.io/managed: false`, which leaves it alone.

A KafkaTopic that is deleted takes its topic with it, data included. So before one goes, `TopicRelease` makes it one that does not.
"""

import hashlib
import re
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from cluster.names import KAFKA
from components.kubernetes.declare import declare
from components.kubernetes.manifest import Later, Manifest, metadata
from components.kubernetes.strimzi import API_VERSION, MEMBER, READY
from components.providers.topic import Topic
from components.providers.topic_release import MANAGED, TopicRelease
from flinksql.kafka.topic import Topic as TopicArgs

UNMANAGED = "condition=Unmanaged"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_DIGITS, _READABLE = 8, 40
_WAIT_FOR = "pulumi.com/waitFor"


@dataclass(frozen=True, kw_only=True)
class KafkaTopicArgs:
    """`managed` is what `strimzi.io/managed` says: `true` for a topic of the stack's own."""

    namespace: str
    topic: TopicArgs
    managed: Later = "true"
    waiting: Later = READY


def object_name(topic: str) -> str:
    """Return the name of a topic's KafkaTopic: what can be read of it, and digits that tell apart what reads alike (`a.b`, `a_b`)."""
    readable = _NOT_IN_A_NAME.sub("-", topic.lower())[:_READABLE].strip("-")
    return f"{readable or 'topic'}-{hashlib.sha256(topic.encode()).hexdigest()[:_DIGITS]}"


def kafka_topic(args: KafkaTopicArgs) -> Manifest:
    """Return the KafkaTopic."""
    topic = args.topic
    name = object_name(topic.name)
    told = metadata(name, args.namespace, workload=KAFKA, annotations={MANAGED: args.managed, _WAIT_FOR: args.waiting})
    # Without `replicas`: a topic keeps those that it was made with, and the operator reports any other number as an error.
    spec = {"topicName": topic.name, "partitions": topic.partitions}
    return {
        "apiVersion": API_VERSION,
        "kind": "KafkaTopic",
        "metadata": {**told, "labels": {**told["labels"], **MEMBER}},
        "spec": {**spec, "config": dict(topic.config)} if topic.config else spec,
    }


def declare_kafka_topic(namespace: str, topic: Topic, wanted: TopicArgs, *, parent: pulumi.Resource) -> pulumi.Resource:
    """Declare the KafkaTopic of a topic that is declared already, and what goes before it."""
    managed = topic.owned.apply(lambda owned: "true" if owned else "false")
    waiting = topic.owned.apply(lambda owned: READY if owned else UNMANAGED)
    manifest = kafka_topic(KafkaTopicArgs(namespace=namespace, topic=wanted, managed=managed, waiting=waiting))
    made = declare(CustomResource, manifest, parent=parent, after=[topic])
    return TopicRelease(namespace, str(manifest["metadata"]["name"]), opts=pulumi.ResourceOptions(parent=parent, depends_on=[made]))
