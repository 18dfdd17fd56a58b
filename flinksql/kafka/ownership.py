"""Whose a topic is, readable by every stack on a broker.

A note says for a topic's name which stack makes it, and is written before the topic is: a run that is killed in between finds it again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.notes import NOTES, Notes

OWNERS = NOTES


@dataclass(frozen=True, kw_only=True)
class TopicOwner:
    """A stack: project and stack, and the id that its state knows.

    `is_released` tells that it went and left its topic on purpose, for the next life of the stack of that name. `topic_id` is the id that
    Kafka gave the topic that it made; empty where it had not been made yet when this was said, and in notes of an earlier version.
    """

    stack: str
    stack_id: str
    is_released: bool = False
    topic_id: str = field(default="", compare=False)


class TopicOwners:
    """The owners of topics on the brokers at `bootstrap`. May be used from several threads; raises TopicError.

    `options` are further ones of the Kafka client, such as `security.protocol`.
    """

    def __init__(self, bootstrap: str, admin: TopicAdmin, options: Mapping[str, str] | None = None) -> None:
        self._notes = Notes(bootstrap, admin, _owner, options)

    def find(self, topic: str) -> TopicOwner | None:
        """Return who said that the topic is his, or None when nobody did."""
        return self.notes().get(topic)

    def notes(self) -> Mapping[str, TopicOwner]:
        """Return who said that a topic is his, by topic."""
        return self._notes.read("reading whose topics there are")

    def claim(self, topic: str, owner: TopicOwner, replication: int) -> None:
        """Record that the topic belongs to the owner. `replication` is for the topic of notes, if it has to be created."""
        told = {"stack": owner.stack, "stackId": owner.stack_id, "released": owner.is_released, "topicId": owner.topic_id}
        self._notes.write({topic: json.dumps(told).encode()}, _noting(topic), replication=replication)

    def release(self, topic: str) -> None:
        """Record that the topic was deleted and belongs to nobody."""
        self._notes.write({topic: None}, _noting(topic))


def _noting(topic: str) -> str:
    return f"noting whose topic {topic} is"


def _owner(_topic: str, note: bytes) -> TopicOwner | None:
    try:
        told = json.loads(note)
        return TopicOwner(
            stack=str(told["stack"]),
            stack_id=str(told["stackId"]),
            is_released=told.get("released") is True,
            topic_id=str(told.get("topicId") or ""),
        )
    except (ValueError, KeyError, TypeError):
        return None
