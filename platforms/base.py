"""What a platform is: where Kafka, Flink and the model run, and how commands and resources reach them.

A platform is a class in a folder of its own; `platforms.registry` is the only place that knows which there are. Its module imports little:
every command loads it, and the library for clusters alone takes most of a second. So methods import what they need.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from platforms.errors import PlatformError, Reason
from platforms.finding import Finding
from settings import Settings

if TYPE_CHECKING:
    import pulumi

    from components.access import Access
    from components.endpoints import Endpoints
    from components.platform import PlatformResources
    from components.promotion_history import Promotion
    from components.stack_state import OwnState
    from flinksql.flink.transport import Endpoint
    from flinksql.sql import Bundle
    from flinksql.statement import Definition
    from platforms.drift import DriftCheck
    from platforms.health import ServiceHealth
    from platforms.run_watch import RunWatch
    from platforms.state import Recorded, StackOnDisk

Say = Callable[[str], None]


class LogTails(Protocol):
    """The ends of the logs of services."""

    poll_seconds: float

    def read(self) -> Iterator[tuple[str, str]]:
        """Give source and line for what was not given yet: at first the last lines, later what was added."""


class Platform(Protocol):
    """One platform with the settings of one stack. A method without an abstract mark holds where a platform does not say otherwise.

    `needs_plugins`: its resources are made by provider plugins, which the CLI may download, and which leave files in the temporary folder.
    `comes_up_later`: what a run made may still be on its way when the engine has ended.
    `has_fixed_slots`: its TaskManagers have `flink.taskSlots` together, and no further one comes on demand.
    `runs_in_images`: a promoted stack takes them over from the stage before.
    `ends_with_processes`: what cannot be removed one by one goes with processes of this machine, which `end_processes` ends.
    """

    name: ClassVar[str]
    needs_plugins: ClassVar[bool] = False
    comes_up_later: ClassVar[bool] = False
    ends_with_processes: ClassVar[bool] = False
    has_fixed_slots: ClassVar[bool] = False
    runs_in_images: ClassVar[bool] = False

    settings: Settings

    def __init__(self, settings: Settings) -> None:
        """Take the settings. Nothing is looked at yet."""
        self.settings = settings

    # What the program declares

    def require_usable(self, stack: str) -> None:
        """Look whether the stack may be declared here; nothing is sent. Raises SettingsError with every problem."""

    def require_capacity(self, bundle: "Bundle", definitions: "Mapping[str, Definition]") -> None:
        """Look whether the bundle's jobs can run there. Raises PlatformError when they cannot; silent where nobody answers."""

    @abstractmethod
    def endpoints(self) -> "Endpoints":
        """Return where the parts answer. All of it is known before anything runs."""

    @abstractmethod
    def declare(self, bundle: "Bundle", state: "OwnState", promotion: "Promotion | None" = None) -> "PlatformResources":
        """Declare the platform's resources. `promotion` is what is taken over from the stage before, None where there is none.

        Raises SettingsError, or an error of the platform's when something is in the way.
        """

    def exports(
        self,
        bundle: "Bundle",  # noqa: ARG002
        resources: "PlatformResources",  # noqa: ARG002
        hashes: "Mapping[str, pulumi.Input[str]]",  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Return the stack's outputs that only this platform has. `hashes` are the definition hashes of the statements, by name."""
        return {}

    def hosted(self) -> Settings:
        """Return the settings by which a pipeline of another stack runs here. Raises PlatformError where none can."""
        raise PlatformError(
            f"pipelines of other stacks do not run on a platform {self.name}", advice="set `bundle` to a pipeline", reason=Reason.USAGE
        )

    # How it is reached

    @abstractmethod
    def connect(self, outputs: Mapping[str, Any] | None = None) -> "Access":
        """Return the access of one run. Of a stack that is up, addresses are those that its `outputs` name."""

    def connect_to_stage(self, outputs: Mapping[str, Any]) -> "Access | None":  # noqa: ARG002
        """Return the access to another stack of this platform, by its outputs; None where only its own settings say how."""
        return None

    def parser(self) -> "Endpoint | None":
        """Return a SQL Gateway that can be asked for the grammar; None where none can be."""
        return self.connect().gateway

    # What commands look at

    def obstacles(self) -> list[Finding]:
        """Look for what would stop `up` before anything is started. Raises PlatformError when the platform itself does not answer."""
        return []

    @abstractmethod
    def checks(self, stack: "StackOnDisk") -> Iterable[Finding]:
        """Look at everything that `up` needs of the platform. Changes nothing and never raises."""

    @property
    def asks_model_server(self) -> bool:
        """Whether the model's server can be asked from this machine."""
        return True

    @abstractmethod
    def services(self, outputs: Mapping[str, Any]) -> "tuple[ServiceHealth, ...]":
        """Look at each service. What cannot be learnt is in the rows. Raises ClusterError for a kubeconfig that cannot be used."""

    @abstractmethod
    def logs(self, service: str, lines: int) -> LogTails:
        """Return the logs of one service, or of all. Raises PlatformError naming the services there are."""

    def ledger(self) -> Path:
        """Return the file of the model gateway's answers. Raises PlatformError where it is not on this machine."""
        raise PlatformError(f"the ledger of a stack on {self.name} is not on this machine", reason=Reason.USAGE)

    def ledger_here(self) -> Path | None:
        """Return the file of the model gateway's answers, None where it is not on this machine."""
        try:
            return self.ledger()
        except PlatformError:
            return None

    def forward(self, opened: ExitStack, complain: Say) -> dict[str, str]:  # noqa: ARG002
        """Make the pages reachable on this machine until `opened` is closed; return their links, by title. Raises PlatformError."""
        raise PlatformError(
            f"the {self.name} platform's pages need no forward: `python -m console outputs` has their addresses", reason=Reason.USAGE
        )

    @classmethod
    def page_advice(cls, stack: str) -> str:  # noqa: ARG003
        """Return how the pages are opened where their links are of no use as they are."""
        return ""

    def roles(self, stack: str, subject: Mapping[str, str] | None) -> str:  # noqa: ARG002
        """Return what the stack's user must be allowed, as YAML to apply; bound to a `subject` (`kind`, `name`) if one is given.

        Raises PlatformError where there is nothing to allow.
        """
        raise PlatformError(f"stack {stack} runs on this machine and needs no rights in a cluster", reason=Reason.USAGE)

    # What goes along with a run

    def run_watch(self) -> "RunWatch":
        """Return what watches a run that changes something."""
        from platforms.run_watch import NoRunWatch  # noqa: PLC0415

        return NoRunWatch()

    def drift_check(self, stack: str) -> "DriftCheck":  # noqa: ARG002
        """Return what compares the world with the state where resources do not do it themselves."""
        from platforms.drift import NoDrift  # noqa: PLC0415

        return NoDrift()

    # The end of a stack

    def require_own(self, stack: "StackOnDisk") -> None:
        """Look whether everything that the state names is still the stack's own. Raises PlatformError when it is not."""

    def left_after_down(self, recorded: "Recorded | None") -> str:  # noqa: ARG002
        """Say what stays on purpose once the stack is down, and how it is removed. `recorded` is what its state had before."""
        return "no resource of it is left"

    @classmethod
    def end_processes(cls, data_folder: Path, say: Say) -> int:  # noqa: ARG003
        """End what still runs on this machine; return how many processes that were. Raises PlatformError for those that do not end."""
        return 0

    @classmethod
    def remove_topics(cls, data_folder: Path, topics: frozenset[str], say: Say) -> None:
        """Remove topics of the stack that no broker was there to delete."""
