"""Where the parts of a platform answer. Ports and names are settings, so all of it is known before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cluster import names
from components.kubernetes.flink_configuration import IMAGE_FUNCTIONS, FlinkState
from options.infrastructure import LOOPBACK
from settings import Authentication, Settings

PLAINTEXT = "PLAINTEXT"
_PROTOCOLS = {Authentication.NONE: PLAINTEXT, Authentication.SCRAM: "SASL_SSL", Authentication.TLS: "SSL"}


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """`kafka_bootstrap` is host:port; the URLs have no trailing slash; `links` are pages for people, by title.

    All but `kafka_from_here` are as Flink's processes see them: on this machine's loopback, or in the cluster. `kafka_from_here` is the
    broker as this machine reaches it. `is_own_broker` tells that it was made with the stack, and for nobody else. `checkpoints_folder` is a
    path or a URI.
    """

    kafka_bootstrap: str
    kafka_from_here: str
    gateway_url: str
    jobmanager_url: str
    model_url: str
    checkpoints_folder: str
    is_own_broker: bool = True
    broker_protocol: str = PLAINTEXT
    """Of the stack's own broker, as Flink's processes reach it: Kafka's word for whether it asks who one is, and whether it encrypts."""
    replication: int = 1
    """Replicas that topics on the stack's own brokers have at least."""
    insync_replicas: int = 1
    """Replicas that must have a record there before a writer is told that it is kept."""
    jars_folder: str = ""
    """Where the SQL Gateway finds the jars of a bundle's functions; empty where no jar of a bundle can be brought to Flink."""
    brings_jars: bool = True
    """Whether the platform brings the jars that bundle.yaml names to Flink."""
    links: Mapping[str, str] = field(default_factory=dict)


def embedded_endpoints(settings: Settings) -> Endpoints:
    """Return the endpoints of the processes on this machine."""
    jobmanager_url = settings.embedded.job_manager_url
    # A browser has no certificate: it goes through a proxy.
    flink_ui = f"http://{LOOPBACK}:{settings.ports.flink_ui}/" if settings.flink.mutual_tls else jobmanager_url
    model_url = f"http://{LOOPBACK}:{settings.ports.model_gateway}"
    kafka = f"{LOOPBACK}:{settings.ports.kafka}"
    return Endpoints(
        kafka_bootstrap=kafka,
        kafka_from_here=kafka,
        gateway_url=settings.embedded.sql_gateway_url,
        jobmanager_url=jobmanager_url,
        model_url=model_url,
        checkpoints_folder=str(settings.embedded.folder.checkpoints),
        jars_folder=str(settings.embedded.folder.functions),
        links={"Flink": flink_ui, "model gateway": f"{model_url}/health"},
    )


def kubernetes_endpoints(settings: Settings) -> Endpoints:
    """Return the endpoints in the namespace. From here only Kafka has an address, through a port-forward on a fixed port."""
    kafka = settings.kubernetes.kafka
    strimzi = settings.kubernetes.strimzi
    nodes = strimzi.nodes if settings.kubernetes.has_strimzi else 1
    service = names.STRIMZI_BOOTSTRAP if settings.kubernetes.has_strimzi else names.KAFKA
    protocol = _PROTOCOLS[strimzi.authentication] if settings.kubernetes.has_strimzi else PLAINTEXT

    def address(service: str, port: int) -> str:
        return f"{service}.{settings.kubernetes.cluster.namespace}.svc:{port}"

    return Endpoints(
        kafka_bootstrap=address(service, names.KAFKA_PORT) if kafka.is_own else kafka.bootstrap,
        kafka_from_here=",".join(f"{LOOPBACK}:{settings.ports.kafka + node}" for node in range(nodes)) if kafka.is_own else kafka.bootstrap,
        is_own_broker=kafka.is_own,
        broker_protocol=protocol,
        replication=strimzi.replicas if settings.kubernetes.has_strimzi else 1,
        insync_replicas=strimzi.insync_replicas if settings.kubernetes.has_strimzi else 1,
        gateway_url=f"http://{address(names.SQL_GATEWAY, names.SQL_GATEWAY_PORT)}",
        jobmanager_url=f"http://{address(names.REST_SERVICE, names.JOB_MANAGER_PORT)}",
        model_url=f"http://{address(names.MODEL_GATEWAY, names.MODEL_GATEWAY_PORT)}",
        checkpoints_folder=FlinkState(object_store=settings.kubernetes.session_cluster.state_uri).checkpoints,
        jars_folder=IMAGE_FUNCTIONS,
    )
