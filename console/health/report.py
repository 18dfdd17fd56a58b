"""The report of `status` as values. `to_json` is a contract: fields may be added, none changes its meaning."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from console.health.deployment import DeploymentHealth
from platforms.health import ServiceHealth

if TYPE_CHECKING:
    from console.data_checks.records import LastResult

UNKNOWN = "unknown"
"""The state of a job whose JobManager does not answer."""


@dataclass(frozen=True, kw_only=True)
class TopicHealth:
    """A topic. `messages` counts what can still be read, over all partitions; None when it cannot be told."""

    name: str
    partitions: int | None
    messages: int | None
    reason: str = ""

    @property
    def healthy(self) -> bool:
        """There, with a leader for each partition."""
        return self.messages is not None


@dataclass(frozen=True, kw_only=True)
class GroupHealth:
    """A consumer group on one topic. `lag` counts records that it has not committed yet; jobs commit when a checkpoint completes.

    None when it cannot be told; `reason` says why.
    """

    group: str
    topic: str
    lag: int | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class JobHealth:
    """A statement's job. `restarts` and record counts lag by some seconds.

    `fails_again` tells that it fails again and again at one place, which no waiting ends; `last_error` then says what helps.
    `no_output` says in a line why nothing came out of a job that runs. `recovered_seconds` tells that `last_error` is history: it
    happened so long ago, and the job runs since, or has finished.
    """

    statement: str
    state: str
    healthy: bool
    job_id: str = ""
    uptime_seconds: float | None = None
    records_in: int | None = None
    records_out: int | None = None
    records_in_per_second: float | None = None
    records_out_per_second: float | None = None
    restarts: int | None = None
    checkpoint_age_seconds: float | None = None
    last_error: str = ""
    fails_again: bool = False
    no_output: str = ""
    recovered_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class ModelHealth:
    """Whether answers come. `reason` says why not; `today` is what the day (UTC) has cost: calls, tokens, money."""

    name: str
    state: str
    healthy: bool
    reason: str = ""
    today: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything of one stack at one moment. `checks` are about the data, and `healthy` is not: their results are those of the last run."""

    stack: str
    services: tuple[ServiceHealth, ...]
    topics: tuple[TopicHealth, ...]
    jobs: tuple[JobHealth, ...]
    deployment: DeploymentHealth = field(default_factory=DeploymentHealth)
    model: ModelHealth | None = None
    groups: tuple[GroupHealth, ...] = ()
    checks: "tuple[LastResult, ...]" = ()

    @property
    def healthy(self) -> bool:
        """All of it, and at least something."""
        parts: list[ServiceHealth | TopicHealth | JobHealth] = [*self.services, *self.topics, *self.jobs]
        answers = self.model is None or self.model.healthy
        return bool(parts) and all(part.healthy for part in parts) and answers and self.deployment.healthy

    def problems(self) -> list[str]:
        """Say in a line each what is not as it should be."""
        return [
            *(f"{service.name} is {service.state}: {service.remark}" for service in self.services if not service.healthy),
            *(f"topic {topic.name}: {topic.reason}" for topic in self.topics if not topic.healthy),
            *([f"model {self.model.name}: {self.model.reason}"] if self.model is not None and not self.model.healthy else []),
            *(
                f"job {job.statement} is {job.state}" + (f": {job.last_error}" if job.last_error else "")
                for job in self.jobs
                if not job.healthy
            ),
            *([] if self.deployment.healthy else [self.deployment.reason]),
        ]

    def to_json(self) -> dict[str, Any]:
        """Give plain values with camel-case names."""
        return {
            "stack": self.stack,
            "healthy": self.healthy,
            "services": [_plain(service, healthy=service.healthy) for service in self.services],
            "topics": [_plain(topic, healthy=topic.healthy) for topic in self.topics],
            "jobs": [_plain(job, healthy=job.healthy) for job in self.jobs],
            "consumerGroups": [plain_fields(group) for group in self.groups],
            "checks": [plain_fields(check) for check in self.checks],
            "deployment": _plain(self.deployment, healthy=self.deployment.healthy),
            "model": _plain(self.model, healthy=self.model.healthy) if self.model is not None else None,
        }


def _plain(part: ServiceHealth | TopicHealth | JobHealth | DeploymentHealth | ModelHealth, *, healthy: bool) -> dict[str, Any]:
    return {**plain_fields(part), "healthy": healthy}


def plain_fields(
    part: "ServiceHealth | TopicHealth | JobHealth | DeploymentHealth | ModelHealth | GroupHealth | LastResult",
) -> dict[str, Any]:
    """Return the fields of a part as plain values with camel-case names."""
    return {_camel(name): _value(value) for name, value in asdict(part).items()}


def _value(value: object) -> object:
    if isinstance(value, float):
        return round(value, 1)
    return list(value) if isinstance(value, tuple) else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
