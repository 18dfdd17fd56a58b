"""Every object of the cluster bears whose it is and what the settings ask of all objects, whichever component declares it."""

from collections.abc import Mapping

import pulumi

from cluster.ownership import Owner
from manifests.decoration import Decoration, decorated

_OBJECT = "kubernetes:"
_CLAIMS = "spec.volumeClaimTemplates[0].metadata"
"""Kubernetes lets nobody change it: Pulumi would remove the StatefulSet, and its volume with it, for another label."""


def marked(owner: Owner, wanted: Decoration) -> pulumi.ResourceTransformation:
    """Return the transformation that adds the owner's mark, and what is wanted, to each object below a resource."""

    def mark(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        metadata = args.props.get("metadata") if args.type_.startswith(_OBJECT) else None
        if not isinstance(metadata, Mapping):
            return None
        kind = args.type_.rpartition(":")[2]
        fields = decorated({**args.props, "kind": kind}, wanted)
        annotations = {**(fields["metadata"].get("annotations") or {}), **owner.mark}
        fields["metadata"] = {**fields["metadata"], "annotations": annotations}
        props = {name: fields[name] for name in args.props}
        return pulumi.ResourceTransformationResult(props=props, opts=_options(kind, args.opts))

    return mark


def _options(kind: str, given: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    if kind != "StatefulSet":
        return given
    return pulumi.ResourceOptions.merge(given, pulumi.ResourceOptions(ignore_changes=[_CLAIMS]))
