"""The external platform: statements and topics on a Flink and a Kafka that somebody else runs."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Never

from platforms.base import Platform
from platforms.errors import PlatformError, Reason
from platforms.finding import Finding

if TYPE_CHECKING:
    import pulumi

    from components.access import Access
    from components.endpoints import Endpoints
    from components.platform import PlatformResources
    from components.promotion_history import Promotion
    from components.stack_state import OwnState
    from flinksql.sql import Bundle
    from flinksql.statement import Definition
    from platforms.health import ServiceHealth
    from platforms.state import Recorded, StackOnDisk


class ExternalPlatform(Platform):
    """Nothing of it is started, changed or ended here but the stack's own jobs and topics."""

    name: ClassVar[str] = "external"

    def endpoints(self) -> "Endpoints":
        """Return the addresses of the settings."""
        from platforms.external.endpoints import external_endpoints  # noqa: PLC0415

        return external_endpoints(self.settings)

    def require_capacity(self, bundle: "Bundle", definitions: "Mapping[str, Definition]") -> None:
        """Refuse a bundle that calls a model where none is named, and jobs that find no free slots."""
        from platforms.external.capacity import require_model, require_slots  # noqa: PLC0415

        require_model(self.settings, bundle)
        require_slots(self.connect(), definitions)

    def declare(self, bundle: "Bundle", state: "OwnState", promotion: "Promotion | None" = None) -> "PlatformResources":
        """Declare the stack's identity, after a look at everything that others must provide."""
        from platforms.external.declaration import declare_platform  # noqa: PLC0415

        return declare_platform(self, bundle, state, promotion)

    def exports(
        self,
        bundle: "Bundle",  # noqa: ARG002
        resources: "PlatformResources",
        hashes: "Mapping[str, pulumi.Input[str]]",  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Return the id by which the stack knows its jobs."""
        from components.connection import STACK_ID  # noqa: PLC0415

        return {STACK_ID: resources.stack_id}

    def connect(self, outputs: Mapping[str, Any] | None = None) -> "Access":
        """Return the access with the settings' credentials."""
        if self.settings.external.in_cluster:
            from platforms.external.in_cluster import AccessInCluster  # noqa: PLC0415

            return AccessInCluster(self.settings, outputs)
        from platforms.external.access import ExternalAccess  # noqa: PLC0415

        return ExternalAccess(self.settings, outputs)

    def obstacles(self) -> list[Finding]:
        """Look at what others must provide."""
        from platforms.external.prerequisites import unmet  # noqa: PLC0415

        return unmet(self.settings, self.connect())

    def checks(self, stack: "StackOnDisk") -> Iterable[Finding]:
        """Look at what others must provide, and say what is right too."""
        from platforms.external.checks import check_platform  # noqa: PLC0415

        return check_platform(self, stack)

    @property
    def asks_model_server(self) -> bool:
        """What Flink's processes reach is not known here."""
        return False

    def services(self, outputs: Mapping[str, Any]) -> "tuple[ServiceHealth, ...]":
        """Look whether SQL Gateway and JobManager answer; of their processes nothing is known."""
        from platforms.external.health import observe_services  # noqa: PLC0415

        return observe_services(self.connect(outputs))

    def logs(self, service: str, lines: int) -> Never:  # noqa: ARG002
        """Say where the logs are."""
        where = self.settings.external.stack
        advice = (
            f"they are of stack {where}: `python -m console --stack {where.rpartition('/')[2]} logs`"
            if where
            else f"ask who runs it, or open its UI at {self.settings.external.job_manager_url}; `status` shows why a job failed"
        )
        raise PlatformError("the logs of a Flink that somebody else runs are not reachable from here", advice=advice, reason=Reason.USAGE)

    def left_after_down(self, recorded: "Recorded | None") -> str:  # noqa: ARG002
        """Name what stays."""
        return (
            f"no job of it is left; the Flink at {self.settings.external.job_manager_url}, its other jobs and other topics are as they were"
        )
