"""What is asked of the world before the first resource is declared: whose the ground is, are the images there, does the broker answer.

All problems are told together, and nothing is changed. Previews, `up` and `doctor` look at the same things.
"""

from cluster.api_server import connect
from cluster.errors import ClusterError
from components.kubernetes.image_registry import missing_images
from components.kubernetes.ownership import Ground, look_at_ground, owner_of
from components.kubernetes.provided_operator import Provided, look_at_provided
from components.kubernetes.recorded_objects import Resources
from components.promotion import Offer
from components.stack_state import OwnState
from flinksql.kafka.admin import require_broker
from flinksql.kafka.errors import TopicError
from settings import KafkaKind, Settings


class FirstLookError(ClusterError):
    """The stack cannot be deployed as things are. The text has every reason, each with what to do."""


def first_look(settings: Settings, stack: str, stack_id: str, state: OwnState, offer: Offer | None) -> Ground:
    """Look at the cluster, the registry and an external broker. Raises FirstLookError with each problem, ClusterError unasked."""
    ground = ground_of(settings, stack, stack_id, state.resources)
    provided = provided_for(settings, stack, stack_id, state.resources)
    problems = [*ground.problems, *provided.problems, *image_problems(settings, offer), *broker_problems(settings)]
    if problems:
        raise FirstLookError("\n".join(problems))
    return ground


def ground_of(settings: Settings, stack: str, stack_id: str, resources: Resources) -> Ground:
    """Look at the namespace and what lies in it. Raises ClusterError."""
    where = settings.kubernetes.cluster
    owner = owner_of(settings, stack, stack_id, resources)
    return look_at_ground(connect(where.context, where.kubeconfig), settings, owner, resources, stack)


def provided_for(settings: Settings, stack: str, stack_id: str, resources: Resources) -> Provided:
    """Look at what somebody else provides; nothing is asked where the stack brings all of it. Raises ClusterError."""
    where = settings.kubernetes.cluster
    if settings.kubernetes.operator.install and settings.kubernetes.operator.manage_crds:
        return Provided()
    owner = owner_of(settings, stack, stack_id, resources)
    return look_at_provided(connect(where.context, where.kubeconfig), settings, owner, resources)


def image_problems(settings: Settings, offer: Offer | None) -> list[str]:
    """Ask the registry for each image that is not built here."""
    given = settings.kubernetes.images
    before = settings.kubernetes.promoted_from
    if offer is None:
        return missing_images([one for one in (given.flink, given.model_gateway) if one])
    references = [f"{given.flink_repository}@{offer.flink_digest}", f"{given.model_gateway_repository}@{offer.model_gateway_digest}"]
    return missing_images(references, source=before)


def broker_problems(settings: Settings) -> list[str]:
    """Ask the external broker, which `up` needs as soon as it begins."""
    kafka = settings.kubernetes.kafka
    if kafka.kind is not KafkaKind.EXTERNAL:
        return []
    try:
        require_broker(kafka.bootstrap, "looking for the external broker of `kafka.bootstrap`")
    except TopicError as error:
        return [str(error)]
    return []
