"""What a topic is to be, under the name that a program imports."""

from flinksql.kafka.topic import Topic as TopicArgs

__all__ = ["TopicArgs"]
