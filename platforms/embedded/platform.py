"""The embedded platform: Kafka, Flink and the model as processes on this machine."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from platforms.base import LogTails, Platform, Say
from platforms.finding import Finding

if TYPE_CHECKING:
    from components.access import Access
    from components.endpoints import Endpoints
    from components.platform import PlatformResources
    from components.promotion_history import Promotion
    from components.stack_state import OwnState
    from flinksql.sql import Bundle
    from platforms.health import ServiceHealth
    from platforms.state import StackOnDisk
    from settings import Settings


class EmbeddedPlatform(Platform):
    """Everything is a process or a file below the data folder."""

    name: ClassVar[str] = "embedded"
    ends_with_processes: ClassVar[bool] = True
    has_fixed_slots: ClassVar[bool] = True

    def require_usable(self, stack: str) -> None:
        """Refuse a data folder in which another stack runs."""
        from platforms.embedded.own_folder import require_own_folder  # noqa: PLC0415

        require_own_folder(self.settings, stack)

    def endpoints(self) -> "Endpoints":
        """Return addresses on the loopback interface."""
        from components.endpoints import embedded_endpoints  # noqa: PLC0415

        return embedded_endpoints(self.settings)

    def declare(self, bundle: "Bundle", state: "OwnState", promotion: "Promotion | None" = None) -> "PlatformResources":
        """Declare artifacts, supervisor and services."""
        from platforms.embedded.declaration import declare_platform  # noqa: PLC0415

        return declare_platform(self.settings, bundle, state, promotion)

    def hosted(self) -> "Settings":
        """Return the addresses, and the certificate and folders of the data folder."""
        from platforms.embedded.hosting import hosted  # noqa: PLC0415

        return hosted(self.settings)

    def connect_to_stage(self, outputs: Mapping[str, Any]) -> "Access":
        """Return the access over the loopback interface: both stacks are on this machine."""
        return self.connect(outputs)

    def connect(self, outputs: Mapping[str, Any] | None = None) -> "Access":
        """Return the access over the loopback interface."""
        from platforms.embedded.access import EmbeddedAccess  # noqa: PLC0415

        return EmbeddedAccess(self.settings, outputs)

    def obstacles(self) -> list[Finding]:
        """Look at ports, memory and disk."""
        from platforms.embedded.checks import in_the_way  # noqa: PLC0415

        return in_the_way(self.settings)

    def checks(self, stack: "StackOnDisk") -> Iterable[Finding]:  # noqa: ARG002
        """Look at this machine, and at what ended by itself."""
        from platforms.embedded.checks import check_machine  # noqa: PLC0415

        return check_machine(self.settings)

    def services(self, outputs: Mapping[str, Any]) -> "tuple[ServiceHealth, ...]":
        """Look at each process."""
        from platforms.embedded.health import observe_services  # noqa: PLC0415

        return observe_services(self.settings.embedded, self.connect(outputs).quick_jobmanager())

    def logs(self, service: str, lines: int) -> LogTails:
        """Return the files in the data folder's `logs`."""
        from platforms.embedded.logs import FileTails  # noqa: PLC0415

        return FileTails(self.settings.data_folder / "logs", service, lines)

    def ledger(self) -> Path:
        """Return the file in the data folder."""
        from embedded.model import ledger_file  # noqa: PLC0415

        return ledger_file(self.settings.embedded.folder)

    @classmethod
    def end_processes(cls, data_folder: Path, say: Say) -> int:
        """End what runs in the data folder."""
        from platforms.embedded.down import end_processes  # noqa: PLC0415

        return end_processes(data_folder, say)

    @classmethod
    def remove_topics(cls, data_folder: Path, topics: frozenset[str], say: Say) -> None:
        """Remove the broker's folder where only the stack's topics are in it."""
        from platforms.embedded.down import remove_topics  # noqa: PLC0415

        remove_topics(data_folder, topics, say)
