"""Which objects of a cluster a stack's state has, with their uids: made by it, also before objects bore marks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cluster.ownership import ObjectName

Resources = Sequence[tuple[str, Mapping[str, Any]]]
"""Types and outputs of the resources of a stack's state."""
RELEASE_TYPE = "kubernetes:helm.sh/v3:Release"
_OBJECT = "kubernetes:"


def recorded_objects(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[ObjectName, str]:
    """Return the uid of each recorded object, empty where the state has none. `resources` are types and outputs."""
    found: dict[ObjectName, str] = {}
    for kind, outputs in resources:
        metadata = outputs.get("metadata")
        if kind.startswith(_OBJECT) and isinstance(metadata, Mapping) and metadata.get("name"):
            what = str(outputs.get("kind") or kind.rpartition(":")[2])
            name = ObjectName(kind=what, namespace=str(metadata.get("namespace") or ""), name=str(metadata["name"]))
            found[name] = str(metadata.get("uid") or "")
    return found


def recorded_releases(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> set[tuple[str, str]]:
    """Return namespace and name of each recorded Helm release."""
    return {(str(outputs.get("namespace", "")), str(outputs.get("name", ""))) for kind, outputs in resources if kind == RELEASE_TYPE}
