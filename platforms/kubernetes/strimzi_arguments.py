"""From the settings to the arguments of a Kafka that Strimzi runs."""

from components.kubernetes.strimzi import StrimziArgs
from platforms.kubernetes.arguments import KAFKA_CPU_LIMIT, compute, heap_mebibytes, storage_of
from settings import Settings


def strimzi_args(settings: Settings) -> StrimziArgs:
    """Return the arguments of a Kafka that Strimzi runs."""
    kafka, strimzi, where = settings.kubernetes.kafka, settings.kubernetes.strimzi, settings.kubernetes.cluster
    return StrimziArgs(
        namespace=where.namespace,
        forwarded_port=settings.ports.kafka,
        storage=storage_of(settings, kafka.storage),
        compute=compute(cpu=kafka.cpu, cpu_limit=KAFKA_CPU_LIMIT, memory=kafka.memory),
        heap_megabytes=heap_mebibytes(kafka.memory),
        max_record_bytes=settings.kafka.max_record_bytes,
        nodes=strimzi.nodes,
        replication=strimzi.replicas,
        min_insync_replicas=strimzi.insync_replicas,
        authentication=strimzi.authentication,
        topic_operator=strimzi.topic_operator,
        closed=where.network_policies,
    )
