"""What Strimzi's Topic Operator 1.2.0 does with KafkaTopics, as far as topics come and go by it. A look at all of them at a time.

A KafkaTopic without its finalizer gets it. One that is being deleted takes its topic along, unless `strimzi.io/managed` is `false`, and
then loses the finalizer. A topic is made, and grown, never shrunk; of one that is not managed nothing is touched.
"""

from collections.abc import Callable, Iterable
from typing import Any

FINALIZER = "strimzi.io/topic-operator"
MANAGED = "strimzi.io/managed"


class TopicOperator:
    """`topics` are the partitions of each topic on the broker, by its name."""

    def __init__(self, topics: dict[str, int]) -> None:
        self.topics = topics

    def reconcile(self, kafka_topics: Iterable[dict[str, Any]], gone: Callable[[str], object]) -> None:
        """Bring the topics to what the KafkaTopics say. `gone` is called with the name of one whose last finalizer was taken off."""
        for one in list(kafka_topics):
            metadata = one["metadata"]
            finalizers = metadata.setdefault("finalizers", [])
            if metadata.get("deletionTimestamp"):
                if FINALIZER in finalizers:
                    if is_managed(one):
                        self.topics.pop(topic_of(one), None)
                    finalizers.remove(FINALIZER)
                if not finalizers:
                    gone(str(metadata["name"]))
            elif is_managed(one):
                if FINALIZER not in finalizers:
                    finalizers.append(FINALIZER)
                self._make(one)
            else:
                self._say(one, "Unmanaged", "True")

    def _make(self, one: dict[str, Any]) -> None:
        wanted, there = int(one["spec"]["partitions"]), self.topics.get(topic_of(one), 0)
        if wanted < there:
            self._say(one, "Ready", "False", "NotSupported")
            return
        self.topics[topic_of(one)] = wanted
        self._say(one, "Ready", "True")

    def _say(self, one: dict[str, Any], condition: str, status: str, reason: str = "") -> None:
        generation = one["metadata"].get("generation", 1)
        one["status"] = {"observedGeneration": generation, "conditions": [{"type": condition, "status": status, "reason": reason}]}


def is_managed(one: dict[str, Any]) -> bool:
    """Tell whether the operator may touch the topic: everything but the word `false` lets it."""
    return str((one["metadata"].get("annotations") or {}).get(MANAGED)) != "false"


def topic_of(one: dict[str, Any]) -> str:
    """Return the topic's name: the spec's, else the object's own."""
    return str(one["spec"].get("topicName") or one["metadata"]["name"])
