"""What is checked before the first resource is declared: the cluster is the one that is meant, whose the namespace is, images, broker.

All problems are told together, and nothing is changed. Previews, `up` and `doctor` check the same things.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cluster.api_server import connect
from cluster.contexts import find_context
from cluster.errors import ClusterError, KubeconfigError
from components.kubernetes.image_context import LABEL
from components.promotion import Offer
from components.stack_state import OwnState
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import TopicError
from flinksql.kafka.topic import Topic
from platforms.kubernetes.broker_login import client_options
from platforms.kubernetes.image_registry import image_labels, missing_images
from platforms.kubernetes.kept_secrets import KeptSecrets
from platforms.kubernetes.ownership import Ground, inspect_ground
from platforms.kubernetes.provided_operator import inspect_provided
from platforms.kubernetes.provided_strimzi import inspect_strimzi
from settings import ANY_NODE, ONE_NODE, KafkaKind, Settings, SettingsError

_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class WantedImages:
    """What is taken over from the stage before, and the label of a Flink image that has the bundle's jars: empty where it needs none."""

    offer: Offer | None = None
    jars: str = ""


class PrerequisiteError(ClusterError):
    """The stack cannot be deployed as things are. The text has every reason, each with what to do."""


def require_deployable(settings: Settings) -> None:
    """Check the kubeconfig's context and where state lies; nothing is sent. Raises SettingsError with every problem."""
    problems = [*_context(settings), *state_problems(settings)]
    if problems:
        raise SettingsError(problems)


def require_prerequisites(
    settings: Settings,
    stack: str,
    stack_id: str,
    state: OwnState,
    images: WantedImages,
    *,
    topics: Collection[str] = (),
    foreign: Sequence[Topic] = (),
) -> Ground:
    """Check the cluster, the registry and an external broker. `topics` are those that the stack makes, `foreign` those on others' brokers.

    Raises PrerequisiteError with each problem, ClusterError unasked.
    """
    where = settings.kubernetes.cluster
    api_server = connect(where.context, where.kubeconfig)
    strimzi = inspect_strimzi(api_server, settings)
    if strimzi.problems:
        # Without the kinds nothing of them can be looked at.
        raise PrerequisiteError("\n".join(strimzi.problems))
    ground = inspect_ground(api_server, settings, stack, stack_id, state.resources, topics=topics)
    provided = inspect_provided(api_server, settings, stack, stack_id, state.resources)
    offered = [*image_problems(settings, images.offer), *jars_problems(settings, images)]
    kept = KeptSecrets(settings).problems(api_server)
    problems = [*ground.problems, *provided.problems, *offered, *kept, *broker_problems(settings, foreign)]
    if problems:
        raise PrerequisiteError("\n".join(problems))
    return ground


def image_problems(settings: Settings, offer: Offer | None) -> list[str]:
    """Ask the registry for each image that is not built here."""
    given = settings.kubernetes.images
    before = settings.promoted_from
    if offer is None:
        return missing_images([one for one in (given.flink, given.model_gateway) if one])
    copies = {
        f"{given.flink_repository}@{offer.flink_digest}": offer.flink_repository,
        f"{given.model_gateway_repository}@{offer.model_gateway_digest}": offer.model_gateway_repository,
    }
    return missing_images(list(copies), source=before, copies=copies)


def jars_problems(settings: Settings, images: WantedImages) -> list[str]:
    """Ask the registry whether a Flink image that is not built here has the bundle's jars, by its label.

    A registry that does not answer here may well answer the cluster: then the planner says at each statement what it lacks.
    """
    given = settings.kubernetes.images
    reference = f"{given.flink_repository}@{images.offer.flink_digest}" if images.offer else given.flink
    if not images.jars or not reference or settings.bundle.has_jars_provided:
        return []
    labels = image_labels(reference)
    if labels is None:
        return []
    lacking = sorted(set(images.jars.split()) - set(labels.get(LABEL, "").split()))
    if not lacking:
        return []
    told = ", ".join(one[:_DIGITS] for one in lacking)
    way = (
        "build it with them (docs/bundles.md says how), leave `image.flink` out so that it is built here, or, where they are in it, "
        "`pulumi config set bundle.jars provided`"
    )
    return [f"image {reference}: its label {LABEL} lacks jars that bundle {settings.bundle.name} needs (sha256 {told}): {way}"]


def broker_problems(settings: Settings, topics: Sequence[Topic] = ()) -> list[str]:
    """Ask the external broker, which `up` needs as soon as it begins: whether it lets this client in, and would create the topics."""
    kafka = settings.kubernetes.kafka
    if kafka.kind is not KafkaKind.EXTERNAL:
        return []
    try:
        admin = TopicAdmin(kafka.bootstrap, client_options(settings))
        admin.reach()
        return admin.rehearse(topics)
    except TopicError as error:
        return [f"the external broker of `kafka.bootstrap`: {error}"]


def state_problems(settings: Settings) -> list[str]:
    """Return why a promoted stack may not keep its state where it does: on one node, without anybody having chosen that."""
    cluster = settings.kubernetes.session_cluster
    if not (settings.promoted_from and cluster.is_bound_to_a_node) or cluster.volume_access:
        return []
    before = settings.promoted_from
    why = (
        f"promotion.from is {before} and checkpoints lie on a {ONE_NODE} volume: when its node is lost, so are all checkpoints and "
        "savepoints, and with more than one node Flink's pods may not all reach it"
    )
    ways = (
        "Put them on an object store: `pulumi config set flink.stateUri s3://bucket/flink`; or on a volume that every node mounts, where "
        f"the storage class has them: `pulumi config set flink.volumeAccess {ANY_NODE}`; or accept the loss: "
        f"`pulumi config set flink.volumeAccess {ONE_NODE}`"
    )
    return [f"{why}. {ways}"]


def _context(settings: Settings) -> list[str]:
    where = settings.kubernetes.cluster
    try:
        context = find_context(where.context, where.kubeconfig)
    except KubeconfigError as error:
        return [
            f"kubernetes.context is {where.context!r}: {error}; {error.advice}"
            if error.advice
            else f"kubernetes.context is {where.context!r}: {error}"
        ]
    if context.is_local or where.allow_remote:
        return []
    what = f"kubernetes.context is {where.context!r} at {context.server}, which does not look like a cluster on this machine"
    return [f"{what}: nothing is deployed there by mistake. If it is meant: `pulumi config set kubernetes.allowRemote true`"]
