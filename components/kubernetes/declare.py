"""From a manifest to a tracked resource: declared under its own name, marked as its owner's, started anew when a secret of it changes."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

import pulumi

from cluster.decoration import Decoration, decorated
from cluster.ownership import Owner
from components.kubernetes.manifest import Manifest

Declared = TypeVar("Declared", bound=pulumi.CustomResource)

_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")

_OBJECT = "kubernetes:"
_CLAIMS = "spec.volumeClaimTemplates[0].metadata"
"""Kubernetes lets nobody change it: Pulumi would remove the StatefulSet, and its volume with it, for another label."""
_SALT = b"flink-reviews"
_BYTES = 4


def declare(
    kind: type[Declared],
    manifest: Manifest,
    *,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
    keep: bool = False,
) -> Declared:
    """Declare the manifest as a resource of class `kind` (`Deployment`), under the object's own name.

    It comes after every resource of `after` and goes before them. `keep` leaves the object in the cluster when the resource goes.
    """
    options = pulumi.ResourceOptions(parent=parent, depends_on=list(after), retain_on_delete=keep or None)
    fields = {_CAPITAL.sub(r"_\1", field).lower(): value for field, value in manifest.items()}
    make = cast("Callable[..., Declared]", kind)
    return make(manifest["metadata"]["name"], opts=options, **fields)


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


def fingerprint(secret: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return eight digits that change with the secret. They are no secret: else the whole pod would be one, and no preview could show it.

    Few and slow to make, so that they tell nothing of a key that could be guessed.
    """
    return pulumi.Output.unsecret(pulumi.Output.from_input(secret).apply(_digits))


def _digits(text: str) -> str:
    return hashlib.scrypt(text.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=_BYTES).hex()
