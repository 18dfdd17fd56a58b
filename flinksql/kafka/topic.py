"""What a topic is, as wished for and as found."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic. `config` holds the settings that differ from the broker's defaults (`retention.ms`), values as Kafka writes them.

    `topic_id` is the broker's own id of a topic as found: another one of the same name has another. It is no part of a wish.
    """

    name: str
    partitions: int
    replication: int = 1
    config: Mapping[str, str] = field(default_factory=dict)
    topic_id: str = field(default="", compare=False)
