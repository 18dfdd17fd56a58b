"""Kafka, Flink and the model gateway as processes on this machine, each a tracked resource.

Needs: nothing but a data folder. Owns: jars, Java, the supervisor, five services; a sixth where llama.cpp answers, and a pulled model
where Ollama does. Tells: a `PlatformResources`.
"""

from dataclasses import replace

import pulumi

from components.endpoints import embedded_endpoints
from components.names import EMBEDDED_PLATFORM, EMBEDDED_PLATFORM_TYPE, stack_mark
from components.platform import PlatformResources
from components.providers.artifacts import Artifacts
from components.providers.service import Service
from components.providers.stack_identity import Identity
from components.providers.supervisor import Supervisor
from components.stack_state import OwnState
from embedded.model import upstream
from embedded.services import services_of
from embedded.specification import ServiceName
from options.model import ModelKind
from settings import Settings

_ORDER = (
    ServiceName.KAFKA,
    ServiceName.JOB_MANAGER,
    ServiceName.SQL_GATEWAY,
    ServiceName.MODEL_GATEWAY,
    ServiceName.TASK_MANAGER,
    ServiceName.MODEL_SERVER,
    ServiceName.FLINK_UI,
)
"""Under an official launcher Pulumi runs four dynamic resources at a time: the TaskManager waits for the JobManager anyway."""


class EmbeddedResources(pulumi.ComponentResource):
    """The services start together as soon as there is something to start, and stop before the supervisor does."""

    platform: PlatformResources

    def __init__(self, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(EMBEDDED_PLATFORM_TYPE, EMBEDDED_PLATFORM, {}, opts)
        embedded = settings.embedded
        artifacts = Artifacts(embedded, opts=pulumi.ResourceOptions(parent=self))
        # Where a jar or Java cannot be had, no process is started at all.
        supervisor = Supervisor(embedded, opts=pulumi.ResourceOptions(parent=self, depends_on=[artifacts]))
        below = pulumi.ResourceOptions(parent=self, depends_on=[supervisor, artifacts])
        services = {service: Service(service, embedded, opts=below) for service in _ORDER if service in services_of(embedded)}
        models: list[pulumi.Resource] = []
        if embedded.model.kind is ModelKind.OLLAMA:
            # Ollama's client takes a fifth of a second to load: only for those who have one.
            from components.providers.model import Model  # noqa: PLC0415

            models = [Model(embedded.model.name, upstream(embedded), opts=pulumi.ResourceOptions(parent=self))]
        self.platform = PlatformResources(
            endpoints=embedded_endpoints(settings),
            services=tuple(str(service) for service in services_of(embedded)),
            broker=(services[ServiceName.KAFKA],),
            planner=(services[ServiceName.SQL_GATEWAY],),
            ready=(*services.values(), *models),
        )
        self.register_outputs({"services": list(self.platform.services)})


def declare_platform(settings: Settings, state: OwnState) -> PlatformResources:
    """Declare the processes, and the identity that everything on the broker bears."""
    resources = EmbeddedResources(settings).platform
    identity = Identity(stack_mark(pulumi.get_stack()), state.stack_id)
    return replace(resources, broker=(*resources.broker, identity), stack_id=state.stack_id)
