"""Whether a topic is the stack's own, by what its state recorded, and what is said of one that is not."""

from collections.abc import Collection, Iterable

from components.providers.properties import Properties, flag, text
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic


def is_recorded_as_own(state: Properties) -> bool:
    """Tell whether the state says that this stack made the topic. An earlier version recorded nothing, and its topics are its own."""
    return "owned" not in state or flag(state, "owned")


def is_own(state: Properties, found: Topic) -> bool:
    """Tell whether a topic is the one that this stack made: another one of its name, made by somebody since, is not."""
    return is_recorded_as_own(state) and text(state, "topic_id") in {"", found.topic_id}


def is_missing(topic: str) -> str:
    """Return what is said of an external topic that is not on the broker."""
    return (
        f"topic {topic} is external (`owned: false` in bundle.yaml) and the broker does not have it: whoever owns it must create it. If it "
        "is this stack's own, remove `owned: false`"
    )


def has_other_partitions(found: Topic, expected: int) -> str:
    """Return what is said of an external topic whose partitions the manifest has wrong."""
    return f"topic {found.name} is external and has {found.partitions} partitions; bundle.yaml says {expected}: write {found.partitions}"


def left_alone(found: Topic) -> str:
    """Return what is said of a foreign topic."""
    config = "".join(f", {key}={value}" for key, value in sorted(found.config.items()))
    return (
        f"Topic {found.name} is there and was not made by this stack: it is used as it is and left alone "
        f"({found.partitions} partitions, replication {found.replication}{config})."
    )


def belongs_to_another(topic: str, owner: TopicOwner, stack: str) -> str:
    """Return what is said of a topic that another stack made and this one, `stack`, would write into."""
    return (
        f"topic {topic} belongs to stack {owner.stack} (id {owner.stack_id}), and this stack would write into it: every record would be "
        "counted, and every answer paid for, twice. Give this stack's topics a prefix, for example "
        f"`pulumi config set topics.prefix {stack.rpartition('/')[2]}.`; if that stack is gone for good: "
        f"`pulumi config set kubernetes.takeOver {owner.stack_id}`"
    )


def namesake_of(stack: str, stack_id: str, owners: Iterable[TopicOwner], taken_over: Collection[str]) -> TopicOwner | None:
    """Return another stack of this one's name that has topics on the broker; one that went has released them."""
    others = (one for one in owners if one.stack == stack and one.stack_id != stack_id and not one.is_released)
    return next((one for one in others if one.stack_id not in taken_over), None)


def has_a_namesake(owner: TopicOwner) -> str:
    """Return what is said of a broker on which another stack of the same name has topics."""
    return (
        f"another stack named {owner.stack} (id {owner.stack_id}), with a state of its own, has topics on this broker: both would use the "
        "same consumer groups and transactional ids, and end each other's transactions. Give this stack another name; if that one is gone "
        f"for good: `pulumi config set kubernetes.takeOver {owner.stack_id}`"
    )
