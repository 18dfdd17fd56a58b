"""What a stack leaves in its cluster on purpose, and how it is removed."""

from cluster.names import KAFKA, PART_OF, PART_OF_LABEL, STRIMZI_CLUSTER_LABEL, STRIMZI_POOL
from components.names import NAMESPACE_CLAIM_TYPE
from platforms.state import Recorded
from settings import Settings


def is_foreign(recorded: Recorded | None) -> bool:
    """Tell whether the state says that the namespace was there before the stack."""
    return any(kind == NAMESPACE_CLAIM_TYPE and outputs.get("is_foreign") is True for kind, outputs in recorded or ())


def left_in_cluster(settings: Settings, *, is_foreign: bool = False) -> str:
    """Name what stays on purpose, what it means for the next `up`, and how it is removed: of a foreign namespace the claims only."""
    if settings.topics.delete_on_destroy:
        return "no resource of it is left"
    where = settings.kubernetes.cluster
    kubectl = f"kubectl --context {where.context} delete namespace {where.namespace}"
    kept = f"namespace {where.namespace} with its volume claims"
    if settings.kubernetes.has_strimzi:
        kept += ", Kafka, which goes on running,"
    if is_foreign or not where.manage_namespace:
        kubectl = f"kubectl --context {where.context} -n {where.namespace} delete pvc -l {PART_OF_LABEL}={PART_OF}"
        kept = f"volume claims in namespace {where.namespace}"
        if settings.kubernetes.has_strimzi:
            # Strimzi deletes claims with their nodes only where the stack deletes its topics.
            at = f"kubectl --context {where.context} -n {where.namespace}"
            brokers = f"{at} delete kafka/{KAFKA} kafkanodepool/{STRIMZI_POOL} && {at} delete pvc -l {STRIMZI_CLUSTER_LABEL}={KAFKA}"
            kubectl = f"{brokers} && {kubectl}"
            kept = f"Kafka in namespace {where.namespace}, which goes on running, with its volume claims and the others of the stack"
    return (
        f"kept on purpose (topics.deleteOnDestroy is false): {kept}, and the topics in them.\n"
        "The jobs' positions are not kept: the next `up` reads every topic from its beginning, writes its results again and asks the model "
        "again for what its ledger does not hold. To resume instead, write `-- delete_mode: savepoint` into each job's file before `down`, "
        f"and `-- restore_from: <the path that it prints>` before the next `up`. To remove the rest, data included: `{kubectl}`"
    )
