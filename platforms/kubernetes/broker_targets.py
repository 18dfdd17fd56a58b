"""Where a port-forward to the stack's own broker leads: to its Service, or to each node of Strimzi's."""

from cluster import names
from cluster.target import ServicePort
from settings import Settings


def broker_targets(settings: Settings) -> dict[int, ServicePort]:
    """Return the targets by the port of this machine that each advertises."""
    namespace, first = settings.kubernetes.cluster.namespace, settings.ports.kafka
    if not settings.kubernetes.has_strimzi:
        return {first: ServicePort(namespace=namespace, service=names.KAFKA, port=names.KAFKA_FORWARDED_PORT)}
    pods = names.strimzi_pods(settings.kubernetes.strimzi.nodes)
    return {
        first + node: ServicePort(namespace=namespace, service=names.STRIMZI_BOOTSTRAP, port=names.KAFKA_FORWARDED_PORT, pod=pod)
        for node, pod in enumerate(pods)
    }
