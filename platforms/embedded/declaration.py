"""Kafka, Flink and the model gateway as processes on this machine, each a tracked resource.

Needs: nothing but a data folder. Owns: jars, Java, the supervisor, five services; one more where llama.cpp answers, where Flink's UI
needs a proxy and where there are metrics; a pulled model where Ollama answers. Tells: a `PlatformResources`.
"""

from collections.abc import Sequence
from dataclasses import replace

import pulumi

from components.bundle_jars import OTHER_PLANNER, locked_jars_of
from components.endpoints import embedded_endpoints
from components.names import EMBEDDED_PLATFORM, EMBEDDED_PLATFORM_TYPE, stack_mark
from components.platform import PlatformResources
from components.promotion_history import Promotion
from components.providers.artifacts import Artifacts
from components.providers.line_moves import plain_moves
from components.providers.service import Service
from components.providers.stack_identity import Identity
from components.providers.supervisor import Supervisor
from components.stack_state import OwnState
from embedded.jars import Jar
from embedded.model import upstream
from embedded.service_record import read_record
from embedded.services import services_of, specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.sql import Bundle, place_jars
from options.model import ModelKind
from platforms.embedded.line_change import LineChange, line_change
from settings import Settings

_ORDER = (
    ServiceName.KAFKA,
    ServiceName.JOB_MANAGER,
    ServiceName.SQL_GATEWAY,
    ServiceName.MODEL_GATEWAY,
    ServiceName.TASK_MANAGER,
    ServiceName.MODEL_SERVER,
    ServiceName.FLINK_UI,
    ServiceName.METRICS,
)
"""Under an official launcher Pulumi runs four dynamic resources at a time: the TaskManager waits for the JobManager anyway."""


class EmbeddedResources(pulumi.ComponentResource):
    """The services start together as soon as there is something to start, and stop before the supervisor does."""

    platform: PlatformResources

    def __init__(
        self, settings: Settings, *, jars: Sequence[Jar] = (), moves: LineChange | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(EMBEDDED_PLATFORM_TYPE, EMBEDDED_PLATFORM, {}, opts)
        embedded = replace(settings.embedded, jars=tuple(jars), stack=pulumi.get_stack())
        change = plain_moves(pulumi.get_stack(), moves.before, embedded, moves.moves) if moves else None
        artifacts = Artifacts(embedded, change, opts=pulumi.ResourceOptions(parent=self))
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
            same_planner=not (moves or (jars and _is_started_anew(embedded))),
        )
        self.register_outputs({"services": list(self.platform.services)})


def _is_started_anew(embedded: EmbeddedSettings) -> bool:
    """Tell whether the SQL Gateway runs with other settings or jars than are wanted."""
    running = read_record(embedded.folder, ServiceName.SQL_GATEWAY)
    return running is not None and running.digest != specification(ServiceName.SQL_GATEWAY, embedded).digest


def declare_platform(settings: Settings, bundle: Bundle, state: OwnState, promotion: Promotion | None) -> PlatformResources:
    """Declare the processes, and the identity that everything on the broker bears.

    The jars of functions are put where the SQL Gateway reads them, in a preview too: the planner loads their classes.
    """
    place_jars(bundle.jars, settings.embedded.folder.functions)
    moves = line_change(settings, bundle, state)
    resources = EmbeddedResources(settings, jars=locked_jars_of(settings, bundle), moves=moves).platform
    if not resources.same_planner and not moves and pulumi.runtime.is_dry_run():
        pulumi.log.info(OTHER_PLANNER)
    identity = Identity(stack_mark(pulumi.get_stack()), state.stack_id, promotion=promotion)
    return replace(resources, broker=(*resources.broker, identity), stack_id=state.stack_id)
