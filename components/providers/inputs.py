"""What a change of each input of each resource means, as data: an input without a class fails a test."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Change(StrEnum):
    """What becomes of a resource whose input changed."""

    IN_PLACE = "in place"
    """The resource stays; what runs is adjusted or nothing has to be done."""
    UPGRADE = "upgrade"
    """A job is stopped with a savepoint and goes on from it under the new definition; what Flink would run decides, not the text."""
    REPLACE = "replace"
    """The old resource is removed before the new one is made: both would have the same name outside."""
    REJECTED = "rejected"
    """The change is refused before anything is touched."""
    PAUSED = "while paused"
    """The change is refused while jobs run, and has a way that works when they are stopped."""
    NO_EFFECT = "no effect"
    """Nothing has to be done: no difference is shown, and what is known stays as it was."""


STATEMENT: Mapping[str, Change] = MappingProxyType(
    {
        "name": Change.IN_PLACE,
        "kind": Change.REPLACE,
        "job_name": Change.REPLACE,
        "text": Change.UPGRADE,
        "closure": Change.UPGRADE,
        "built_on": Change.NO_EFFECT,
        "beside": Change.NO_EFFECT,
        "revision": Change.NO_EFFECT,
        "parameters": Change.UPGRADE,
        "options": Change.UPGRADE,
        "file": Change.NO_EFFECT,
        "written": Change.NO_EFFECT,
        "policy": Change.IN_PLACE,
        "connection": Change.IN_PLACE,
        "topics": Change.NO_EFFECT,
    }
)
"""`built_on` has the digests of what `closure` has the texts of, for people. `beside` names the jobs of the bundle: by it a renamed one is
known. `written` is the file's text where `text` was made from it. `revision` names a deployment: the check draws it.
The name alone changes with `renamed_from`; a job that Flink would know by another one is another job. `connection` is where Flink
is reached: another one touches no job. `topics` are those that a job reads or writes: they decide whether its state still counts when a
teardown was interrupted.
"""

POLICY: Mapping[str, Change] = MappingProxyType(
    {
        "upgrade_mode": Change.IN_PLACE,
        "allow_state_reset": Change.IN_PLACE,
        "running": Change.IN_PLACE,
        "health_window_seconds": Change.IN_PLACE,
        "delete_mode": Change.IN_PLACE,
        "adopt_job": Change.REJECTED,
        "restore_from": Change.REJECTED,
        "renamed_from": Change.IN_PLACE,
    }
)
"""The parts of a statement's `policy`: no change of one makes another job. Taking `adopt_job` away is in place.

Taking `renamed_from` away is rejected where `job_name` would change with it. `restore_from` is rejected for a job that runs; taken away,
or used once, it is no change.
"""

TOPIC: Mapping[str, Change] = MappingProxyType(
    {
        "topic": Change.REPLACE,
        "partitions": Change.IN_PLACE,
        "replication": Change.NO_EFFECT,
        "config": Change.IN_PLACE,
        "delete_data": Change.IN_PLACE,
        "written": Change.NO_EFFECT,
        "external": Change.IN_PLACE,
        "stack": Change.NO_EFFECT,
        "stack_id": Change.NO_EFFECT,
        "connection": Change.IN_PLACE,
    }
)
"""Fewer partitions are rejected: that depends on the value, not on the input. `replication` counts when the topic is made.

`external` is there where it is true: the topic is looked at and never touched.
"""

ORPHANED_JOBS: Mapping[str, Change] = MappingProxyType(
    {
        "stack": Change.NO_EFFECT,
        "declared": Change.NO_EFFECT,
        "recorded": Change.NO_EFFECT,
        "successors": Change.NO_EFFECT,
        "connection": Change.IN_PLACE,
    }
)
"""What runs in Flink decides, not an input: a job of the stack that nobody claims is a difference."""

ORPHANED_TOPICS: Mapping[str, Change] = MappingProxyType(
    {
        "stack": Change.NO_EFFECT,
        "stack_id": Change.NO_EFFECT,
        "claimed": Change.NO_EFFECT,
        "delete_data": Change.IN_PLACE,
        "connection": Change.IN_PLACE,
    }
)
"""`delete_data` counts when the stack goes."""

SERVICE: Mapping[str, Change] = MappingProxyType(
    {"service": Change.REPLACE, "data_folder": Change.REPLACE, "settings": Change.NO_EFFECT, "digest": Change.IN_PLACE}
)
"""`settings` holds those of all services; `digest` tells what of them this service is started with."""

ARTIFACTS: Mapping[str, Change] = MappingProxyType(
    {
        "data_folder": Change.REPLACE,
        "flink_line": Change.NO_EFFECT,
        "model_kind": Change.NO_EFFECT,
        "model_file": Change.NO_EFFECT,
        "jars": Change.NO_EFFECT,
        "digest": Change.IN_PLACE,
        "line_change": Change.NO_EFFECT,
    }
)
"""Each Flink line has jars of its own, so `digest` changes with it. An older line is rejected. `line_change` is there while it changes.

`digest` has the packages of a model server too, and the jars of the bundle.
"""

MODEL: Mapping[str, Change] = MappingProxyType({"model": Change.IN_PLACE, "endpoint": Change.IN_PLACE})

CUSTOM_RESOURCE_DEFINITION: Mapping[str, Change] = MappingProxyType(
    {
        "definition": Change.REPLACE,
        "version": Change.IN_PLACE,
        "digest": Change.IN_PLACE,
        "retain": Change.IN_PLACE,
        "context": Change.IN_PLACE,
        "kubeconfig": Change.IN_PLACE,
        "chart": Change.IN_PLACE,
    }
)
"""The last three are given by a program without this project's settings."""

FOUNDATION: Mapping[str, Change] = MappingProxyType(
    {
        "flink_line": Change.PAUSED,
        "state_root": Change.PAUSED,
        "kafka": Change.PAUSED,
        "namespace": Change.REJECTED,
        "storage_class": Change.REJECTED,
        "flink_storage": Change.REJECTED,
        "volume_access": Change.REJECTED,
        "ledger_storage": Change.REJECTED,
        "kafka_storage": Change.REJECTED,
        "kafka_nodes": Change.REJECTED,
        "model_storage": Change.REJECTED,
        "jobs": Change.REJECTED,
    }
)
"""What a stack in a cluster stands on: a changed setting that breaks what runs, or deletes data, without a word."""

IDENTITY_INPUTS: Mapping[str, Change] = MappingProxyType(
    {"stack": Change.IN_PLACE, "stack_id": Change.IN_PLACE, "accepted": Change.IN_PLACE, "promoted": Change.IN_PLACE}
)
"""`promoted` is there where the stack is promoted from another one. A change of it is remembered, and changes nothing else."""

NAMESPACE_CLAIM: Mapping[str, Change] = MappingProxyType(
    {
        "namespace": Change.REPLACE,
        "stack": Change.IN_PLACE,
        "stack_id": Change.IN_PLACE,
        "is_foreign": Change.IN_PLACE,
        "keep": Change.IN_PLACE,
        "taken": Change.IN_PLACE,
        "labels": Change.IN_PLACE,
        "annotations": Change.IN_PLACE,
    }
)

DESTROY_GUARD: Mapping[str, Change] = MappingProxyType({"stack": Change.IN_PLACE, "stack_id": Change.IN_PLACE, "objects": Change.IN_PLACE})

TOPIC_RELEASE: Mapping[str, Change] = MappingProxyType({"namespace": Change.REPLACE, "name": Change.REPLACE})
"""Which KafkaTopic it stands above."""

TENANTS: Mapping[str, Change] = MappingProxyType({"connection": Change.IN_PLACE})
"""What a platform is asked before it goes, where other stacks run their pipelines on it."""

SUPERVISOR: Mapping[str, Change] = MappingProxyType({"data_folder": Change.REPLACE})


def replaced(table: Mapping[str, Change], olds: Mapping[str, object], news: Mapping[str, object]) -> list[str]:
    """Return the inputs that differ and whose change replaces the resource."""
    return [name for name, change in table.items() if change is Change.REPLACE and olds.get(name) != news.get(name)]
