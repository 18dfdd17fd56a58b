"""The namespace, below everything else. It stays where data is to outlive the stack."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core.v1 import Namespace

from components.kubernetes.arguments import keeps_data
from components.kubernetes.declaring import declare
from components.kubernetes.stage import StageBefore
from components.settings import Settings
from manifests.namespace import NamespaceArgs, namespace

PROMOTED = "flink-reviews/promoted"
"""Annotation: the stage before and the bundle's hash there."""


def declare_namespace(
    settings: Settings, before: StageBefore | None, *, parent: pulumi.Resource, after: Sequence[pulumi.Resource] = ()
) -> Namespace:
    """Declare it. Where a stage before is given, not until its contract is accepted."""
    manifest = namespace(NamespaceArgs(name=settings.kubernetes.cluster.namespace))
    if before is not None:
        stage = before.name
        manifest["metadata"]["annotations"] = {PROMOTED: before.offer.apply(lambda offer: f"{stage} {offer.bundle_hash}")}
    return declare(Namespace, manifest, parent=parent, after=after, keep=keeps_data(settings))
