"""Flink SQL statements, topics and what they stand on, as Pulumi resources for any program.

One noun a file; dynamic providers are thin. What a program needs is imported from here. Names are loaded when they are used, so that a
program pays for what it declares.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.connection import Connection, SecretRef
    from components.definitions import define
    from components.pipeline import Pipeline, PipelineArgs
    from components.providers.statement import Statement
    from components.providers.topic import Topic
    from flinksql.kafka.topic import Topic as TopicArgs
    from flinksql.statement import Definition

_PLACES = {
    "Connection": "components.connection",
    "Definition": "flinksql.statement",
    "Pipeline": "components.pipeline",
    "PipelineArgs": "components.pipeline",
    "SecretRef": "components.connection",
    "Statement": "components.providers.statement",
    "Topic": "components.providers.topic",
    "define": "components.definitions",
}

__all__ = ["Connection", "Definition", "Pipeline", "PipelineArgs", "SecretRef", "Statement", "Topic", "TopicArgs", "define"]


def __getattr__(name: str) -> object:
    """Load a name when it is first used."""
    if name == "TopicArgs":
        return import_module("flinksql.kafka.topic").Topic
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
