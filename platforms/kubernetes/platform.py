"""The Kubernetes platform: Kafka, Flink and the model in a namespace of a cluster."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, Never

from platforms.base import LogTails, Platform, Say
from platforms.errors import PlatformError, Reason
from platforms.finding import Finding

if TYPE_CHECKING:
    import pulumi

    from cluster.api_server import ApiServer
    from components.access import Access
    from components.endpoints import Endpoints
    from components.platform import PlatformResources
    from components.promotion_history import Promotion
    from components.stack_state import OwnState
    from flinksql.flink.transport import Endpoint
    from flinksql.sql import Bundle
    from platforms.drift import DriftCheck
    from platforms.health import ServiceHealth
    from platforms.run_watch import RunWatch
    from platforms.state import Recorded, StackOnDisk
    from settings import Settings


class KubernetesPlatform(Platform):
    """Everything is an object of the namespace; this machine reaches it through the API server."""

    name: ClassVar[str] = "kubernetes"
    needs_plugins: ClassVar[bool] = True
    comes_up_later: ClassVar[bool] = True
    runs_in_images: ClassVar[bool] = True

    def require_usable(self, stack: str) -> None:  # noqa: ARG002
        """Refuse a context that nobody meant."""
        from platforms.kubernetes.prerequisites import require_deployable  # noqa: PLC0415

        require_deployable(self.settings)

    def endpoints(self) -> "Endpoints":
        """Return the addresses of services."""
        from components.endpoints import kubernetes_endpoints  # noqa: PLC0415

        return kubernetes_endpoints(self.settings)

    def declare(
        self,
        bundle: "Bundle",
        state: "OwnState",
        promotion: "Promotion | None" = None,
    ) -> "PlatformResources":
        """Declare the namespace and what lies in it, after a look at everything that it would change."""
        from platforms.kubernetes.declaration import declare_platform  # noqa: PLC0415

        return declare_platform(self.settings, bundle, state, promotion)

    def exports(self, bundle: "Bundle", resources: "PlatformResources", hashes: "Mapping[str, pulumi.Input[str]]") -> Mapping[str, Any]:
        """Return where the stack lies, and what the next stage may take over."""
        from platforms.kubernetes.exports import cluster_exports  # noqa: PLC0415

        return cluster_exports(self.settings, bundle, resources, hashes)

    def hosted(self) -> "Settings":
        """Return the namespace, and the addresses in it."""
        from platforms.kubernetes.hosting import hosted  # noqa: PLC0415

        return hosted(self.settings)

    def connect(self, outputs: Mapping[str, Any] | None = None) -> "Access":
        """Return the access through the API server."""
        from platforms.kubernetes.access import KubernetesAccess  # noqa: PLC0415

        return KubernetesAccess(self.settings, outputs)

    def parser(self) -> "Endpoint | None":
        """Return the SQL Gateway; None for a kubeconfig that cannot be used."""
        from cluster.errors import ClusterError  # noqa: PLC0415

        try:
            return self.connect().gateway
        except ClusterError:
            return None

    def obstacles(self) -> list[Finding]:
        """Ask the API server for its version."""
        from platforms.kubernetes.checks import require_cluster  # noqa: PLC0415

        require_cluster(self.settings)
        return []

    def checks(self, stack: "StackOnDisk") -> Iterable[Finding]:
        """Look at Docker, registry, plugins and cluster."""
        from platforms.kubernetes.checks import check_platform  # noqa: PLC0415

        return check_platform(stack, self.settings)

    @property
    def asks_model_server(self) -> bool:
        """A model server in the cluster has no address here."""
        return not self.settings.kubernetes.model_server.deployed

    def services(self, outputs: Mapping[str, Any]) -> "tuple[ServiceHealth, ...]":
        """Look at the pods of each workload, and at the room for Flink's state."""
        from platforms.kubernetes.health import observe_pods  # noqa: PLC0415
        from platforms.kubernetes.state_volume import full_state_volume  # noqa: PLC0415

        found = observe_pods(self._api_server(), self.settings.kubernetes.cluster.namespace, outputs.get("services") or ())
        return (*found, *full_state_volume(self.settings))

    def logs(self, service: str, lines: int) -> LogTails:
        """Return the logs of pods."""
        from platforms.kubernetes.pod_logs import PodTails  # noqa: PLC0415

        tails = PodTails(self._api_server(), self.settings.kubernetes.cluster.namespace, service, lines)
        tails.require()
        return tails

    def ledger(self) -> Never:
        """Say how the volume is looked into."""
        namespace = self.settings.kubernetes.cluster.namespace
        raise PlatformError(
            "the ledger lies on a volume in the cluster",
            advice=f"kubectl -n {namespace} exec deployment/model-gateway -- python -m modelgateway.answers /ledger/ledger.sqlite 20",
            reason=Reason.USAGE,
        )

    def forward(self, opened: ExitStack, complain: Say) -> dict[str, str]:
        """Open the pages through port-forwards."""
        from platforms.kubernetes.forward import open_pages  # noqa: PLC0415

        return open_pages(self.settings, opened, complain)

    @classmethod
    def page_advice(cls, stack: str) -> str:
        """Name the command that opens the pages."""
        return f"`python -m console --stack {stack} forward` brings its pages to this machine: Flink, AKHQ, SQL Gateway"

    def roles(self, stack: str, subject: Mapping[str, str] | None) -> str:
        """Return Role and ClusterRole."""
        from platforms.kubernetes.roles import roles_file  # noqa: PLC0415

        return roles_file(self.settings, stack, subject)

    def run_watch(self) -> "RunWatch":
        """Watch what the engine waits for: the Kubernetes provider says nothing until its time is over."""
        from cluster.diagnosis.subject import Kind, Subject  # noqa: PLC0415
        from cluster.names import SESSION_CLUSTER  # noqa: PLC0415
        from platforms.kubernetes.run_watch import ClusterWatch  # noqa: PLC0415

        namespace = self.settings.kubernetes.cluster.namespace
        session = Subject(kind=Kind.FLINK_DEPLOYMENT, namespace=namespace, name=SESSION_CLUSTER)
        return ClusterWatch(self._api_server, session)

    def drift_check(self, stack: str) -> "DriftCheck":
        """Compare the cluster's objects with the state, which the engine only remembers."""
        from platforms.kubernetes.drift import ClusterDrift  # noqa: PLC0415

        return ClusterDrift(self._api_server, stack, self.settings.kubernetes.cluster.namespace)

    def require_own(self, stack: "StackOnDisk") -> None:
        """Refuse to remove objects that bear another stack's mark by now."""
        from platforms.kubernetes.before_down import require_own  # noqa: PLC0415

        require_own(stack, self.settings)

    def left_after_down(self, recorded: "Recorded | None") -> str:
        """Name the volumes that are kept."""
        from platforms.kubernetes.after_down import is_foreign, left_in_cluster  # noqa: PLC0415

        return left_in_cluster(self.settings, is_foreign=is_foreign(recorded))

    def _api_server(self) -> "ApiServer":
        from cluster.api_server import connect  # noqa: PLC0415

        where = self.settings.kubernetes.cluster
        return connect(where.context, where.kubeconfig)
