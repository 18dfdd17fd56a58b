"""A topic as wanted and as found, and the change from one to the other. Pure: the broker is not asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flinksql.kafka.errors import PermanentTopicError, RefusedChangeError


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


_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
"""Kafka's own rule for a topic's name."""
_PARTITIONS, _REPLICATION = 100_000, 10_000
"""What the client library can ask for; a broker's own limits are lower."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """The steps, in the order in which they are taken. A change without steps is false.

    `partitions` is the number to grow to, or None. `unset` are settings that go back to the broker's default.
    """

    create: bool = False
    partitions: int | None = None
    set: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.create or self.partitions is not None or bool(self.set) or bool(self.unset)

    @property
    def summary(self) -> str:
        """The change in words for a log line."""
        if self.create:
            return "create"
        steps = [f"grow to {self.partitions} partitions"] if self.partitions is not None else []
        steps += [f"set {key}={value}" for key, value in sorted(self.set.items())]
        steps += [f"unset {key}" for key in self.unset]
        return ", ".join(steps) or "nothing"


def plan(current: Topic | None, wanted: Topic) -> Change:
    """Return the change that turns a topic as found (None: it does not exist) into the wanted one.

    Another replication is accepted: it moves data between brokers and is the business of Kafka's own tools. Raises PermanentTopicError
    when the wish is no topic, and RefusedChangeError when it asks for fewer partitions.
    """
    check(wanted)
    if current is None:
        return Change(create=True)
    if wanted.partitions < current.partitions:
        raise RefusedChangeError(
            f"topic {wanted.name} has {current.partitions} partitions and is asked to have {wanted.partitions}: Kafka cannot take "
            f"partitions away. Ask for {current.partitions} or more, or give the topic another name"
        )
    return Change(
        partitions=wanted.partitions if wanted.partitions > current.partitions else None,
        set={key: value for key, value in wanted.config.items() if current.config.get(key) != value},
        unset=tuple(sorted(key for key in current.config if key not in wanted.config)),
    )


def check(wanted: Topic) -> None:
    """Raise PermanentTopicError when Kafka would never accept a topic like this one."""
    if _NAME.fullmatch(wanted.name) is None or wanted.name in {".", ".."}:
        raise PermanentTopicError(f"{wanted.name!r} is no name for a topic: 1 to 249 letters, digits, `.`, `_` and `-`")
    for what, number, most in (("partitions", wanted.partitions, _PARTITIONS), ("replication", wanted.replication, _REPLICATION)):
        if not 1 <= number <= most:
            raise PermanentTopicError(f"topic {wanted.name} is asked to have {what} {number}: it must be 1 to {most}")
