"""The namespace, below everything else: the claim on it, and the object itself where it is the stack's own."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core.v1 import Namespace

from cluster.ownership import Owner
from components.kubernetes.arguments import decoration, keeps_data
from components.kubernetes.declaring import declare
from components.promotion import Offer
from components.providers.namespace_claim import NamespaceClaim
from manifests.namespace import NamespaceArgs, namespace
from settings import Settings

PROMOTED = "flink-reviews/promoted"
"""Annotation: the stage before and the bundle's hash there."""


def declare_namespace(
    settings: Settings,
    owner: Owner,
    *,
    is_foreign: bool,
    offer: Offer | None,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
) -> list[pulumi.Resource]:
    """Declare what everything in the namespace waits for.

    The claim is what removes a namespace of the stack's own, after a look at what lies in it: the object is retained. A foreign one is no
    resource of the stack: no label of it is changed.
    """
    name = settings.kubernetes.cluster.namespace
    below = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    wanted = decoration(settings)
    claim = NamespaceClaim(name, owner, is_foreign=is_foreign, keep=keeps_data(settings), decoration=wanted, opts=below)
    if is_foreign:
        return [claim]
    manifest = namespace(NamespaceArgs(name=name))
    if offer is not None:
        manifest["metadata"]["annotations"] = {PROMOTED: f"{settings.kubernetes.promoted_from} {offer.bundle_hash}"}
    return [claim, declare(Namespace, manifest, parent=parent, after=[claim], keep=True)]
