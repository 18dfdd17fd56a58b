"""From the settings to the arguments of each part: the one place where both are known."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from cluster.decoration import Decoration
from cluster.limits import amount
from cluster.names import FLINK_KAFKA_USER, STRIMZI_AUTHORITY
from cluster.ownership import OPERATOR_NAMESPACE
from components.endpoints import kubernetes_endpoints
from components.kubernetes.akhq import AkhqArgs
from components.kubernetes.flink_configuration import FlinkState
from components.kubernetes.flink_operator import FlinkOperatorArgs
from components.kubernetes.kafka import KafkaArgs
from components.kubernetes.manifest import Compute, Storage
from components.kubernetes.model_gateway import ModelGatewayArgs
from components.kubernetes.model_server import ModelServerArgs
from components.kubernetes.namespace import NamespaceArgs
from components.kubernetes.network_policies import NetworkPolicyArgs
from components.kubernetes.operator_chart import OperatorChart, operator_chart
from components.kubernetes.pod_monitors import PodMonitorArgs
from components.kubernetes.session_cluster import FlinkProcess, SessionClusterArgs
from components.kubernetes.sql_gateway import SqlGatewayArgs
from components.names import job_name
from components.promotion import Offer
from options.flink_lines import DEFAULT_LINE, FLINK_LINES, OPERATOR_LINES, flink_line
from options.model import gateway_options
from platforms.kubernetes.images import Images
from settings import Settings, SettingsError

_WHOLE_NAMES = {"metrics.reporter.prom.filterLabelValueCharacters": "false"}
"""Otherwise the names of jobs lose their slashes, and with them what is the stack and what is the statement."""
KAFKA_CPU_LIMIT = "2"
_OLLAMA_CPU_LIMIT = "8"
_HTTPS_PORT, _HTTP_PORT = 443, 80

_MEBIBYTE = 2**20
_HEAP_SHARE = 3 / 8
"""Of the broker's memory; most of the rest is for what it keeps of files, and for its threads."""


def chart_of(settings: Settings) -> OperatorChart:
    """Return the operator's chart, after fetching or unpacking what is not there yet.

    Raises SettingsError, also where its operator does not know the Flink line.
    """
    chart = operator_chart(settings.data_folder / "charts", settings.kubernetes.operator.chart)
    line = flink_line(settings.flink.line)
    if line.name not in OPERATOR_LINES and chart.flink_versions and line.operator_version not in chart.flink_versions:
        known = [one.name for one in FLINK_LINES.values() if one.operator_version in chart.flink_versions]
        back = known[0] if known else DEFAULT_LINE
        problem = (
            f"flink.line is {line.name}, and the Flink operator {chart.version} cannot run it: its FlinkDeployment has no flinkVersion "
            f"{line.operator_version}. Stay with `pulumi config set flink.line {back}`, or name the chart of an operator that has it "
            "(`pulumi config set operator.chart <path>`). On this machine (`platform: embedded`) it runs"
        )
        raise SettingsError([problem])
    return chart


def operator_args(settings: Settings, chart: OperatorChart) -> FlinkOperatorArgs:
    """Return the operator's arguments."""
    wanted = settings.kubernetes.operator
    return FlinkOperatorArgs(
        namespace=settings.kubernetes.cluster.namespace,
        chart=chart,
        webhook=wanted.webhook,
        retain_crds=wanted.retain_crds,
        install=wanted.install,
        manage_crds=wanted.manage_crds,
        decoration=decoration(settings),
    )


def namespace_args(settings: Settings, offer: Offer | None, *, is_foreign: bool) -> NamespaceArgs:
    """Return the namespace's arguments. `offer` is what is taken over from the stage before."""
    return NamespaceArgs(
        name=settings.kubernetes.cluster.namespace,
        is_foreign=is_foreign,
        keep=keeps_data(settings),
        decoration=decoration(settings),
        promoted=f"{settings.promoted_from} {offer.bundle_hash}" if offer else "",
    )


def foundation_inputs(settings: Settings, stack: str) -> dict[str, str]:
    """Return what cannot change under running jobs, as texts. A part that the stack lacks has no storage."""
    kubernetes = settings.kubernetes
    return {
        "flink_line": settings.flink.line,
        "state_root": _state(settings).place,
        "kafka": str(kubernetes.kafka.kind),
        "namespace": kubernetes.cluster.namespace,
        "storage_class": kubernetes.cluster.storage_class,
        "flink_storage": kubernetes.session_cluster.storage,
        "volume_access": "" if kubernetes.session_cluster.state_uri else kubernetes.session_cluster.access_mode,
        "ledger_storage": ledger_size(settings),
        "kafka_storage": kubernetes.kafka.storage if kubernetes.kafka.is_own else "",
        # A stack without it keeps what its state has.
        **({"kafka_nodes": str(kubernetes.strimzi.nodes)} if kubernetes.has_strimzi else {}),
        "model_storage": kubernetes.model_server.storage if kubernetes.model_server.deployed else "",
        "jobs": job_name(stack, ""),
    }


def kafka_args(settings: Settings) -> KafkaArgs:
    """Return the broker's arguments."""
    kafka = settings.kubernetes.kafka
    return KafkaArgs(
        namespace=settings.kubernetes.cluster.namespace,
        forwarded_port=settings.ports.kafka,
        storage=storage_of(settings, kafka.storage),
        compute=compute(cpu=kafka.cpu, cpu_limit=KAFKA_CPU_LIMIT, memory=kafka.memory),
        heap_megabytes=heap_mebibytes(kafka.memory),
        max_record_bytes=settings.kafka.max_record_bytes,
    )


def akhq_args(settings: Settings) -> AkhqArgs:
    """Return AKHQ's arguments."""
    return AkhqArgs(
        namespace=settings.kubernetes.cluster.namespace,
        bootstrap=kubernetes_endpoints(settings).kafka_bootstrap,
        secured=settings.kubernetes.akhq.security,
    )


def model_server_args(settings: Settings) -> ModelServerArgs:
    """Return Ollama's arguments."""
    server = settings.kubernetes.model_server
    return ModelServerArgs(
        namespace=settings.kubernetes.cluster.namespace,
        models=(settings.model.name,),
        storage=storage_of(settings, server.storage),
        compute=compute(cpu=server.cpu, cpu_limit=_OLLAMA_CPU_LIMIT, memory=server.memory),
    )


def model_gateway_args(settings: Settings, images: Images, *, has_ledger: bool = False) -> ModelGatewayArgs:
    """Return the model gateway's arguments. `has_ledger`: the stack has a volume of answers from before."""
    return ModelGatewayArgs(
        namespace=settings.kubernetes.cluster.namespace,
        image=images.model_gateway,
        kind=settings.model.kind,
        model=settings.model.name,
        upstream=settings.model.endpoint,
        # The certificate goes into the pod as a ConfigMap, so that its path here says nothing there.
        options=gateway_options(replace(settings.model, ca_file="")),
        ca_certificate=Path(settings.model.ca_file).read_text(encoding="utf-8") if settings.model.ca_file else "",
        ledger=storage_of(settings, ledger_size(settings)),
        has_ledger=has_ledger,
        api_key_from=settings.kubernetes.model_keys.api_key_from,
        fallback_api_key_from=settings.kubernetes.model_keys.fallback_api_key_from,
    )


def session_cluster_args(settings: Settings, images: Images) -> SessionClusterArgs:
    """Return the session cluster's arguments."""
    cluster = settings.kubernetes.session_cluster
    cpu = float(amount(cluster.cpu))
    return SessionClusterArgs(
        namespace=settings.kubernetes.cluster.namespace,
        image=images.flink,
        flink_version=flink_line(settings.flink.line).operator_version,
        task_slots=settings.flink.task_slots,
        job_manager=FlinkProcess(cpu=cpu, memory_megabytes=cluster.job_manager_megabytes),
        task_manager=FlinkProcess(cpu=cpu, memory_megabytes=settings.flink.task_manager_megabytes),
        state=_state(settings),
        login=FLINK_KAFKA_USER if settings.kubernetes.asks_for_login else settings.kubernetes.kafka.login,
        authority=STRIMZI_AUTHORITY if settings.kubernetes.asks_for_login else "",
        # Another configuration deploys the cluster anew: a stack without metrics keeps the one it has.
        options=_WHOLE_NAMES if settings.metrics.enabled else {},
        annotations={} if settings.kubernetes.operator.install else {OPERATOR_NAMESPACE: settings.kubernetes.operator_namespace},
    )


def sql_gateway_args(settings: Settings, images: Images) -> SqlGatewayArgs:
    """Return the SQL Gateway's arguments."""
    return SqlGatewayArgs(
        namespace=settings.kubernetes.cluster.namespace,
        image=images.flink,
        state=_state(settings),
        checkpoint_interval_seconds=settings.flink.checkpoint_interval_seconds,
    )


def network_policy_args(settings: Settings) -> NetworkPolicyArgs:
    """Return which edges there are."""
    kubernetes = settings.kubernetes
    ours = kubernetes.kafka.is_own
    model = settings.model
    elsewhere = [model.endpoint if not kubernetes.model_server.deployed else "", model.fallback_endpoint, model.proxy]
    return NetworkPolicyArgs(
        namespace=kubernetes.cluster.namespace,
        kafka=ours,
        strimzi=kubernetes.has_strimzi,
        akhq=kubernetes.akhq.enabled,
        model_server=kubernetes.model_server.deployed,
        api_server=kubernetes.cluster.api_server_addresses,
        external_kafka_ports=() if ours else _ports(kubernetes.kafka.bootstrap),
        model_upstream_ports=tuple(sorted({_port(url) for url in elsewhere if url})),
        object_store_port=_store_port(settings),
        operator_here=kubernetes.operator.install,
        operator_namespace=kubernetes.operator_namespace,
        metrics_namespaces=(kubernetes.monitoring.namespace,) if settings.metrics.enabled else (),
    )


def has_pod_monitors(settings: Settings) -> bool:
    """Tell whether the stack declares PodMonitors."""
    return settings.metrics.enabled and settings.kubernetes.monitoring.pod_monitors


def pod_monitor_args(settings: Settings, stack: str) -> PodMonitorArgs:
    """Return the arguments of the PodMonitors."""
    return PodMonitorArgs(namespace=settings.kubernetes.cluster.namespace, stack=stack)


def ledger_size(settings: Settings) -> str:
    """Return the size of the volume that paid answers lie on."""
    return f"{settings.model.ledger_megabytes * 2}Mi"


def keeps_data(settings: Settings) -> bool:
    """Tell whether volumes, and the namespace that they lie in, outlive the stack: they do where its topics do."""
    return not settings.topics.delete_on_destroy


def decoration(settings: Settings) -> Decoration:
    """Return what every object and pod bears."""
    wanted = settings.kubernetes.decoration
    return Decoration(
        labels=wanted.labels,
        annotations=wanted.annotations,
        tolerations=wanted.tolerations,
        node_selector=wanted.node_selector,
        priority_class=wanted.priority_class,
        image_pull_secrets=wanted.image_pull_secrets,
        account_annotations=wanted.account_annotations,
    )


def _state(settings: Settings) -> FlinkState:
    cluster = settings.kubernetes.session_cluster
    storage = replace(storage_of(settings, cluster.storage), access_mode=cluster.access_mode)
    store = settings.kubernetes.object_store
    return FlinkState(
        storage=storage,
        object_store=cluster.state_uri,
        endpoint=store.endpoint,
        path_style=store.path_style,
        credentials=store.credentials,
    )


def _store_port(settings: Settings) -> int:
    """Return the port on which pods of Flink reach their object store; 0 without one."""
    if not settings.kubernetes.session_cluster.state_uri:
        return 0
    endpoint = settings.kubernetes.object_store.endpoint
    return _port(endpoint) if endpoint else _HTTPS_PORT


def storage_of(settings: Settings, size: str) -> Storage:
    """Return a volume of the stack's: it stays where the topics do."""
    return Storage(size=size, storage_class=settings.kubernetes.cluster.storage_class, keep=keeps_data(settings))


def _ports(bootstrap: str) -> tuple[int, ...]:
    return tuple(sorted({int(server.rpartition(":")[2]) for server in bootstrap.split(",")}))


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (_HTTPS_PORT if parts.scheme == "https" else _HTTP_PORT)


def heap_mebibytes(memory: str) -> int:
    """Return how much of a broker's memory is for its heap."""
    return int(int(amount(memory) / _MEBIBYTE) * _HEAP_SHARE)


def compute(*, cpu: str, cpu_limit: str, memory: str) -> Compute:
    """Return the sizes of a workload; a limit below the request is raised to it."""
    return Compute(cpu=cpu, cpu_limit=cpu_limit if amount(cpu_limit) >= amount(cpu) else cpu, memory=memory)
