"""A connection as a process uses it: clients' endpoints with their credentials, and what may be assumed of what runs behind them."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from pulumi.dynamic import ConfigureRequest

from components.connection import connection_in
from components.errors import ConnectionSpecError
from components.flink_endpoint import GATEWAY, JOB_MANAGER
from components.names import PROJECT
from flinksql.flink.jobmanager import JobManagerClient, JobsView
from flinksql.flink.transport import Endpoint
from flinksql.savepoints import SavepointFolder, read_savepoint_folder
from flinksql.statements import HealthPolicy, LifecycleSettings, ModelProbe, OwnJobs

Complain = Callable[[str], None]


class Access(ABC):
    """How this process reaches a Flink and a Kafka. Valid for one run.

    What is not abstract holds for a Flink and a Kafka that somebody else runs: nothing is known of their processes. A platform that runs
    them itself knows more.
    """

    @property
    @abstractmethod
    def gateway(self) -> Endpoint:
        """The SQL Gateway. Raises ClusterError for a kubeconfig that cannot be used."""

    @property
    @abstractmethod
    def jobmanager(self) -> Endpoint:
        """The JobManager. Raises ClusterError for a kubeconfig that cannot be used."""

    @property
    @abstractmethod
    def kafka_bootstrap(self) -> str:
        """The broker as this machine reaches it, while `hold_broker` is in force."""

    @property
    def flink_kafka_bootstrap(self) -> str:
        """The broker as Flink's processes reach it."""
        return self.kafka_bootstrap

    @property
    def kafka_options(self) -> Mapping[str, str]:
        """Options of the Kafka client, credentials included."""
        return {}

    @property
    def is_own_broker(self) -> bool:
        """Whether the broker was made with the stack, and for nobody else."""
        return False

    @property
    def adopted_stacks(self) -> frozenset[str]:
        """The ids of stacks whose objects this stack may take over."""
        return frozenset()

    @property
    def stack_id(self) -> str:
        """The id of a stack that shares its Flink: only what it submitted is its own. Empty where all of Flink is the stack's."""
        return ""

    @property
    def connect_seconds(self) -> float:
        """How long a look waits for a connection: what is reached may be far away."""
        return 4.0

    @property
    def read_seconds(self) -> float:
        """How long a look waits for an answer: it must end also when nothing runs."""
        return 5.0

    @property
    def jobmanager_waits(self) -> tuple[float, ...]:
        """Pauses in seconds while an update waits for a JobManager that is on its way."""
        return ()

    def quick_jobmanager(self) -> JobManagerClient:
        """Return a client that does not wait long, for whoever only looks."""
        quick = replace(self.jobmanager, connect_seconds=self.connect_seconds, read_seconds=self.read_seconds)
        return JobManagerClient(quick, view=self.jobs_view())

    def jobs_view(self) -> JobsView | None:
        """Return under which names the stack knows jobs of a Flink that it shares; None where all of Flink is its own."""
        return OwnJobs(f"{PROJECT}/", self.salt()) if self.stack_id else None

    def hold_broker(self, complain: Complain) -> None:  # noqa: B027  # nothing has to be held where it is reached directly
        """Make the broker reachable for as long as this process runs. `complain` hears why a connection could not be carried.

        Raises ClusterError when the port for that is taken.
        """

    @contextmanager
    def broker(self) -> Iterator[str]:
        """Give the broker's address as this machine reaches it within the block. Raises ClusterError when no broker is ready."""
        yield self.kafka_bootstrap

    def kept_secrets(self, sources: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002
        """Return secrets that lie outside the stack's configuration, by name; `sources` say where. Raises FlinkSqlError where it cannot."""
        return {}

    def model_gateway(self) -> Endpoint | None:
        """Return the model gateway as this machine reaches it; None where there is none that belongs to the stack."""
        return None

    def model_probe(self) -> ModelProbe:
        """Return what asks a model's endpoint as Flink's processes see it. What they reach is not known here."""
        return lambda _url: ""

    def lifecycle_settings(self, health: HealthPolicy | None = None) -> LifecycleSettings:
        """Return how statements are submitted and watched."""
        return LifecycleSettings(health=health or HealthPolicy())

    def savepoint_folder(self) -> SavepointFolder | None:
        """Return what lies where Flink writes savepoints; None where nobody can look."""
        folder = self.lifecycle_settings().savepoints_folder
        return read_savepoint_folder(folder) if folder else None

    def salt(self, *, make: bool = False) -> str:  # noqa: ARG002
        """Return the salt of the jobs' ids; `make` one where the installation has none yet."""
        return ""

    def ended_below(self, jobmanager: JobManagerClient) -> str:  # noqa: ARG002
        """Say which of the processes below a job ended by itself lately, a line each. Empty where that is not known."""
        return ""

    def jobs_are_gone(self, *, goes: bool) -> bool:  # noqa: ARG002
        """Tell whether the JobManager went and took its jobs along. `goes` tells that it is removed together with the jobs."""
        return False

    def broker_comes_back(self) -> bool:
        """Tell whether a broker that does not answer is worth waiting for."""
        return True


class DirectAccess(Access):
    """A connection by its addresses. `given` is a Connection's input; `credential` returns the value of a reference."""

    def __init__(self, given: Mapping[str, Any], credential: Callable[[Mapping[str, str]], str]) -> None:
        self._given = given
        self._credential = credential

    @property
    def gateway(self) -> Endpoint:
        """The SQL Gateway."""
        return self._endpoint(GATEWAY, "gateway_url")

    @property
    def jobmanager(self) -> Endpoint:
        """The JobManager."""
        return self._endpoint(JOB_MANAGER, "jobmanager_url")

    @property
    def kafka_bootstrap(self) -> str:
        """The broker as this machine reaches it."""
        return self._required("kafka_bootstrap", "Kafka broker")

    @property
    def flink_kafka_bootstrap(self) -> str:
        """The broker as Flink's processes reach it."""
        return str(self._given.get("flink_kafka_bootstrap") or self._given.get("kafka_bootstrap") or "")

    @property
    def kafka_options(self) -> Mapping[str, str]:
        """Options of the Kafka client, with the credentials that they name."""
        options: Mapping[str, Any] = self._given.get("kafka_options") or {}
        return {name: self._credential(value) if isinstance(value, Mapping) else str(value) for name, value in options.items()}

    def lifecycle_settings(self, health: HealthPolicy | None = None) -> LifecycleSettings:
        """Return the usual ones, with the folder where plans can be exchanged."""
        folder = str(self._given.get("plans_folder") or "")
        return LifecycleSettings(health=health or HealthPolicy(), plans_folder=Path(folder) if folder else None)

    def _endpoint(self, name: str, key: str) -> Endpoint:
        token = self._given.get("token")
        return Endpoint(
            name=name,
            base_url=self._required(key, name).rstrip("/"),
            headers={"Authorization": f"Bearer {self._credential(token)}"} if token else {},
            certificate=str(self._given.get("certificate") or "") or None,
            verify=str(self._given.get("authority") or "") or True,
        )

    def _required(self, key: str, what: str) -> str:
        value = str(self._given.get(key) or "")
        if not value:
            raise ConnectionSpecError(f"the connection names no {what}: give Connection({key}=...)")
        return value


def resolve(properties: Mapping[str, Any], request: ConfigureRequest) -> Access:
    """Return the access to what a resource's connection names. Raises ConnectionSpecError, or what its resolver raises."""
    given = connection_in(properties)
    resolver = str(given.get("resolver") or "")
    if not resolver:
        return DirectAccess(given, lambda reference: _credential(reference, request))
    module, _, function = resolver.partition(":")
    try:
        configured = cast("Callable[..., Access]", getattr(import_module(module), function))
    except (ImportError, AttributeError, ValueError) as error:
        raise ConnectionSpecError(f"the connection's resolver {resolver} cannot be imported: {error}") from error
    # What else the connection says is for resolvers that take it.
    return configured(request, given) if given.keys() - {"resolver"} else configured(request)


def _credential(reference: Mapping[str, str], request: ConfigureRequest) -> str:
    key, variable = reference.get("config"), reference.get("environment")
    if key:
        value = request.config.get(key)
        advice = f"set it with `pulumi config set --secret {key}`"
    else:
        value = os.environ.get(str(variable))
        advice = f"set the environment variable {variable}"
    if not value:
        raise ConnectionSpecError(f"the connection needs the credential {key or variable}, which has no value: {advice}")
    return str(value)
