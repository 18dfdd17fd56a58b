"""The pipeline of this project's own stacks: what its settings and its platform make of a bundle."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.bundle_topics import is_public, owned_topics, topic_manifest, topic_partitions
from components.names import DETAILS, PIPELINE, job_name, stack_mark
from components.pipeline import Below, Pipeline, PipelineArgs, WholeStack
from components.platform import PlatformResources
from components.stack_state import OwnState
from flinksql.sql import Bundle, definition_hash
from flinksql.statement import Definition, Kind
from platforms.registry import platform_class
from settings import Settings, SettingsError

_PARALLELISM = "parallelism.default"


class OwnPipeline(Pipeline):
    """The bundle of the settings above the platform's resources."""

    def __init__(self, settings: Settings, bundle: Bundle, resources: PlatformResources, state: OwnState) -> None:
        self._settings = settings
        self._services = list(resources.services)
        stack = pulumi.get_stack()
        where = resources.endpoints
        args = PipelineArgs(
            source=bundle,
            connection=resources.connection,
            kafka_bootstrap=where.kafka_bootstrap,
            topics=owned_topics(settings, bundle, where),
            delete_data=settings.topics.delete_on_destroy,
            same_planner=resources.same_planner,
            below=Below(broker=resources.broker, planner=resources.planner, ready=resources.ready),
            definitions=definitions(settings, bundle, stack),
            whole_stack=WholeStack(mark=stack_mark(stack), stack_id=resources.stack_id, state=state),
            follow_topic=resources.follow_topic,
            outputs={"bundle": bundle.name},
        )
        super().__init__(PIPELINE, args)

    def details(self) -> Mapping[str, Any]:
        """Return what is too long for the stack's own outputs. Only `jobId` is unknown before an update."""
        return {
            DETAILS: {
                "services": self._services,
                "topics": {name: _about_topic(self._settings, self.bundle, name) for name in self.topics},
                "statements": {
                    name: {
                        "kind": str(definition.statement.kind),
                        "jobName": definition.job_name,
                        "jobId": self.statements[name].job_id,
                        "definitionHash": definition_hash(definition),
                        "running": definition.policy.running,
                    }
                    for name, definition in self.definitions.items()
                },
            }
        }


def _about_topic(settings: Settings, bundle: Bundle, name: str) -> dict[str, Any]:
    """Return what readers of the stack's outputs may know of a topic. `public` and `external` stand there where they hold."""
    declared = topic_manifest(bundle, name)
    known: dict[str, Any] = {"partitions": topic_partitions(settings, bundle, name)} if declared.owned else {"external": True}
    return known | ({"public": True} if is_public(bundle, name) else {})


_LISTED = 12
"""So many jobs are named in a message; of a bundle of hundreds a list says nothing."""


def _takes_slots(definition: Definition) -> bool:
    return definition.statement.kind is not Kind.CATALOG_OBJECT and definition.policy.running


def definitions(settings: Settings, bundle: Bundle, stack: str) -> dict[str, Definition]:
    """Return the definition of each statement in the order of their dependencies.

    Raises SettingsError when the jobs need more slots than there are, where TaskManagers do not come on demand.
    """
    made = {
        statement.name: bundle.definition(statement.name, _job_name(bundle, statement.name, stack), _options(settings, statement.kind))
        for statement in bundle.statements
    }
    needed = {name: int(one.options[_PARALLELISM]) for name, one in made.items() if _takes_slots(one)}
    total = sum(needed.values())
    if platform_class(settings.platform).has_fixed_slots and total > settings.flink.task_slots:
        largest = sorted(needed.items(), key=lambda one: (-one[1], one[0]))
        others = f", {len(largest) - _LISTED} others" if len(largest) > _LISTED else ""
        listing = ", ".join(f"{name} {number}" for name, number in largest[:_LISTED]) + others
        problem = f"flink.taskSlots is {settings.flink.task_slots}: the jobs of bundle {bundle.name} need {total} ({listing})"
        raise SettingsError([f"{problem}. Set it with `pulumi config set flink.taskSlots {total}`"])
    return made


def _job_name(bundle: Bundle, name: str, stack: str) -> str:
    """Return what Flink knows the job by: the name that its file had when it was first started."""
    return job_name(stack, bundle.header(name).policy.renamed_from or name)


def _options(settings: Settings, kind: Kind) -> dict[str, str]:
    """Return the submission options of a job: the gateway takes them from here, the cluster's own configuration does not reach it."""
    if kind is Kind.CATALOG_OBJECT:
        return {}
    return {
        "execution.checkpointing.interval": f"{settings.flink.checkpoint_interval_seconds} s",
        _PARALLELISM: str(settings.flink.parallelism),
    }
