"""Every object of the cluster bears whose it is, whichever component declares it."""

import pulumi

from cluster.ownership import Owner

_OBJECT = "kubernetes:"


def marked(owner: Owner) -> pulumi.ResourceTransformation:
    """Return the transformation that adds the owner's mark to each object below a resource."""

    def mark(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        metadata = args.props.get("metadata") if args.type_.startswith(_OBJECT) else None
        if not isinstance(metadata, dict):
            return None
        annotations = {**(metadata.get("annotations") or {}), **owner.mark}
        return pulumi.ResourceTransformationResult(
            props={**args.props, "metadata": {**metadata, "annotations": annotations}}, opts=args.opts
        )

    return mark
