"""What checks of a stack are run with: its gateway and its broker, and its tables as they were deployed."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from cluster.errors import ClusterError
from components.access import Access
from components.names import STATEMENT_TYPE
from components.providers.definitions import definition_of
from console.project import Project
from console.stack_outputs import stack_state
from flinksql.data_checks import CheckRunner
from flinksql.data_checks.bounded import Partitions
from flinksql.diagnosis.evidence import topics_named
from flinksql.diagnosis.snapshot import Partition
from flinksql.kafka.errors import TopicError
from flinksql.kafka.positions import BrokerPositions
from flinksql.sql import JOB_NAME
from flinksql.statement import Definition, Kind
from platforms.registry import platform_running
from platforms.secret_values import secret_of

_BOOTSTRAP = "properties.bootstrap.servers"


@contextmanager
def check_runner(project: Project, outputs: Mapping[str, Any]) -> Iterator[CheckRunner]:
    """Give what runs checks of a stack that is up. Raises ConsoleError, SettingsError, or ClusterError for an unusable kubeconfig."""
    settings = project.settings()
    platform = platform_running(outputs, settings)
    way = platform.connect(outputs)
    deployed = _catalog_objects(project)
    parameters = {name: value for one in deployed.values() for name, value in one.parameters.items() if name != JOB_NAME}
    own = {way.flink_kafka_bootstrap, way.kafka_bootstrap, parameters.get("kafka_bootstrap")}
    with _positions(way) as positions:

        def partitions(options: Mapping[str, str]) -> Partitions:
            return positions.of if positions and options.get(_BOOTSTRAP) in own and topics_named(options) else lambda _topic: None

        yield CheckRunner(
            gateway=way.gateway,
            jobmanager=way.quick_jobmanager(),
            stack=project.stack,
            deployed=deployed,
            parameters=parameters,
            secrets=secret_of(settings),
            partitions=partitions,
            on_demand=not platform.has_fixed_slots,
        )


def _catalog_objects(project: Project) -> dict[str, Definition]:
    state = stack_state(project)
    found = [definition_of(dict(one.outputs)) for one in (state.resources if state else ()) if one.kind == STATEMENT_TYPE]
    return {one.name: one for one in found if one.statement.kind is Kind.CATALOG_OBJECT}


class _Positions:
    """Partitions of topics, as the broker has them when it is asked. One that is not reached from here is not asked."""

    def __init__(self, broker: BrokerPositions) -> None:
        self._broker = broker

    def of(self, topic: str) -> Mapping[int, Partition] | None:
        try:
            return self._broker.topics([topic])[topic].partitions or None
        except TopicError:
            return None


@contextmanager
def _positions(way: Access) -> Iterator[_Positions | None]:
    """Give the broker as this machine reaches it; None where it does not, for then Flink asks it."""
    with ExitStack() as held:
        try:
            bootstrap = held.enter_context(way.broker())
        except (ClusterError, TopicError):
            bootstrap = ""
        yield _Positions(BrokerPositions(bootstrap, way.kafka_options)) if bootstrap else None
