"""From a manifest to a tracked resource."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import pulumi

from manifests.manifest import Manifest

Declared = TypeVar("Declared", bound=pulumi.CustomResource)

_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")


def declare(
    kind: type[Declared],
    manifest: Manifest,
    *,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
    keep: bool = False,
    replaced_with: Sequence[str] = (),
) -> Declared:
    """Declare the manifest as a resource of class `kind` (`Deployment`), under the object's own name.

    It comes after every resource of `after` and goes before them. `keep` leaves the object in the cluster when the resource goes.
    `replaced_with` are fields that Kubernetes lets nobody change as they are wanted: the object is removed and made anew.
    """
    options = pulumi.ResourceOptions(parent=parent, depends_on=list(after), retain_on_delete=keep or None)
    if replaced_with:
        options.replace_on_changes, options.delete_before_replace = list(replaced_with), True
    fields = {_CAPITAL.sub(r"_\1", field).lower(): value for field, value in manifest.items()}
    make = cast("Callable[..., Declared]", kind)
    return make(manifest["metadata"]["name"], opts=options, **fields)
