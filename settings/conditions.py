"""What must hold between settings. Each setting's own value is right already; what was wrong counts as its default here."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from embedded.llamacpp import model_file_problem
from options.infrastructure import LEAST_TASK_MANAGER_MEGABYTES, TASK_MANAGER_MEGABYTES
from options.model import SMALL_MODEL, ModelKind
from settings.forms import SECRET_KEY
from settings.kafka_conditions import bare_credentials, kafka_problems
from settings.keys import (
    API_KEY,
    EXTERNAL_PASSWORD,
    EXTERNAL_TOKEN,
    FALLBACK_API_KEY,
    HIDDEN_PREFIX,
    KAFKA_KEY_PASSWORD,
    KAFKA_PASSWORD,
    SOURCE_PREFIX,
)
from settings.kubernetes import KubernetesSettings
from settings.stack import PlatformKind, Settings

_LABELS_OF_OTHERS = ("app.kubernetes.io/", "pod-security.kubernetes.io/", "kubernetes.io/", "app", "component", "type")
_ANNOTATIONS_OF_OTHERS = ("flink-reviews/", "pulumi.com/", "meta.helm.sh/")
"""Names, and prefixes with a slash, by which the stack, Flink, Helm or Kubernetes recognise objects."""


def problems_between(settings: Settings, given: Mapping[str, str], project_folder: Path) -> list[str]:
    """Return what is wrong between the settings, each with what to do."""
    here = {
        PlatformKind.EMBEDDED: lambda: _memory(settings),
        PlatformKind.KUBERNETES: lambda: _kubernetes(settings, given),
        PlatformKind.EXTERNAL: lambda: _external(settings, given, project_folder),
    }
    return [
        *settings.ports.clashes(),
        *_endpoint(settings, given),
        *_limits(settings, project_folder),
        *_model_server(settings, project_folder),
        *_jars(settings),
        *_kept_elsewhere(settings, given),
        *here[settings.platform](),
    ]


def _endpoint(settings: Settings, given: Mapping[str, str]) -> Iterator[str]:
    if settings.model.kind is ModelKind.OPENAI and not settings.model.endpoint and not given.get("model.endpoint"):
        yield (
            "model.endpoint is missing: model.kind openai needs a base URL, for example "
            "`pulumi config set model.endpoint http://127.0.0.1:8000/v1`"
        )


def _limits(settings: Settings, project_folder: Path) -> Iterator[str]:
    model = settings.model
    if model.ca_file and not (project_folder / Path(model.ca_file).expanduser()).is_file():
        yield f"model.caFile is {model.ca_file}: there is no such file. Name a PEM file on this machine"
    if float(model.money_per_day) and not float(model.input_price) and not float(model.output_price):
        yield (
            "model.moneyPerDay needs prices for a million tokens, for example `pulumi config set model.inputPrice 0.15` and"
            " `pulumi config set model.outputPrice 0.60`"
        )
    if model.attempt_seconds > model.patience_seconds:
        yield "model.attemptSeconds is longer than model.patienceSeconds: one call cannot outlast its row"


def _kept_elsewhere(settings: Settings, given: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with secrets that lie in Secrets of Kubernetes."""
    keys = settings.kubernetes.model_keys
    pairs = {API_KEY: ("model.apiKeyFrom", keys.api_key_from), FALLBACK_API_KEY: ("model.fallbackApiKeyFrom", keys.fallback_api_key_from)}
    named = [(key, other) for other, (key, value) in pairs.items() if value]
    for key in sorted(given):
        if key.startswith(SOURCE_PREFIX):
            named.append((key, HIDDEN_PREFIX + key.removeprefix(SOURCE_PREFIX)))
            if SECRET_KEY.fullmatch(given[key]) is None:
                yield f"{key} must be a Secret of the namespace and a key in it: `pulumi config set {key} <secret>/<key>`"
    for key, other in named:
        if settings.platform is not PlatformKind.KUBERNETES:
            yield (
                f"{key} names a Secret of Kubernetes, and platform is {settings.platform}: `pulumi config rm {key}`, then "
                f"`pulumi config set --secret {other}`"
            )
        elif other in given:
            yield f"{key} and {other} are both set: remove one of them, for example `pulumi config rm {other}`"


def _model_server(settings: Settings, project_folder: Path) -> Iterator[str]:
    """Yield what a model server of our own cannot be started with. A file is looked at now: the server would say it last of all."""
    model = settings.model
    if model.kind is not ModelKind.LLAMACPP:
        if model.file:
            yield f"model.file is {model.file}: only model.kind llamacpp reads one, and model.kind is {model.kind}"
        return
    if settings.platform is PlatformKind.KUBERNETES:
        yield "model.kind is llamacpp: that server runs on this machine only. On kubernetes use ollama or openai"
    if model.endpoint:
        yield "model.endpoint is set: model.kind llamacpp runs a server of its own. For one that runs already use model.kind openai"
    if model.file and (problem := model_file_problem((project_folder / Path(model.file).expanduser()).resolve())):
        yield f"model.file is {model.file}: {problem}. Name a GGUF file on this machine, or leave it empty for {SMALL_MODEL}"


def _jars(settings: Settings) -> Iterator[str]:
    """Yield why nobody can have put the bundle's jars into Flink's `lib`: then they would be missing there."""
    if not settings.bundle.has_jars_provided:
        return
    images = settings.kubernetes.images
    if settings.platform is PlatformKind.EMBEDDED:
        yield "bundle.jars is provided, and on this machine nobody else runs Flink: `pulumi config rm bundle.jars`"
    elif settings.platform is PlatformKind.KUBERNETES and not (images.flink or settings.promoted_from):
        yield "bundle.jars is provided, and Flink's image is built here with them: `pulumi config rm bundle.jars`, or set `image.flink`"


def _memory(settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the TaskManager's memory on this machine; Flink itself checks it on Kubernetes."""
    if settings.flink.task_manager_megabytes < LEAST_TASK_MANAGER_MEGABYTES:
        yield (
            f"flink.taskManagerMemory is {settings.flink.task_manager_memory}: on this machine the TaskManager needs "
            f"{LEAST_TASK_MANAGER_MEGABYTES}m or more, for example `pulumi config set flink.taskManagerMemory {TASK_MANAGER_MEGABYTES}m`"
        )


def _external(settings: Settings, given: Mapping[str, str], project_folder: Path) -> Iterator[str]:
    external = settings.external
    needed = {
        "external.gatewayUrl": external.gateway_url,
        "external.jobManagerUrl": external.job_manager_url,
        "external.kafkaBootstrap": external.kafka_bootstrap,
    }
    missing = [key for key, value in needed.items() if not value and not given.get(key)]
    if external.stack and missing:
        yield (
            f"platform.stack is {external.stack}: no such stack is up that pipelines can run on. Set `bundle` to none in it, and run its "
            "`up` first; both stacks must use one backend"
        )
    elif missing:
        yield f"{' and '.join(missing)} must be set: platform external needs to know where Flink and Kafka are"
    if settings.metrics.enabled:
        yield (
            "metrics.enabled is true, and who runs this Flink decides on its metrics: `pulumi config rm metrics.enabled`. "
            "docs/monitoring.md says what they set"
        )
    files = {
        "external.caFile": external.ca_file,
        "external.clientCertificate": external.client_certificate,
    }
    for key, path in files.items():
        if path and not (project_folder / Path(path).expanduser()).is_file():
            yield f"{key} is {path}: there is no such file. Name a PEM file on this machine"
    yield from _credentials(settings, given)


def _credentials(settings: Settings, given: Mapping[str, str]) -> Iterator[str]:
    external, has_password, has_token = settings.external, EXTERNAL_PASSWORD in given, EXTERNAL_TOKEN in given
    if external.user and has_token:
        yield f"external.user and {EXTERNAL_TOKEN} are both set: a proxy takes one of them. Remove the other"
    elif external.user and not has_password:
        yield f"external.user is set and {EXTERNAL_PASSWORD} is not: set it with `pulumi config set --secret {EXTERNAL_PASSWORD}`"
    elif has_password and not external.user:
        yield f"{EXTERNAL_PASSWORD} is set and external.user is not: name the user with `pulumi config set external.user <name>`"
    addresses_known = external.gateway_url and external.job_manager_url
    if (has_password or has_token) and addresses_known and not external.speaks_tls:
        yield "external.gatewayUrl and external.jobManagerUrl begin with http://: a password is sent to addresses with https:// only"
    yield from bare_credentials("external.kafkaOptions", external.kafka_options, login=KAFKA_PASSWORD, key=KAFKA_KEY_PASSWORD)


def _kubernetes(settings: Settings, given: Mapping[str, str]) -> Iterator[str]:
    wanted = settings.kubernetes
    if not wanted.cluster.context:
        yield (
            "kubernetes.context is missing: the cluster is always named, never the one that kubectl happens to use, "
            "for example `pulumi config set kubernetes.context kind-kind` (`kubectl config get-contexts` lists them)"
        )
    yield from _object_store(wanted)
    yield from kafka_problems(settings, given)
    built = {
        "image.flink": wanted.images.flink,
        "image.modelGateway": wanted.images.model_gateway,
        "registry.provide": wanted.images.provide_registry,
    }
    for key in (key for key, value in built.items() if value and settings.promoted_from):
        yield f"{key} is set and promotion.from is {settings.promoted_from}: images come from that stack. Remove one of the two"
    if wanted.operator.namespace and wanted.operator.install:
        yield (
            f"operator.namespace is {wanted.operator.namespace} and operator.install is true: an operator of the stack's runs in its "
            "own namespace. Remove the key, or `pulumi config set operator.install false`"
        )
    yield from _names_of_others("kubernetes.labels", wanted.decoration.labels, _LABELS_OF_OTHERS)
    yield from _names_of_others("kubernetes.annotations", wanted.decoration.annotations, _ANNOTATIONS_OF_OTHERS)
    yield from _names_of_others("kubernetes.serviceAccountAnnotations", wanted.decoration.account_annotations, _ANNOTATIONS_OF_OTHERS)


def _object_store(wanted: KubernetesSettings) -> Iterator[str]:
    uri = wanted.session_cluster.state_uri
    for key, value in (
        ("objectStore.endpoint", wanted.object_store.endpoint),
        ("objectStore.credentials", wanted.object_store.credentials),
    ):
        if value and not uri.startswith("s3://"):
            state = f"flink.stateUri is {uri}" if uri else "state lies on a volume"
            yield (
                f"{key} is set and {state}: it counts for `s3://` only. For example `pulumi config set flink.stateUri s3://bucket/flink`, "
                f"or `pulumi config rm {key}`"
            )


def _names_of_others(key: str, given: Mapping[str, str], taken: tuple[str, ...]) -> Iterator[str]:
    for name in given:
        if any(name.startswith(one) if one.endswith("/") else name == one for one in taken):
            yield f"{key} sets {name}: the stack's objects are recognised by it. Choose another name"
