"""A stack's whole configuration as nouns; each option is declared where it stands, and nowhere else."""

from collections.abc import Callable, Mapping
from dataclasses import field, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic.dataclasses import dataclass

from embedded.settings import EmbeddedSettings
from options.infrastructure import DataOptions, FlinkOptions, KafkaOptions, MetricsOptions, Ports
from options.model import ModelSettings
from options.option import Options, one_of, option
from settings.external import ExternalSettings, Url
from settings.forms import Approvals, ObjectName, Share, TopicPrefix
from settings.kubernetes import KubernetesSettings

NO_BUNDLE = "none"
TESTS_REQUIRED = "required"
JARS_BROUGHT, JARS_PROVIDED = "brought", "provided"


class PlatformKind(StrEnum):
    """Where Kafka and Flink run."""

    EMBEDDED = "embedded"
    KUBERNETES = "kubernetes"
    EXTERNAL = "external"


def no_secret(_key: str) -> str:
    """Give no secret: that of a process which may not read them."""
    return ""


@dataclass(frozen=True, kw_only=True)
class BundleSettings(Options):
    """Which pipeline. `parameters` are the texts of the `bundle.parameters.<name>` keys by name; the bundle reads them.

    `parameters` are empty in the providers' process, which can ask for keys by their whole names only.
    """

    noun: ClassVar[str] = "bundle"

    name: str = option(
        "",
        "the pipeline: the name of a folder below sql/, or a path such as ../team/orders; without it the bundle that says `default: true`; "
        f"{NO_BUNDLE} for a platform that other stacks run their pipelines on",
        key="bundle",
        example="../team/orders",
    )
    delivery_guarantee: Annotated[str, one_of("at-least-once", "exactly-once")] = option(
        "at-least-once", "what SQL reads as ${delivery_guarantee}: at-least-once, or exactly-once (records appear with the checkpoints)"
    )
    jars: Annotated[str, one_of(JARS_BROUGHT, JARS_PROVIDED)] = option(
        JARS_BROUGHT,
        f"{JARS_BROUGHT}: the platform brings the jars of bundle.yaml to Flink; {JARS_PROVIDED}: they are in Flink's lib already "
        "(platforms kubernetes, with `image.flink`, and external)",
    )
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_jars_provided(self) -> bool:
        """Whether somebody else has put the bundle's jars into Flink's `lib`."""
        return self.jars == JARS_PROVIDED

    @property
    def runs_elsewhere(self) -> bool:
        """Whether the stack is a platform alone: its pipelines are other stacks."""
        return self.name == NO_BUNDLE


@dataclass(frozen=True, kw_only=True)
class FlinkSettings(FlinkOptions):
    """How Flink's processes are set up, and how its jobs run unless a statement's header says otherwise."""

    parallelism: int = option(1, "parallelism of a job whose file does not say otherwise", low=1, high=256, unit="subtasks")


@dataclass(frozen=True, kw_only=True)
class TopicSettings(Options):
    """What holds for every topic of the pipeline."""

    noun: ClassVar[str] = "topics"

    partitions: int = option(2, "partitions of each topic; can grow, never shrink", low=1, high=1_000, unit="partitions")
    replication: int = option(
        1,
        "replicas that a topic is created with, unless bundle.yaml says otherwise; an existing topic keeps its own",
        low=1,
        high=100,
        unit="replicas",
    )
    prefix: TopicPrefix = option(
        "",
        "what the names of the stack's topics begin with; SQL reads it as ${topic_prefix}. For a broker that stacks share",
        example="staging.",
    )
    delete_on_destroy: bool = option(
        default=False, meaning="delete the topics that the stack created, with their data, when it is destroyed"
    )


@dataclass(frozen=True, kw_only=True)
class SchemaRegistrySettings(Options):
    """A schema registry that somebody else runs. Its user and password are a secret of the bundle's."""

    noun: ClassVar[str] = "schemaRegistry"

    url: Url = option(
        "",
        "address of a schema registry, as this machine reaches it; SQL reads it as ${schema_registry_url}",
        example="https://registry.example.com",
    )
    url_for_flink: Url = option(
        "", "its address as Flink's processes reach it, where that is another one", example="http://registry.kafka.svc:8081"
    )

    @property
    def for_flink(self) -> str:
        """Its address as Flink's processes reach it; empty where the stack has none."""
        return self.url_for_flink or self.url


@dataclass(frozen=True, kw_only=True)
class SavepointSettings(Options):
    """Which savepoints `up` deletes at its end. As long as one of the two keeps a savepoint, it stays."""

    noun: ClassVar[str] = "savepoints"

    keep: int = option(
        0,
        "so many of the newest savepoints of each statement are kept, and `up` deletes older ones that nothing needs; 0 sets no number",
        low=0,
        high=10_000,
        unit="savepoints",
        example="10",
    )
    keep_days: int = option(
        0,
        "savepoints are kept for so long, and `up` deletes older ones that nothing needs; 0 sets no age. With neither, none is deleted",
        low=0,
        high=3_650,
        unit="days",
        example="30",
    )


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings(Options):
    """The gate before a deployment."""

    noun: ClassVar[str] = "evaluation"

    minimum: Share = option(
        0.0,
        "score from 0 to 1 that the last `evaluate` of this model and prompt must have, else nothing is deployed; 0 asks for none",
        example="0.9",
    )
    golden: str = option(
        "",
        "the file with the golden set that `evaluate` uses; without it the one that the bundle names",
        key="evaluation.set",
        example="golden.jsonl",
    )


@dataclass(frozen=True, kw_only=True)
class Settings(Options):
    """A stack's whole configuration, without the values of secrets. Paths are absolute.

    `secret_names` are the NAMEs of the `secret.<NAME>` keys. `kubernetes` and `external` count on that platform only.
    """

    platform: PlatformKind = option(
        PlatformKind.EMBEDDED,
        "where Kafka, Flink and the model run: embedded (processes on this machine), kubernetes, or external (somebody else runs them)",
        key="platform",
    )
    bundle: BundleSettings = field(default_factory=BundleSettings)
    flink: FlinkSettings = field(default_factory=FlinkSettings)
    kafka: KafkaOptions = field(default_factory=KafkaOptions)
    ports: Ports = field(default_factory=Ports)
    data: DataOptions = field(default_factory=DataOptions)
    model: ModelSettings = field(default_factory=ModelSettings)
    metrics: MetricsOptions = field(default_factory=MetricsOptions)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)
    topics: TopicSettings = field(default_factory=TopicSettings)
    schema_registry: SchemaRegistrySettings = field(default_factory=SchemaRegistrySettings)
    savepoints: SavepointSettings = field(default_factory=SavepointSettings)
    feeds_samples: bool = option(
        default=False,
        meaning="let `make up` feed the samples of the bundle into a stack whose topics are empty",
        key="samples.feed",
    )
    tests: Annotated[str, one_of("optional", TESTS_REQUIRED)] = option(
        "optional",
        "required: a statement that is new or changed is deployed only if it has tests and all of them pass; they run on this machine",
        key="tests",
    )
    promoted_from: ObjectName = option(
        "",
        "the stack before: what this one deploys must run there, and be well; its images are taken over, and none is built",
        key="promotion.from",
        example="dev",
    )
    approve: Approvals = option(
        (), meaning="hashes of changes that may lose state and may be made, as `preview` prints them", key="approve", example="c1f2e3d4c5b6"
    )
    kubernetes: KubernetesSettings = field(default_factory=KubernetesSettings)
    external: ExternalSettings = field(default_factory=ExternalSettings)
    secret_names: frozenset[str] = frozenset()
    secret_sources: Mapping[str, str] = field(default_factory=dict)
    """Of those that lie elsewhere: a Secret and a key in it, `<secret>/<key>`, by the secret's name."""
    has_api_key: bool = False
    has_fallback_api_key: bool = False
    has_external_token: bool = False
    secret: Callable[[str], str] = field(default=no_secret, repr=False, compare=False)
    """Gives the value of a secret by its key, when it is used; empty where there is none."""

    @property
    def data_folder(self) -> Path:
        """The one folder that everything is written to."""
        return self.data.folder

    @property
    def embedded(self) -> EmbeddedSettings:
        """The part that the embedded platform's processes are started from."""
        flink = FlinkOptions(**{one.name: getattr(self.flink, one.name) for one in fields(FlinkOptions)})
        return EmbeddedSettings(
            data_folder=self.data_folder,
            flink=flink,
            kafka=self.kafka,
            ports=self.ports,
            model=self.model,
            metrics=self.metrics,
            class_archives=self.data.class_archives,
        )
