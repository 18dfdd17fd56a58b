"""What a stack's configuration says, read once. All mistakes are reported together; components receive values and never ask again."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any

from cluster.names import OLLAMA, OLLAMA_PORT
from components.errors import SettingsError
from components.names import PROJECT_FOLDER
from components.settings_key import flink_megabytes
from components.settings_keys import API_KEY, FALLBACK_API_KEY, HIDDEN_PREFIX, KEYS, MODEL_SECRETS, TASK_MANAGER_MEMORY, Value
from components.settings_kubernetes import KubernetesSettings, kubernetes_problems, kubernetes_settings
from components.settings_model_server import model_server_problems
from embedded.model_settings import MODEL_KEYS, served_name
from embedded.settings import (
    LEAST_TASK_MANAGER_MEGABYTES,
    MUTUAL_TLS,
    PORT_KEYS,
    TASK_MANAGER_MEGABYTES,
    EmbeddedSettings,
    ModelKind,
    ModelSettings,
    Ports,
)

TASK_MANAGER_POD_MEGABYTES = 1728
"""Flink's own default of the TaskManager's process."""
_OLLAMA = "http://127.0.0.1:11434/v1"

_ML_PREDICT_SECONDS = 170
"""Ten less than ML_PREDICT's time-out in the SQL, which restarts the job."""
_HIDDEN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


class PlatformKind(StrEnum):
    """Where Kafka and Flink run."""

    EMBEDDED = "embedded"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True, kw_only=True)
class BundleSettings:
    """Which folder below `sql/` is the pipeline. A window's length is in seconds; `delivery_guarantee` is Flink's word for it.

    `heartbeats` lets the bundle write heartbeats into the topic of the reviews, so that windows close when it falls silent.
    """

    name: str
    window_seconds: int
    delivery_guarantee: str
    heartbeats: bool


@dataclass(frozen=True, kw_only=True)
class FlinkSettings:
    """Which Flink, how much memory its TaskManager has, and how its jobs run unless a statement's header says otherwise.

    `mutual_tls` counts on this machine only: in a cluster network policies and the API server keep others out.
    """

    line: str
    task_slots: int
    checkpoint_interval_seconds: int
    parallelism: int
    task_manager_megabytes: int
    mutual_tls: bool


@dataclass(frozen=True, kw_only=True)
class TopicSettings:
    """What holds for every topic of the pipeline. `delete_on_destroy` is about the data in them.

    `max_record_bytes` is the largest record that a producer may send and the topics take. `prefix` begins the names of all topics of the
    shipped bundles; `replication` is what a topic is made with.
    """

    partitions: int
    delete_on_destroy: bool
    max_record_bytes: int
    prefix: str = ""
    replication: int = 1


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """The score from 0 to 1 that the last evaluation must have (0 asks for none), and the golden set, an absolute path."""

    minimum: float
    golden: Path


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A stack's whole configuration, without the values of secrets. `data_folder` is absolute.

    `secret_names` are the NAMEs of the `secret.<NAME>` keys; `has_api_key` tells that `model.apiKey` is set, and
    `has_fallback_api_key` the same of the fallback's. `kubernetes` counts on that
    platform only. `feeds_samples` lets the demonstration feed the sample reviews.
    """

    platform: PlatformKind
    bundle: BundleSettings
    flink: FlinkSettings
    ports: Ports
    data_folder: Path
    model: ModelSettings
    topics: TopicSettings
    kubernetes: KubernetesSettings
    evaluation: EvaluationSettings
    secret_names: frozenset[str]
    has_api_key: bool
    has_fallback_api_key: bool = False
    feeds_samples: bool = False

    @property
    def embedded(self) -> EmbeddedSettings:
        """The part that the embedded platform's processes are started from."""
        return EmbeddedSettings(
            data_folder=self.data_folder,
            flink_line=self.flink.line,
            ports=self.ports,
            task_slots=self.flink.task_slots,
            checkpoint_interval_seconds=self.flink.checkpoint_interval_seconds,
            task_manager_megabytes=self.flink.task_manager_megabytes,
            max_record_bytes=self.topics.max_record_bytes,
            mutual_tls=self.flink.mutual_tls,
            model=self.model,
        )


def parse_settings(
    given: Mapping[str, str], *, concealed: Collection[str] | None = None, project_folder: Path = PROJECT_FOLDER
) -> Settings:
    """Read keys without the project's namespace (`flink.line`) and their texts; keys left out get their defaults.

    `concealed` are the keys whose values are stored as secrets; None when that is unknown. Raises SettingsError with every mistake.
    """
    problems = [*_unknown(given), *_bare_secrets(given, concealed)]
    values = {name: _value(name, given, problems) for name in KEYS}
    problems += _port_clashes(values)
    problems += _missing_endpoint(values, given)
    problems += _unusable_limits(values, project_folder)
    problems += model_server_problems(values, project_folder)
    problems += _little_memory(values)
    if values["platform"] == PlatformKind.KUBERNETES:
        problems += kubernetes_problems(values)
    if problems:
        raise SettingsError(problems)
    return _settings(values, given, project_folder)


def _value(name: str, given: Mapping[str, str], problems: list[str]) -> Value:
    key = KEYS[name]
    text = given.get(name)
    if text is not None:
        value = key.parse(text)
        if value is not None:
            return value
        problems.append(f"{name} is {text[:60]!r}: it must be {key.allowed}, for example `pulumi config set {name} {key.example}`")
    return key.default


def _unknown(given: Mapping[str, str]) -> list[str]:
    known = [*KEYS, *MODEL_SECRETS]
    problems: list[str] = []
    for name in sorted(given):
        if name in known:
            continue
        if name.startswith(HIDDEN_PREFIX):
            if _HIDDEN_NAME.fullmatch(name.removeprefix(HIDDEN_PREFIX)) is None:
                problems.append(f"{name}: a secret's name begins with a letter and has letters, digits, `_`, `.` and `-` only")
            continue
        problems.append(f"{name} is no key of this project. {_advice(name, known)}")
    return problems


def _advice(name: str, known: list[str]) -> str:
    below = [other for other in known if other.startswith(f"{name}.")]
    if below:
        return f"Its keys are written flat, without --path, for example `pulumi config set {below[0]} ...`"
    close = get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}, and secret.<NAME>"


def _bare_secrets(given: Mapping[str, str], concealed: Collection[str] | None) -> list[str]:
    if concealed is None:
        return []
    return [
        f"{name} is stored in plain text: set it again with `pulumi config set --secret {name}`"
        for name in sorted(given)
        if (name in MODEL_SECRETS or name.startswith(HIDDEN_PREFIX)) and name not in concealed
    ]


def _port_clashes(values: Mapping[str, Value]) -> list[str]:
    problems: list[str] = []
    holder: dict[Value, str] = {}
    for key in PORT_KEYS.values():
        if values[key] in holder:
            problems.append(f"{key} and {holder[values[key]]} are both {values[key]}: give each its own port")
        holder.setdefault(values[key], key)
    return problems


def _missing_endpoint(values: Mapping[str, Value], given: Mapping[str, str]) -> list[str]:
    if values["model.kind"] == ModelKind.OPENAI and not values["model.endpoint"] and not given.get("model.endpoint"):
        return [
            "model.endpoint is missing: model.kind openai needs a base URL, for example `pulumi config set model.endpoint http://127.0.0.1:8000/v1`"
        ]
    return []


def _unusable_limits(values: Mapping[str, Value], project_folder: Path) -> list[str]:
    problems: list[str] = []
    certificate = str(values["model.caFile"])
    if certificate and not _in(project_folder, certificate).is_file():
        problems.append(f"model.caFile is {certificate}: there is no such file. Name a PEM file on this machine")
    if float(values["model.moneyPerDay"]) and not float(values["model.inputPrice"]) and not float(values["model.outputPrice"]):
        problems.append(
            "model.moneyPerDay needs prices for a million tokens, for example `pulumi config set model.inputPrice 0.15` and"
            " `pulumi config set model.outputPrice 0.60`"
        )
    if int(values["model.attemptSeconds"]) > int(values["model.patienceSeconds"]):
        problems.append("model.attemptSeconds is longer than model.patienceSeconds: one call cannot outlast its row")
    return problems


def _model(values: Mapping[str, Value], kind: ModelKind, project_folder: Path, *, endpoint: str) -> ModelSettings:
    given: dict[str, Any] = {field: values[key] for field, key in MODEL_KEYS.items()}
    # Subtasks of one TaskManager share five connections: where all wait for a dead server, the last ones have waited before.
    patience = min(int(given["patience_seconds"]), _ML_PREDICT_SECONDS // int(values["flink.parallelism"]))
    given |= {"patience_seconds": max(1, patience), "attempt_seconds": max(1, min(int(given["attempt_seconds"]), patience))}
    certificate = str(_in(project_folder, str(given["ca_file"]))) if given["ca_file"] else ""
    file = str(_in(project_folder, str(given["file"]))) if given["file"] else ""
    name = served_name(kind, str(given["name"]), file)
    return ModelSettings(**{**given, "kind": kind, "name": name, "endpoint": endpoint, "ca_file": certificate, "file": file})


def _in(project_folder: Path, path: str) -> Path:
    return (project_folder / Path(path).expanduser()).resolve()


def _little_memory(values: Mapping[str, Value]) -> list[str]:
    """Return what is wrong with the TaskManager's memory on this machine; Flink itself checks it on Kubernetes."""
    given = str(values[TASK_MANAGER_MEMORY])
    if values["platform"] == PlatformKind.KUBERNETES or not given or flink_megabytes(given) >= LEAST_TASK_MANAGER_MEGABYTES:
        return []
    needed = f"on this machine the TaskManager needs {LEAST_TASK_MANAGER_MEGABYTES}m or more"
    return [f"{TASK_MANAGER_MEMORY} is {given}: {needed}, for example `pulumi config set {TASK_MANAGER_MEMORY} {TASK_MANAGER_MEGABYTES}m`"]


def _task_manager_megabytes(given: str, platform: PlatformKind) -> int:
    if given:
        return flink_megabytes(given)
    return TASK_MANAGER_MEGABYTES if platform is PlatformKind.EMBEDDED else TASK_MANAGER_POD_MEGABYTES


def _settings(values: Mapping[str, Value], given: Mapping[str, str], project_folder: Path) -> Settings:
    def text(name: str) -> str:
        return str(values[name])

    def number(name: str) -> int:
        return int(values[name])

    kind = ModelKind(text("model.kind"))
    platform = PlatformKind(text("platform"))
    ollama = kind is ModelKind.OLLAMA and not text("model.endpoint")
    in_cluster = f"http://{OLLAMA}.{text('kubernetes.namespace')}.svc:{OLLAMA_PORT}/v1"
    ollama_at = in_cluster if platform is PlatformKind.KUBERNETES else _OLLAMA
    return Settings(
        platform=platform,
        bundle=BundleSettings(
            name=text("bundle"),
            window_seconds=number("bundle.windowSeconds"),
            delivery_guarantee=text("bundle.deliveryGuarantee"),
            heartbeats=bool(values["bundle.heartbeats"]),
        ),
        flink=FlinkSettings(
            line=text("flink.line"),
            task_slots=number("flink.taskSlots"),
            checkpoint_interval_seconds=number("flink.checkpointIntervalSeconds"),
            parallelism=number("flink.parallelism"),
            task_manager_megabytes=_task_manager_megabytes(text(TASK_MANAGER_MEMORY), platform),
            mutual_tls=bool(values[MUTUAL_TLS]),
        ),
        ports=Ports(**{field: number(key) for field, key in PORT_KEYS.items()}),
        data_folder=(project_folder / Path(text("data.folder")).expanduser()).resolve(),
        model=_model(values, kind, project_folder, endpoint=ollama_at if ollama else text("model.endpoint")),
        topics=TopicSettings(
            partitions=number("topics.partitions"),
            delete_on_destroy=bool(values["topics.deleteOnDestroy"]),
            max_record_bytes=number("kafka.maxRecordBytes"),
            prefix=text("topics.prefix"),
            replication=number("topics.replication"),
        ),
        kubernetes=kubernetes_settings(values, ollama=ollama),
        evaluation=EvaluationSettings(minimum=float(values["evaluation.minimum"]), golden=_in(project_folder, text("evaluation.set"))),
        secret_names=frozenset(name.removeprefix(HIDDEN_PREFIX) for name in given if name.startswith(HIDDEN_PREFIX)),
        has_api_key=API_KEY in given,
        has_fallback_api_key=FALLBACK_API_KEY in given,
        feeds_samples=bool(values["samples.feed"]),
    )
