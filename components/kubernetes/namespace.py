"""The namespace, below everything else: the claim on it, and the object itself where it is the stack's own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core.v1 import Namespace

from cluster.decoration import Decoration
from cluster.ownership import Owner
from components.kubernetes.declare import declare
from components.kubernetes.manifest import Manifest, labels
from components.providers.namespace_claim import NamespaceClaim

PROMOTED = "flink-reviews/promoted"
"""Annotation: the stage before and the bundle's hash there."""


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """`pod_security` is `restricted`, `baseline` or `privileged`: what admission enforces.

    `is_foreign` tells that it is somebody else's, to be used and left. `keep` leaves one of the stack's own when the stack goes.
    `promoted` is the value of the annotation on what was taken over from the stage before, empty where nothing was.
    """

    name: str
    pod_security: str = "restricted"
    is_foreign: bool = False
    keep: bool = False
    decoration: Decoration = field(default_factory=Decoration)
    promoted: str = ""


def namespace_manifest(args: NamespaceArgs) -> Manifest:
    """Return the Namespace. Pods that break the standard are refused, and whoever applies them is warned."""
    levels = {f"pod-security.kubernetes.io/{mode}": args.pod_security for mode in ("enforce", "audit", "warn")}
    annotations = {"annotations": {PROMOTED: args.promoted}} if args.promoted else {}
    metadata = {"name": args.name, "labels": {**labels(args.name), **levels}, **annotations}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def declare_namespace(
    args: NamespaceArgs, owner: Owner, *, parent: pulumi.Resource, after: Sequence[pulumi.Resource] = ()
) -> list[pulumi.Resource]:
    """Declare what everything in the namespace waits for.

    The claim is what removes a namespace of the stack's own, after a look at what lies in it: the object is retained. A foreign one is no
    resource of the stack: no label of it is changed.
    """
    below = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    claim = NamespaceClaim(args.name, owner, is_foreign=args.is_foreign, keep=args.keep, decoration=args.decoration, opts=below)
    if args.is_foreign:
        return [claim]
    return [claim, declare(Namespace, namespace_manifest(args), parent=parent, after=[claim], keep=True)]
