"""A topic as the inputs of its resource, and back: what it is to be, and whose it is."""

from collections.abc import Mapping
from typing import Any

from components.providers.properties import Properties, integer, text, texts
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic


def topic_inputs(wanted: Topic, owner: TopicOwner, *, delete_data: bool, written: bool = True, external: bool = False) -> dict[str, Any]:
    """Return the inputs of a topic's resource. `written`: the bundle writes into it. `external`: somebody else owns it."""
    return {
        "topic": wanted.name,
        "partitions": wanted.partitions,
        "replication": wanted.replication,
        "config": dict(wanted.config),
        "delete_data": delete_data,
        "written": written,
        "stack": owner.stack,
        "stack_id": owner.stack_id,
        **({"external": True} if external else {}),
    }


def wanted_topic(properties: Properties) -> Topic:
    """Return what the topic is to be."""
    config: Mapping[str, str] = texts(properties, "config")
    return Topic(
        name=text(properties, "topic"),
        partitions=integer(properties, "partitions"),
        replication=integer(properties, "replication", 1),
        config=config,
    )


def topic_owner(properties: Properties) -> TopicOwner:
    """Return whose the topic is."""
    return TopicOwner(stack=text(properties, "stack"), stack_id=text(properties, "stack_id"))
