"""A third platform, for tests: everything runs nowhere. It is all that a new platform is made of, but for its line in the registry."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pulumi

from components.access import Access, DirectAccess
from components.endpoints import Endpoints
from components.platform import PlatformResources
from components.promotion_history import Promotion
from components.providers.stack_identity import Identity
from components.stack_state import OwnState
from flinksql.sql import Bundle
from platforms.base import Platform
from platforms.finding import Finding
from platforms.health import ServiceHealth
from platforms.state import StackOnDisk

NAME = "drawing-board"
GIVEN = {"gateway_url": "http://board:8083", "jobmanager_url": "http://board:8081", "kafka_bootstrap": "board:9092"}


class Lines:
    """One line of the only service."""

    poll_seconds = 0.01

    def read(self) -> Iterator[tuple[str, str]]:
        yield "pencil", "drawn"


class DrawingBoard(Platform):
    """Declares an identity and nothing else."""

    name: ClassVar[str] = NAME

    def endpoints(self) -> Endpoints:
        return Endpoints(
            kafka_bootstrap=GIVEN["kafka_bootstrap"],
            kafka_from_here=GIVEN["kafka_bootstrap"],
            gateway_url=GIVEN["gateway_url"],
            jobmanager_url=GIVEN["jobmanager_url"],
            model_url="http://board:8080",
            checkpoints_folder="/board",
            is_own_broker=False,
        )

    def declare(self, bundle: Bundle, state: OwnState, promotion: Promotion | None = None) -> PlatformResources:  # noqa: ARG002
        identity = Identity(f"flink-reviews/{pulumi.get_stack()}", state.stack_id, promotion=promotion)
        return PlatformResources(
            endpoints=self.endpoints(), stack_id=state.stack_id, services=("pencil",), broker=(identity,), ready=(identity,)
        )

    def exports(
        self,
        bundle: Bundle,  # noqa: ARG002
        resources: PlatformResources,  # noqa: ARG002
        hashes: Mapping[str, pulumi.Input[str]],
    ) -> Mapping[str, Any]:
        return {"board": sorted(hashes)}

    def connect(self, outputs: Mapping[str, Any] | None = None) -> Access:  # noqa: ARG002
        return DirectAccess(GIVEN, lambda _reference: "")

    def parser(self) -> None:
        return None

    def checks(self, stack: StackOnDisk) -> list[Finding]:
        return [Finding(subject="board", ok=True, what=f"{stack.name} can be drawn")]

    def services(self, outputs: Mapping[str, Any]) -> tuple[ServiceHealth, ...]:
        return tuple(
            ServiceHealth(name=name, state="DRAWN", process_id=None, uptime_seconds=None, ready=True) for name in outputs["services"]
        )

    def logs(self, service: str, lines: int) -> Lines:  # noqa: ARG002
        return Lines()
