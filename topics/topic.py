"""What a topic is, as wished for and as found."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic. `config` holds the settings that differ from the broker's defaults (`retention.ms`), values as Kafka writes them."""

    name: str
    partitions: int
    replication: int = 1
    config: Mapping[str, str] = field(default_factory=dict)
